"""Profiles as documents: those that come along, mistakes by line, and where a number may be."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from acd.instant import seconds
from api.check import problems_of
from cti.config import load_config
from cti.dial_gate import dial_rules
from cti.dialing_profile import (
    DIALING_DIRECTORY,
    every_profile,
    load_profile,
    named_profile,
    profile_names,
)
from cti.own_sounds import OwnSounds
from cti.whereabouts import whereabouts
from dialer.compliance.attempts import Whom
from ivr.document import DocumentError

CONFIG = Path("config")
HEAD = "title: Mine\nhours: {week: {mon-fri: ['09:00-17:00']}}\n"


def written(directory: Path, text: str) -> Path:
    (directory / "dialing").mkdir()
    (directory / "dialing" / "mine.yaml").write_text(text)
    return directory


def problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as raised:
        load_profile(written(directory, text), "mine")
    return [f"{problem.line} {problem.field}: {problem.message}" for problem in raised.value.problems]


def test_the_profiles_that_come_along_can_be_dialled_by() -> None:
    assert profile_names(CONFIG) == ["plain", "uk", "us"]
    us, uk, plain = (load_profile(CONFIG, name) for name in ("us", "uk", "plain"))
    assert us.countries == {"US"}
    assert us.national is not None
    assert us.national.max_age == seconds(31 * 86_400)
    assert [one.share for one in us.connecting.allowances] == [0.03]
    assert us.connecting.within == seconds(2)
    assert uk.lockout is not None
    assert uk.lockout.lasts == seconds(72 * 3600)
    assert uk.lockout.unless_agent_guaranteed
    assert plain.national is None
    assert plain.attempts[2].per is Whom.LEAD
    assert plain.remembers == seconds(2160 * 3600)


def test_what_is_left_out_asks_for_nothing(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, HEAD), "mine")
    assert (profile.attempts, profile.gap, profile.lockout, profile.national) == ((), 0, None, None)
    assert profile.connecting.allowances == ()


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    text = "title: Mine\nhours:\n  week:\n    mon-fri: ['9-17']\n    wed: []\nlockuot: {hours: 72}\n"
    assert problems(tmp_path, text) == [
        "4 hours.week.mon-fri.0: must be two times of day, such as 09:00-17:30; 24:00 ends the day",
        "6 lockuot: unknown key",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: X\nhours: {week: {mon: []}}", "2 hours.week: nobody could ever be called"),
        (
            "title: X\nhours:\n  week: {mon-fri: ['09:00-10:00'], tue: ['09:00-10:00']}",
            "3 hours.week.tue: tue is named in 'mon-fri' already",
        ),
        (HEAD + "countries: [XX]", "3 countries.0: must be a country's two capital letters, such as FR"),
        (HEAD + "attempts: [{per: number, most: 0, within_h: 1}]", "3 attempts.0.most: "),
        (HEAD + "gap_min: .nan", "3 gap_min: "),
    ],
)
def test_what_nobody_could_dial_by_is_refused(tmp_path: Path, text: str, told: str) -> None:
    assert problems(tmp_path, text)[0].startswith(told)


def house(directory: Path, profile: str) -> Path:
    path = directory / "callwright.yaml"
    path.write_text(f"agents: [{{id: ana, name: Ana}}]\noutside:\n  profile: {profile}\n")
    return path


def test_the_configuration_names_the_profile_that_everybody_is_called_by(tmp_path: Path) -> None:
    written(tmp_path, HEAD)
    config = load_config(house(tmp_path, "mine"))
    profile = named_profile(tmp_path / "callwright.yaml", config)
    assert profile is not None
    assert profile.title == "Mine"
    assert dial_rules(config, profile).profile is profile
    assert named_profile(tmp_path / "callwright.yaml", load_config(house(tmp_path, "null"))) is None


def test_a_profile_that_is_not_there_is_told_with_its_line_and_the_likeliest_one(tmp_path: Path) -> None:
    written(tmp_path, HEAD)
    path = house(tmp_path, "mein")
    with pytest.raises(DocumentError) as raised:
        named_profile(path, load_config(path))
    (problem,) = raised.value.problems
    assert (problem.line, problem.field, problem.suggestion) == (3, "outside.profile", "mine")
    assert str(problem) in map(str, problems_of(path, OwnSounds(None)))


def test_a_profile_that_cannot_be_read_lets_nobody_out_and_the_others_stay(tmp_path: Path) -> None:
    written(tmp_path, HEAD)
    (tmp_path / DIALING_DIRECTORY / "odd.yaml").write_text("hours: never\n")
    profiles = every_profile(tmp_path)
    assert [*profiles] == ["mine"]
    assert dial_rules(load_config(house(tmp_path, "mine")), None, profiles).profiles == profiles


def test_pools_are_numbers_with_a_permission_each(tmp_path: Path) -> None:
    path = house(tmp_path, "null")
    text = path.read_text()
    path.write_text(f"{text}\n  pools: {{sales: [{{number: '+33142', permission: contract of 2026}}]}}\n")
    rules = dial_rules(load_config(path), None)
    assert [one.number for one in rules.pools["sales"].numbers] == ["+33142"]
    assert rules.own_pool in rules.pools
    path.write_text(f"{text}\n  pools: {{sales: [{{number: '+33142', permission: ' '}}]}}\n")
    with pytest.raises(DocumentError, match="permission"):
        load_config(path)


# -- whereabouts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "region", "number", "country", "zones"),
    [
        ("0612345678", "FR", "+33612345678", "FR", ("Europe/Paris",)),
        ("+1 212 555 1234", None, "+12125551234", "US", ("America/New_York",)),
        ("+420601123456", None, "+420601123456", "CZ", ("Europe/Prague",)),
        ("0612345678", None, "0612345678", None, ()),  # at home nobody knows where
        ("+80012345678", None, "+80012345678", None, ()),  # a number of no country
        ("501", "FR", "501", None, ()),
        ("anna", None, "anna", None, ()),
    ],
)
def test_a_number_tells_where_it_is(
    shown: str, region: str | None, number: str, country: str | None, zones: tuple[str, ...]
) -> None:
    found = whereabouts(shown, region)
    assert (found.number, found.country, found.zones) == (number, country, zones)
    assert not found.emergency


def test_a_number_may_be_in_every_zone_of_its_country() -> None:
    toll_free = whereabouts("+18005551234", None).zones
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(toll_free)
    mobile = whereabouts("+61412345678", None).zones
    assert {"Australia/Sydney", "Australia/Perth"} <= set(mobile)
    of_no_plan = whereabouts("+447700900123", None)
    assert "Europe/London" in of_no_plan.zones
    assert of_no_plan.country is None
    assert all(ZoneInfo(zone) for zone in {*toll_free, *mobile, *of_no_plan.zones})


@pytest.mark.parametrize(("shown", "region"), [("112", None), ("112", "FR"), ("911", "US"), ("+112", None)])
def test_emergency_numbers_are_known(shown: str, region: str | None) -> None:
    assert whereabouts(shown, region).emergency
