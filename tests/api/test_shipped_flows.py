"""The flows we ship do what their own dialogues say, and nothing about them is doubtful."""

from pathlib import Path

import pytest

from tests.api.test_cli import Shell
from tests.api.test_cli import free_port as free_port
from tests.api.test_cli import shell as shell

SHIPPED = str(Path(__file__).parents[2] / "config" / "callwright.yaml")


def test_nothing_about_them_is_doubtful(shell: Shell) -> None:
    said = shell.types("ivr", "check", "--config", SHIPPED)
    assert said.code == 0, said.out


@pytest.mark.parametrize("flow", ["after-hours", "bank", "main", "reminder"])
def test_they_do_what_their_dialogues_say(shell: Shell, flow: str) -> None:
    said = shell.types("ivr", "test", flow, "--config", SHIPPED)
    assert said.code == 0, said.out
    assert " 0 failed" in said.out
