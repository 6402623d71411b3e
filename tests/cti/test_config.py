"""The configuration is read whole, or every mistake is told with its place and a way out."""

import os
from pathlib import Path

import pytest
import yaml

from cti.config import Config, load_config, rules_path, var_dir
from cti.rules_document import load_rules
from ivr.document import DocumentError

REPOSITORY = Path(__file__).resolve().parents[2]

SMALL = """\
asterisk:
  sip_port: 5160
trunks:
  - {id: carrier, match: [127.0.0.2]}
agents:
  - {id: ana, name: Ana Alvarez}
  - {id: ben, name: Ben Okafor}
"""


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CALLWRIGHT_")]:
        monkeypatch.delenv(name)


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "house.yaml"
    path.write_text(text)
    return load_config(path)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        read(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(told.value).splitlines()]


def test_the_house_we_ship_has_five_agents_for_three_queues_with_different_skills() -> None:
    path = REPOSITORY / "config" / "callwright.yaml"
    config = load_config(path)
    rules = load_rules(rules_path(path, config), [agent.id for agent in config.agents])
    served = {
        name: {q.id for q in rules.queues if q.is_served_by(a.skills)} for name, a in rules.agents.items()
    }
    assert served == {
        "ana": {"sales"},
        "ben": {"sales", "support"},
        "cleo": {"support"},
        "dan": {"support", "billing"},
        "eva": {"billing", "sales"},
    }
    assert rules.vip_callers


def test_what_is_left_out_has_a_default_on_loopback(tmp_path: Path) -> None:
    config = read(tmp_path, SMALL)
    assert {config.asterisk.host, config.asterisk.sip_host, config.http.host} == {"127.0.0.1"}
    assert config.database.url is None
    assert rules_path(tmp_path / "house.yaml", config) == tmp_path / "rules.yaml"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_ASTERISK__SIP_PORT", "6060")
    monkeypatch.setenv("CALLWRIGHT_DATABASE__URL", "null")
    monkeypatch.setenv("CALLWRIGHT_HTTP__HOST", "")
    config = read(tmp_path, SMALL)
    assert config.asterisk.sip_port == 6060
    assert (config.database.url, config.http.host) == (None, "127.0.0.1")


def test_a_mistake_in_the_environment_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLWRIGHT_HTTP__PORT", "http")
    told = mistakes(tmp_path, SMALL)
    assert len(told) == 1
    assert told[0].startswith("environment: CALLWRIGHT_HTTP__PORT: Input should be a valid integer")
    monkeypatch.setenv("CALLWRIGHT_HTTP__PORT", "5160")
    assert mistakes(tmp_path, SMALL) == [
        "environment: CALLWRIGHT_HTTP__PORT: 5160 is asterisk.sip_port already"
    ]


def test_a_mistyped_variable_is_told_with_the_likely_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLWRIGHT_HTTP__PROT", "8080")
    assert mistakes(tmp_path, SMALL) == [
        "environment: CALLWRIGHT_HTTP__PROT: overrides nothing in the configuration "
        "(did you mean 'CALLWRIGHT_HTTP__PORT'?)"
    ]


def test_a_list_in_the_environment_that_is_no_json_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLWRIGHT_AGENTS", "ana, ben")
    assert mistakes(tmp_path, SMALL) == ["environment: CALLWRIGHT_AGENTS: is not valid JSON"]


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("sip_port", "sip_prot", "2: asterisk.sip_prot: unknown key (did you mean 'sip_port'?)"),
        ("agents:", "agent:", "5: agent: unknown key (did you mean 'agents'?)"),
        ("id: ben", "id: ana", "7: agents.1.id: 'ana' is given to two agents"),
        ("id: ben", "id: Ben", "7: agents.1.id: must be 2 to 32 lower-case letters"),
        ("id: ben", "id: h", "7: agents.1.id: must be 2 to 32 lower-case letters"),
        ("id: ben", "id: carrier", "4: trunks.0.id: 'carrier' is an agent's id already"),
        ("name: Ben Okafor", r'name: "Ben\r\ntype=x"', "7: agents.1.name: must not hold control characters"),
        ("5160", "5138", "1: asterisk: 5138 is asterisk.sip_port already"),
        ("5160", "20010", "2: asterisk.sip_port: lies within the RTP ports 20000 to 20999"),
        ("5160", "70000", "2: asterisk.sip_port: Input should be less than or equal to 65535"),
        ("[127.0.0.2]", "[localhost]", "4: trunks.0.match.0: must be an IP address"),
        ("[127.0.0.2]", "[]", "4: trunks.0.match: Tuple should have at least 1 item after validation, not 0"),
        ("agents:", "numbers: {8000: main}\nagents:", "5: numbers: belongs into numbers.yaml, as numbers"),
        ("trunks:", "database: {url: postgres://x}\ntrunks:", "3: database.url: must begin with"),
        ("trunks:", "mqtt: {url: tcp://x}\ntrunks:", "3: mqtt.url: must be mqtt://"),
        ("trunks:", "queues: []\ntrunks:", "3: queues: belongs into the rules document, as queues"),
        ("name: Ben Okafor", "skills: {a: 1}", "7: agents.1.skills: belongs into the rules document"),
        ("sip_port: 5160", "host: localhost", "2: asterisk.host: must be an IPv4 address, such as 127.0.0.1"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, was: str, now: str, told: str) -> None:
    assert was in SMALL
    assert any(
        line.startswith(f"house.yaml:{told}") for line in mistakes(tmp_path, SMALL.replace(was, now, 1))
    )


def test_a_file_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "- a\n") == ["house.yaml:1: must be a mapping (key: value)"]


def test_what_the_machine_writes_goes_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert var_dir() == Path("var").resolve()
    monkeypatch.setenv("CALLWRIGHT_VAR", "/srv/house")
    assert var_dir() == Path("/srv/house")


def test_the_shipped_file_writes_out_every_setting_there_is() -> None:
    written = yaml.safe_load((REPOSITORY / "config" / "callwright.yaml").read_text())
    assert set(written) == set(Config.model_fields)
    assert set(written["asterisk"]) == set(Config.model_fields["asterisk"].default.model_dump())


def test_services_for_flows_are_named_with_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLWRIGHT_IVR__LOOKUPS__BANK__TOKEN", "s3cret")
    text = SMALL + "ivr: {lookups: {bank: {url: 'http://127.0.0.1:8070/api', headers: {X-House: ours}}}}\n"
    bank = read(tmp_path, text).ivr.lookups["bank"]
    assert (bank.url, bank.token, bank.most_at_once) == ("http://127.0.0.1:8070/api", "s3cret", 20)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("bank: {url: 'file:///etc/passwd'}", "ivr.lookups.bank.url: "),
        ("bank: {url: 'http://user:pin@host/'}", "ivr.lookups.bank.url: "),
        ("bank: {url: 'http://host/', headers: {Host: evil}}", "ivr.lookups.bank.headers"),
        ('bank: {url: "http://host/", headers: {X: "a\\r\\nb"}}', "ivr.lookups.bank.headers"),
        ("bank: {url: 'http://host/', most_at_once: 0}", "ivr.lookups.bank.most_at_once: "),
        ("Bank: {url: 'http://host/'}", "ivr.lookups"),
        ("bank: {}", "ivr.lookups.bank"),
    ],
)
def test_services_that_cannot_be_are_refused(tmp_path: Path, written: str, told: str) -> None:
    [mistake] = mistakes(tmp_path, SMALL + f"ivr:\n  lookups:\n    {written}\n")
    assert f":10: {told}" in mistake


@pytest.mark.parametrize(
    ("outside", "told"),
    [
        ("{trunk: carrier, host: a, trunks: [{trunk: carrier, host: b}]}", "outside.trunks.0.trunk"),
        (
            "{trunk: carrier, host: a, trunks: [{trunk: one, host: b}, {trunk: one, host: c}]}",
            "outside.trunks.1.trunk",
        ),
        ("{trunks: [{trunk: one, host: b}]}", "outside"),
    ],
)
def test_every_way_out_has_a_name_of_its_own(tmp_path: Path, outside: str, told: str) -> None:
    path = tmp_path / "callwright.yaml"
    written = {
        "agents": [{"id": "ana", "name": "Ana"}],
        "trunks": [{"id": "carrier", "match": ["127.0.0.2"]}],
    }
    path.write_text(yaml.safe_dump(written | {"outside": yaml.safe_load(outside)}))
    with pytest.raises(DocumentError) as raised:
        load_config(path)
    assert told in [problem.field for problem in raised.value.problems], raised.value.problems
