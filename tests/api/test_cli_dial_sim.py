"""``callwright dial-sim`` as a user meets it: a table, JSON, a picture; mistakes with their lines."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api.cli import main
from cti.simulator.dialling.study import POLICIES

SHIPPED = Path(__file__).parents[2] / "config" / "scenarios" / "dialling.yaml"


def dial_sim(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as over:
        main(["dial-sim", *map(str, arguments)])
    said = capsys.readouterr()
    code = over.value.code
    assert isinstance(code, int)
    return code, said.out, said.err


@pytest.fixture
def short(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text("agents: 6\nhours: 0.6\nleave: [{at_h: 0.4, agents: 3}]\nleads: 400\n")
    return path


def test_everybody_is_compared_with_the_first(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "day.svg"
    arguments = ("--scenario", short, "--policy", "all", "--days", "2", "--plot", picture)
    code, out, err = dial_sim(capsys, *arguments)
    assert (code, err) == (0, "")
    assert all(f"\n{name} " in out for name in POLICIES)
    assert "1.000" in out
    drawn = ElementTree.parse(picture).getroot()
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 2 * len(POLICIES)


def test_json_has_every_day_and_the_same_seed_the_same_days(
    short: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--scenario", short, "--policy", "callwright", "--days", "2", "--seed", "4", "--json")
    code, out, err = dial_sim(capsys, *arguments)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["unexplained"] == 0
    (ours,) = told["policies"]
    assert len(ours["days"]) == 2
    assert all(day["live_answers"] == day["connected"] + day["abandoned"] for day in ours["days"])
    low, high = ours["utilisation"]["interval"]
    assert low < ours["utilisation"]["value"] < high
    assert json.loads(dial_sim(capsys, *arguments)[1]) == told


def test_what_the_command_says_goes_before_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--agents", "4", "--answer-rate", "0.5", "--days", "1", "--policy", "progressive", "--json")
    told = json.loads(dial_sim(capsys, *arguments)[1])
    assert (told["scenario"]["agents"], told["scenario"]["answer_rate"]) == (4, 0.5)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("agents: 0\n", "s.yaml:1: agents: "),
        ("agents: 5\nansver_rate: 0.2\n", "s.yaml:2: ansver_rate: "),
        ("agents: 5\nleave: [{at_h: 1, agents: 5}]\n", "nobody would be left"),
        (
            "answer_rate:\n  - {at_h: 1, rate: 0.1}\n  - {at_h: 1, rate: 0.2}\n",
            "s.yaml:3: answer_rate.1.at_h: ",
        ),
        ("answer_rate: []\n", "needs a rate, or moments"),
    ],
)
def test_mistakes_are_told_with_their_lines(
    written: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.yaml").write_text(written)
    code, out, err = dial_sim(capsys, "--scenario", tmp_path / "s.yaml")
    assert (code, out) == (1, "")
    assert said in err


def test_the_command_may_not_ask_for_nonsense(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = dial_sim(capsys, "--scenario", SHIPPED, "--agents", "10")
    assert code == 1
    assert "nobody would be left" in err
    assert dial_sim(capsys, "--policy", "magic")[0] == 2
