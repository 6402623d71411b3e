"""Asterisk's configuration says what ours says, and nothing in a value can say more."""

import re
import socket
import stat
from pathlib import Path, PurePosixPath

import pytest

from cti.config import AgentConfig, Config, load_config
from cti.config_outside import OutsideConfig
from cti.credentials import Credentials
from cti.media_place import MediaPlace, media_place
from cti.pbx_conf import Placement, UnsafeValueError, main, render
from cti.phrases import NAMES
from cti.ports import Port, conflicts

REPOSITORY = Path(__file__).resolve().parents[2]
PLACEMENT = Placement("/srv/house")


@pytest.fixture
def config() -> Config:
    return load_config(REPOSITORY / "config" / "callwright.yaml")


@pytest.fixture
def credentials(config: Config) -> Credentials:
    phones = {agent.id: f"phone-secret-of-{agent.id}" for agent in config.agents}
    return Credentials("the-ami-secret-of-this-test", "the-api-token-of-this-test", phones)


@pytest.fixture
def files(config: Config, credentials: Credentials, tmp_path: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in render(config, credentials, tmp_path / "etc", PLACEMENT)}


def sections(text: str, name: str) -> list[dict[str, str]]:
    """Every section of that name, as its settings."""
    bodies = re.findall(rf"^\[{re.escape(name)}\][^\n]*\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    return [dict(re.findall(r"^(\w+) = (.*)$", body, re.MULTILINE)) for body in bodies]


def test_every_agent_has_a_phone_with_his_own_secret(
    files: dict[str, str], config: Config, credentials: Credentials
) -> None:
    for agent in config.agents:
        endpoint, _, auth = sections(files["pjsip.conf"], agent.id)
        assert endpoint == {"auth": agent.id, "aors": agent.id}
        assert (auth["username"], auth["password"]) == (agent.id, credentials.phone_secrets[agent.id])


def test_phones_and_trunks_end_dead_calls_and_keep_media_here(files: dict[str, str]) -> None:
    pjsip = files["pjsip.conf"]
    assert {"direct_media": "no", "rtp_symmetric": "yes", "rtp_timeout": "30"}.items() <= sections(
        pjsip, "media"
    )[0].items()
    assert {"timers": "always", "timers_sess_expires": "90"}.items() <= sections(pjsip, "phone")[0].items()
    assert {"max_contacts": "1", "remove_existing": "yes"}.items() <= sections(pjsip, "contact")[0].items()
    assert sections(pjsip, "trunk")[0]["send_connected_line"] == "no"


def test_a_trunk_is_told_by_its_address(files: dict[str, str]) -> None:
    identify = sections(files["pjsip.conf"], "carrier")[1]
    assert identify == {"type": "identify", "endpoint": "carrier", "match": "127.0.0.2"}


def test_everything_listens_on_loopback_by_default(files: dict[str, str]) -> None:
    text = "\n".join(files.values())
    bound = re.findall(r"^(?:bind|bindaddr|media_address) = ([\d.]+)", text, re.MULTILINE)
    assert bound == ["127.0.0.1"] * 4
    assert sections(files["http.conf"], "general")[0]["enabled"] == "no"


def test_the_engine_may_do_on_ami_what_it_needs_and_no_more(files: dict[str, str]) -> None:
    user = sections(files["manager.conf"], "callwright")[0]
    assert user["read"] == "system,call,user"
    assert user["write"] == "call,reporting"
    assert user["permit"] == "127.0.0.1/255.255.255.255"
    assert int(user["writetimeout"]) >= 1000
    assert "channelvars = CTI_CALL,CTI_OFFER,CTI_ATTEMPT" in files["manager.conf"]


def test_only_the_events_the_engine_reads_pass_the_filter(
    config: Config, credentials: Credentials, tmp_path: Path, files: dict[str, str]
) -> None:
    named = re.findall(
        r"^eventfilter\(action\(include\),name\((\w+)\)\) =$", files["manager.conf"], re.MULTILINE
    )
    assert {"Newchannel", "Hangup", "DialBegin", "DialEnd", "UserEvent", "DeviceStateChange"} <= set(named)
    assert len(named) == 19
    render(config, credentials, tmp_path / "older", Placement("/srv/house", major=20))
    older = (tmp_path / "older" / "manager.conf").read_text()
    expressions = re.findall(r"^eventfilter = (.*)$", older, re.MULTILINE)
    assert len(expressions) == 19
    assert [e for e in expressions if re.search(e, "Event: Hangup\r\n")] == ["^Event: Hangup[^A-Za-z]"]


def test_the_dialplan_knows_the_engines_door_and_its_patience(config: Config, files: dict[str, str]) -> None:
    dialplan = files["extensions.conf"]
    assert f"AGI(agi://127.0.0.1:{config.asterisk.agi_port}/ivr,${{CTI_DIALLED}})" in dialplan
    assert f">= {config.asterisk.heartbeat_stale_s * 1_000} |" in dialplan
    assert f">= {config.asterisk.fallback_music_max_s}]?sorry" in dialplan
    contexts = re.findall(r"^\[(\w+)\]", dialplan, re.MULTILINE)
    assert {"callers", "ivr", "waiting", "connect", "fallback", "agents"} <= set(contexts)


def test_carriers_are_tried_in_their_order_and_asked_whether_they_are_there(
    config: Config, credentials: Credentials, tmp_path: Path
) -> None:
    outside = {"trunk": "carrier", "host": "192.0.2.1", "allow": ("+33",), "extensions": ("501",)}
    second = {"trunk": "other", "host": "192.0.2.2", "port": 5070}

    def rendered(**more: object) -> tuple[str, str]:
        wanted = config.model_copy(update={"outside": OutsideConfig.model_validate({**outside, **more})})
        files = {
            one.name: one.read_text() for one in render(wanted, credentials, tmp_path / "etc", PLACEMENT)
        }
        return files["extensions.conf"], files["pjsip.conf"]

    def dials(dialplan: str, context: str) -> list[str]:
        steps = dialplan[dialplan.index(f"\n[{context}]") :].split("\n\n")[0]
        return re.findall(r"Dial\(PJSIP/(\w+)/sip:\$\{EXTEN\}@([\d.:]+),", steps)

    alone, endpoints = rendered()
    assert dials(alone, "campaign-dial") == [("carrier_out", "192.0.2.1:5060")]
    assert "qualify_frequency" not in endpoints[endpoints.index("[carrier_out]") :]
    both, endpoints = rendered(trunks=[second])
    ways = [("carrier_out", "192.0.2.1:5060"), ("other_out", "192.0.2.2:5070")]
    for context in ("out", "campaign-dial", "through-outside"):
        assert dials(both, context) == ways
    assert dials(both, "through-extension") == ways[:1]  # a number of the house lives behind one line
    assert [one["contact"] for one in sections(endpoints, "other_out")[1:]] == ["sip:192.0.2.2:5070"]
    assert sections(endpoints, "other_out")[1]["qualify_frequency"] == "30"
    unasked, endpoints = rendered(trunks=[second], check_every_s=0)
    assert "Unreachable" not in unasked
    assert len(sections(endpoints, "other_out")) == 1


def test_nobody_talks_outside_for_ever_and_his_own_number_is_not_shown_there(
    config: Config, credentials: Credentials, tmp_path: Path
) -> None:
    outside = {"trunk": "carrier", "host": "192.0.2.1", "allow": ("+33",), "extensions": ("501",)}
    for more, shown in ((), "anonymous"), ((("caller_id", "+33100"),), "+33100"):
        wanted = OutsideConfig.model_validate({**outside, **dict(more), "longest_transfer_s": 900})
        render(config.model_copy(update={"outside": wanted}), credentials, tmp_path, Placement("/srv/x"))
        dialplan = (tmp_path / "extensions.conf").read_text()
        through = dialplan[dialplan.index("\n[through-outside]") : dialplan.index("\n[through-extension]")]
        assert "Set(CTI_MOST=900)" in through
        assert f"gim(default)f({shown})L(${{CTI_MOST}}))" in through
        assert dialplan.count("L(${CTI_MOST})") == 1


def test_what_is_said_without_the_engine_is_the_callers_language_where_that_is_ready(
    config: Config, credentials: Credentials, tmp_path: Path
) -> None:
    speech = config.speech.model_copy(update={"language": "zh"})
    render(config.model_copy(update={"speech": speech}), credentials, tmp_path, Placement("/srv/x"))
    dialplan = (tmp_path / "extensions.conf").read_text()
    assert "Set(CHANNEL(language)=zh)" in dialplan[: dialplan.index("\n[ivr]")]
    said = set(re.findall(r"/srv/x/phrases/\$\{CHANNEL\(language\)\}/([a-z-]+)\.wav", dialplan))
    assert said | {"call-ends-soon", "call-is-over"} == set(NAMES)
    assert "load = func_env.so" in (tmp_path / "modules.conf").read_text(), (
        "it is asked whether they are there"
    )


def test_who_has_talked_and_comes_back_has_the_whole_span_of_music_before_him(files: dict[str, str]) -> None:
    """Rung at once from his flow, he was in no waiting room since the engine was last away: an hour later
    he would have been hung up on at once, had it just been away again."""
    dialplan = files["extensions.conf"]
    talked = dialplan[dialplan.index("\n[talked]") : dialplan.index("\n[leg]")].splitlines()
    steps = [step.partition(",")[2] for step in talked if step.startswith((" same", "exten"))]
    forgotten = steps.index("Set(CTI_FALLBACK_SINCE=)")
    assert steps.index('GotoIf($["${CTI_RETURNS}" = "yes"]?back,s,1)') > forgotten
    waits = dialplan[dialplan.index("\n[waiting]") : dialplan.index("\n[left]")]
    assert "Set(CTI_FALLBACK_SINCE=)" in waits


def test_no_dialplan_pattern_takes_the_hangup_extension(files: dict[str, str]) -> None:
    patterns = re.findall(r"^exten => _(\S+?),1,", files["extensions.conf"], re.MULTILINE)
    assert patterns
    for pattern in patterns:
        letters = re.match(r"\[([^]]*)\](.?)", pattern)
        assert letters
        assert "a-z" not in letters[1] or letters[2] == "[", "a pattern for one letter would match h"


def test_res_speech_loads_before_res_agi(files: dict[str, str]) -> None:
    modules = re.findall(r"^load = (\w+)\.so$", files["modules.conf"], re.MULTILINE)
    assert modules.index("res_speech") < modules.index("res_agi")
    assert len(modules) == len(set(modules))
    assert "app_queue" not in modules


def test_modules_that_this_asterisk_lacks_are_left_out(
    config: Config, credentials: Credentials, tmp_path: Path
) -> None:
    render(config, credentials, tmp_path, PLACEMENT, available=["res_pjsip", "codec_opus", "app_queue"])
    modules = re.findall(r"^load = (\w+)\.so$", (tmp_path / "modules.conf").read_text(), re.MULTILINE)
    assert modules == ["res_pjsip", "codec_opus"]


def test_nobody_else_may_read_the_files(config: Config, credentials: Credentials, tmp_path: Path) -> None:
    written = render(config, credentials, tmp_path / "etc", PLACEMENT)
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o640}
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) == 0o750
    assert set((tmp_path / "etc").iterdir()) == set(written)


@pytest.mark.parametrize(
    "bad", ["x\r\nwrite=all", "x\nwrite=all", "x;comment", "a b", "x=y", "[x]", "#include", "é"]
)
def test_a_value_that_could_break_out_of_its_line_is_never_written(
    config: Config, credentials: Credentials, tmp_path: Path, bad: str
) -> None:
    agent = AgentConfig.model_construct(id=f"ana{bad}", name="Ana")
    broken = config.model_copy(update={"agents": (agent,)})
    phones = {agent.id: "phone-secret-of-nobody"}
    for house, keys, place in (
        (broken, Credentials("a" * 16, "b" * 16, phones), PLACEMENT),
        (config, Credentials(f"a{bad}", "b" * 16, credentials.phone_secrets), PLACEMENT),
        (config, credentials, Placement(f"/srv/{bad}")),
    ):
        with pytest.raises(UnsafeValueError):
            render(house, keys, tmp_path / "etc", place)
    assert not (tmp_path / "etc").exists()


def test_a_port_in_use_is_told_with_its_setting_and_its_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        told = conflicts([Port("tcp", "127.0.0.1", number, "asterisk.ami_port")])
    assert len(told) == 1
    assert f"tcp 127.0.0.1:{number} (asterisk.ami_port) is in use by" in told[0]
    assert "(process " in told[0]
    assert "change asterisk.ami_port" in told[0]
    assert conflicts([Port("tcp", "127.0.0.1", number, "asterisk.ami_port")]) == ()


def test_an_address_that_is_not_ours_is_told() -> None:
    told = conflicts([Port("udp", "192.0.2.77", 5160, "asterisk.sip_port")])
    assert told == (
        "udp 192.0.2.77:5160 (asterisk.sip_port) cannot be used: Cannot assign requested address",
    )


def test_the_command_renders_and_names_the_ports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(REPOSITORY / "config" / "callwright.yaml")
    given = [
        "--config",
        config,
        "--var",
        str(tmp_path),
        "--to",
        str(tmp_path / "etc"),
        "--instance",
        "/srv/x",
    ]
    assert main(given) == 0
    assert "udp 127.0.0.1 5160 asterisk.sip_port" in capsys.readouterr().out
    assert (tmp_path / "secrets.json").is_file()
    assert media_place(tmp_path) == MediaPlace(here=tmp_path, there=PurePosixPath("/srv/x"))


def test_the_command_says_what_is_wrong_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "house.yaml"
    path.write_text("agents: [")
    given = ["--config", str(path), "--var", str(tmp_path), "--to", str(tmp_path / "etc"), "--instance", "/x"]
    assert main(given) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{path}:1: is not valid YAML" in told.err
