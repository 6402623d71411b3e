"""What a stranger writes into his SIP addresses never becomes an event, a variable or an order of ours."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.pbx import PrivateAsterisk
from tests.asterisk.real_house import SOON_S

pytestmark = pytest.mark.asterisk

FORGED = "%0d%0a%0d%0aEvent%3a%20Forged%0d%0aX%3a%20y%0d%0a%0d%0a"


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    with PrivateAsterisk(tmp_path_factory.mktemp("house")) as private:
        yield private


class Stranger:
    """Somebody behind the trunk who sends what he likes."""

    def __init__(self, asterisk: PrivateAsterisk) -> None:
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.2", 0))
        self._sip.settimeout(SOON_S)
        self._asterisk = asterisk
        self._calls = 0

    def calls(self, dialled: str, caller: str) -> int:
        """One INVITE; the status of the first answer that is not 100."""
        here = "{}:{}".format(*self._sip.getsockname())
        self._calls += 1
        port = self._asterisk.config.asterisk.sip_port
        lines = [
            f"INVITE {dialled}@127.0.0.1:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-{here}-{self._calls}",
            "Max-Forwards: 70",
            f"From: {caller};tag=stranger",
            "To: <sip:house@127.0.0.1>",
            f"Call-ID: {self._calls}@{here}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:stranger@{here}>",
            "Content-Length: 0",
        ]
        self._sip.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", port))
        while (status := int(self._sip.recv(9000).split(b" ")[1])) == 100:
            pass
        return status

    def close(self) -> None:
        self._sip.close()


@pytest.fixture
def stranger(asterisk: PrivateAsterisk) -> Iterator[Stranger]:
    someone = Stranger(asterisk)
    yield someone
    someone.close()


class Listener:
    """The bytes the engine would read from AMI."""

    def __init__(self, asterisk: PrivateAsterisk) -> None:
        self._ami = socket.create_connection(("127.0.0.1", asterisk.config.asterisk.ami_port), timeout=SOON_S)
        self.heard = b""
        secret = asterisk.credentials.ami_secret
        self._ami.sendall(f"Action: Login\r\nUsername: callwright\r\nSecret: {secret}\r\n\r\n".encode())
        self.until(b"FullyBooted")

    def until(self, words: bytes) -> bytes:
        while words not in self.heard:
            more = self._ami.recv(65536)
            assert more, f"AMI closed before {words!r}"
            self.heard += more
        return self.heard

    def sends(self, action: str) -> None:
        self.heard = b""
        self._ami.sendall(f"{action}\r\nActionID: asked\r\n\r\n".encode())

    def close(self) -> None:
        self._ami.close()


@pytest.fixture
def listener(asterisk: PrivateAsterisk) -> Iterator[Listener]:
    someone = Listener(asterisk)
    yield someone
    someone.close()


def test_a_callers_address_cannot_write_events(stranger: Stranger, listener: Listener) -> None:
    assert stranger.calls("sip:8000", f"<sip:07{FORGED}@127.0.0.2>") == 200
    heard = listener.until(b"ChannelStateDesc: Up")
    assert b"Event: Newchannel" in heard
    assert b"Event: Forged" not in heard


def test_a_callers_name_cannot_write_events(stranger: Stranger, listener: Listener) -> None:
    assert (
        stranger.calls("sip:8000", r'"Eve, X: y\r\nEvent: Forged, ${SHELL(id)}" <sip:0700@127.0.0.2>') == 200
    )
    heard = listener.until(b"ChannelStateDesc: Up")
    assert b"CallerIDNum: 0700\r\n" in heard
    assert b"Forged" not in heard


@pytest.mark.parametrize(
    "dialled", [f"sip:80{FORGED}00", "sip:80%0d00", "sip:sales", "sip:s", "sip:h", "sip:i"]
)
def test_what_is_not_a_number_gets_no_channel(
    stranger: Stranger, asterisk: PrivateAsterisk, dialled: str
) -> None:
    before = asterisk.cli("core show calls")
    assert stranger.calls(dialled, "<sip:0700@127.0.0.2>") == 404
    assert asterisk.cli("core show calls").split("\n")[-2:] == before.split("\n")[-2:]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ('"a@b:c sip:1@ Eve" <sip:07001@127.0.0.2>', "07001"),
        ("<sip:+3312;isub=5:word@127.0.0.2>", "+3312"),
        ("<tel:+331234>", "+331234"),
        ("<sip:anonymous@anonymous.invalid>", "anonymous"),
        (f"<sip:{'9' * 90}@127.0.0.2>", "9" * 40),
    ],
)
def test_the_callers_number_is_what_stands_in_his_address(
    stranger: Stranger, listener: Listener, written: str, number: str
) -> None:
    assert stranger.calls("sip:8000", written) == 200
    heard = listener.until(b"ChannelStateDesc: Up").decode()
    (own,) = re.findall(r"Event: Newchannel\r\n(?:[^\r]+\r\n)*?Uniqueid: (\S+)", heard)
    events = [event for event in heard.split("\r\n\r\n") if f"\r\nUniqueid: {own}\r\n" in event]
    assert {who for event in events for who in re.findall(r"\r\nCallerIDNum: (\S*)", event)} == {
        "<unknown>",
        number,
    }


def test_the_ami_user_cannot_do_what_the_engine_never_does(listener: Listener) -> None:
    for action in (
        "Action: Command\r\nCommand: core stop now",
        "Action: Originate\r\nChannel: PJSIP/ana\r\nApplication: System\r\nData: id",
        "Action: ModuleLoad\r\nModule: res_agi.so\r\nLoadType: unload",
        "Action: UpdateConfig\r\nSrcFilename: manager.conf",
    ):
        listener.sends(action)
        assert b"ActionID: asked" in listener.until(b"Message: Permission denied")


def test_what_the_engine_is_told_is_kept_from_others(asterisk: PrivateAsterisk) -> None:
    etc = asterisk.log.parents[1] / "etc"
    assert {path.stat().st_mode & 0o007 for path in Path(etc).iterdir()} == {0}
