"""Secrets are made once, stay the same, and are never readable by others."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cti.credentials import CredentialsError, load_or_create


def test_the_first_run_makes_secrets_that_only_the_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.json"
    made = load_or_create(path, ["ana", "ben"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(made.phone_secrets) == {"ana", "ben"}
    assert len({made.ami_secret, made.api_token, *made.phone_secrets.values()}) == 4
    assert [entry.name for entry in path.parent.iterdir()] == ["secrets.json"]


def test_the_next_run_finds_the_same_secrets(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = load_or_create(path, ["ana"])
    written = path.stat().st_mtime_ns
    assert load_or_create(path, ["ana"]) == first
    assert path.stat().st_mtime_ns == written


def test_a_new_agent_gets_a_secret_and_the_others_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = load_or_create(path, ["ana"])
    after = load_or_create(path, ["ana", "ben"])
    assert after.phone_secrets["ana"] == before.phone_secrets["ana"]
    assert (after.ami_secret, after.api_token) == (before.ami_secret, before.api_token)
    assert len(after.phone_secrets["ben"]) >= 32


def test_an_agent_who_comes_back_keeps_his_phones_secret(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = load_or_create(path, ["ana", "ben"])
    assert set(load_or_create(path, ["ben"]).phone_secrets) == {"ben"}
    assert load_or_create(path, ["ana"]).phone_secrets["ana"] == before.phone_secrets["ana"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secrets.json"
    load_or_create(path, ["ana"])
    path.chmod(mode)
    with pytest.raises(CredentialsError, match=rf"others may read it \(mode {mode:03o}\).*chmod 600"):
        load_or_create(path, ["ana"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"ami_secret": 5}',
        b'{"ami_secret": "short"}',
        b'{"ami_secret": "0123456789abcdef\\r\\nwrite=all"}',
        b'{"phone_secrets": {"ana": "0123456789abcdef;x"}}',
        b'{"phone_secrets": []}',
        b'{"else": "0123456789abcdef"}',
    ],
)
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CredentialsError, match="is damaged; delete it"):
        load_or_create(path, ["ana"])
    assert path.read_bytes() == content


def test_a_link_to_somewhere_else_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("{}")
    (tmp_path / "secrets.json").symlink_to(elsewhere)
    with pytest.raises(CredentialsError, match="cannot be used"):
        load_or_create(tmp_path / "secrets.json", ["ana"])
    assert elsewhere.read_text() == "{}"


def test_programs_that_start_together_agree_on_the_secrets(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    with ThreadPoolExecutor(8) as programs:
        found = list(programs.map(lambda n: load_or_create(path, ["ana", f"agent-{n}"]), range(8)))
    assert len({one.ami_secret for one in found}) == 1
    kept = json.loads(path.read_text())["phone_secrets"]
    assert all(kept[agent] == secret for one in found for agent, secret in one.phone_secrets.items())


def test_secrets_do_not_appear_in_messages_and_logs(tmp_path: Path) -> None:
    made = load_or_create(tmp_path / "secrets.json", ["ana"])
    assert made.ami_secret not in repr(made)
    assert made.phone_secrets["ana"] not in repr(made)
