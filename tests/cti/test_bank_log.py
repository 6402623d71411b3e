"""The bank's log of 1999: every quirk in a few lines of our own, and the real one where it is."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from acd.call import CallClass
from acd.instant import in_seconds, seconds
from api.cli import main
from cti.simulator.bank import BankLog, BankLogError, in_order
from cti.simulator.trace import TraceCall, TraceOutcome, read
from cti.simulator.trace_figures import figures

DATA = Path(os.environ.get("CALLWRIGHT_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
ARCHIVE = "anonymous_bank_1999_jan-jul.tar.gz"

HEADER = (
    "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time q_start q_exit q_time "
    "outcome ser_start ser_exit ser_time server"
)
WAITED = "AA1 1 9664 2 PS 990103 9:00:00 9:00:06 6 9:00:06 9:01:00 54 AGENT 9:00:59 9:02:00 61 SHARON"
AT_ONCE = "AA1 2 0 0 NW 990103 10:00:00 10:00:10 10 0:00:00 0:00:00 0 AGENT 10:00:09 10:00:13 4 MIKI"
GAVE_UP = "AA1 3 55 1 NE 990103 11:00:00 11:00:05 5 11:00:05 11:03:00 175 HANG 0:00:00 0:00:00 0 NO_SERVER"
LEFT_MENU = "AA1 4 0 0 IN 990103 11:10:00 11:10:30 30 0:00:00 0:00:00 0 HANG 0:00:00 0:00:00 0 NO_SERVER"
PHANTOM = "AA1 5 0 0 PS 990103 12:00:00 12:00:01 1 0:00:00 0:00:00 0 PHANTOM 0:00:00 0:00:00 0 NO_SERVER"
NO_MENU = "AA1 6 55 1 PS 990103 15:46:01 15:45:24 -37 15:45:24 15:46:41 77 HANG 0:00:00 0:00:00 0 NO_SERVER"
MIDNIGHT = "AA1 7 5 1 PS 990103 23:59:54 23:59:58 4 0:00:03 0:00:27 24 AGENT 0:00:26 0:01:33 67 NO_SERVERAMA"
NO_SERVICE = (
    "AA1 8 5 2 PS 990103 16:21:19 16:21:25 6 16:21:25 16:21:58 33 HANG 16:21:58 16:30:30 512 NO_SERVER"
)
SUMMER = "AA1 9 0 0 TT 990701 9:00:00 9:00:06 6 0:00:00 0:00:00 0 AGENT 9:00:06 9:00:30 24 ANO_SERVERT"


def month(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "january.txt"
    path.write_text("".join("\t".join(line.split(" ")) + "\n" for line in (HEADER, *lines)))
    return path


def one(tmp_path: Path, line: str) -> TraceCall:
    (call,) = BankLog().read(month(tmp_path, line))
    return call


def test_who_waited_and_was_served(tmp_path: Path) -> None:
    call = one(tmp_path, WAITED)
    assert call.call_id == "990103-AA1-1"
    assert call.arrived_at == 915_346_800_000_000  # 09:00 in Jerusalem in winter is 07:00 UTC
    assert (call.customer, call.queue, call.call_class) == ("9664", "ps", CallClass.VIP)
    assert (call.ivr, call.waited, call.service) == (seconds(6), seconds(54), seconds(61))
    assert (call.outcome, call.agent) == (TraceOutcome.ANSWERED, "SHARON")


def test_who_did_not_wait_has_no_customer_and_no_priority(tmp_path: Path) -> None:
    call = one(tmp_path, AT_ONCE)
    assert (call.customer, call.call_class, call.waited) == (None, CallClass.NORMAL, 0)
    assert call.queued_at - call.arrived_at == seconds(10)


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (GAVE_UP, TraceOutcome.ABANDONED),
        (LEFT_MENU, TraceOutcome.LEFT_IVR),
        (NO_SERVICE, TraceOutcome.ABANDONED),
    ],
)
def test_who_hung_up_without_an_agent(tmp_path: Path, line: str, outcome: TraceOutcome) -> None:
    call = one(tmp_path, line)
    assert (call.outcome, call.service, call.agent) == (outcome, None, None)


def test_a_menu_that_ended_before_it_began_is_no_menu(tmp_path: Path) -> None:
    call = one(tmp_path, NO_MENU)
    assert call.ivr == 0
    assert in_seconds(call.queued_at) % 86_400 == 13 * 3600 + 45 * 60 + 24


def test_a_wait_on_both_sides_of_midnight(tmp_path: Path) -> None:
    call = one(tmp_path, MIDNIGHT)
    assert (call.ivr, call.waited) == (seconds(9), seconds(24))


def test_two_servers_get_their_names_back(tmp_path: Path) -> None:
    assert [one(tmp_path, line).agent for line in (MIDNIGHT, SUMMER)] == ["NAAMA", "ANAT"]


def test_summer_time_counts(tmp_path: Path) -> None:
    assert in_seconds(one(tmp_path, SUMMER).arrived_at) % 86_400 == 6 * 3600


def test_phantoms_go_and_blanks_for_a_tab_are_understood(tmp_path: Path) -> None:
    path = month(tmp_path, WAITED, PHANTOM, AT_ONCE, "too short", WAITED.replace("AGENT", "TOAST"))
    path.write_text(path.read_text().replace("\t0\tNW", "\t0       NW"))
    log = BankLog()
    assert [call.queue for call in log.read(path)] == ["ps", "nw"]
    assert (log.rows, log.phantoms, log.repaired) == (5, 1, 1)
    assert log.dropped == {"2 fields instead of 17": 1, "outcome TOAST": 1}


def test_a_type_with_blanks_is_stripped(tmp_path: Path) -> None:
    path = month(tmp_path, WAITED)
    path.write_text(path.read_text().replace("\tPS\t", "\t PS\t").replace("\t2\t", "\t2 \t"))
    (call,) = BankLog().read(path)
    assert (call.queue, call.call_class) == ("ps", CallClass.VIP)


def test_another_file_is_not_the_log(tmp_path: Path) -> None:
    for name, content in (("a.txt", b"one line\n"), ("b.bin", b"\xff\x00\xfe" * 900), ("c.txt", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BankLogError):
            list(BankLog().read(tmp_path / name))


def test_an_archive_of_months_becomes_a_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, trace = tmp_path / "log.tar.gz", tmp_path / "trace.csv"
    with tarfile.open(archive, "w:gz") as tar:
        for name, lines in (("b.txt", (SUMMER,)), ("a.txt", (AT_ONCE, WAITED, PHANTOM))):
            data = month(tmp_path, *lines).read_bytes()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(SystemExit) as ended:
        main(["trace", "import-bank", str(archive), "-o", str(trace), "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["phantoms_removed"], told["written"]) == (4, 1, 3)
    assert told["queues"]["ps"]["mean_service_s"] == 61.0
    assert [call.call_id for call in read(trace)] == ["990103-AA1-1", "990103-AA1-2", "990701-AA1-9"]
    with pytest.raises(SystemExit) as ended:
        main(["trace", "import-bank", str(archive), "-o", str(trace)])
    assert ended.value.code == 0
    assert "4 rows read: 1 phantoms removed" in capsys.readouterr().out


def test_what_is_not_the_log_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    with pytest.raises(SystemExit) as ended:
        main(["trace", "import-bank", str(tmp_path / "a.txt"), "-o", str(tmp_path / "t.csv")])
    assert ended.value.code == 1
    assert "not the bank's log" in capsys.readouterr().err
    assert not (tmp_path / "t.csv").exists()


@pytest.fixture(scope="module")
def real_log() -> tuple[BankLog, list[TraceCall]]:
    path = DATA / ARCHIVE
    if not path.exists():
        pytest.skip(f"no bank log at {path}: set CALLWRIGHT_SHARED_DATA to the folder that holds it")
    log = BankLog()
    return log, in_order(log.read(path))


def test_the_real_log_has_the_figures_known_of_it(real_log: tuple[BankLog, list[TraceCall]]) -> None:
    """The published figures are of the whole year, this is January to July, so they agree roughly."""
    log, calls = real_log
    assert (log.rows, log.phantoms, log.repaired, log.dropped) == (252_290, 2_348, 5, {})
    summary = figures(calls)
    told = summary.all.told()
    assert told["calls"] == 249_942
    assert (told["waiting_share"], told["mean_wait_s"]) == (0.6319, 61.0909)  # year: 61.4 %, 57.9 s
    assert (told["abandoned_share"], told["left_ivr_share"]) == (0.1600, 0.0543)  # year: 14.9 % abandon
    means = {queue: one.told()["mean_service_s"] for queue, one in summary.by_queue.items() if one.served}
    year = {"ps": 185, "nw": 111, "ne": 278, "in": 419, "tt": 114, "pe": 266}
    near = {queue: means[queue] == pytest.approx(value, rel=0.04) for queue, value in year.items()}
    assert near == {queue: queue != "in" for queue in year}, means  # internet calls got longer in autumn
