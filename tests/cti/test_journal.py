"""The journal keeps what it was given, stays within its bounds and never stands in the way."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acd.events import LinkChanged
from acd.instant import Instant
from cti.codec import encode_envelope
from cti.envelope import Envelope
from cti.journal import Gap, Journal, JournalReader, Position, Torn, read_all


def note(seq: int, run: str = "run1", text: str = "") -> Envelope:
    """A small message, told apart by its number."""
    message = LinkChanged(up=True, reason=text)
    return Envelope(run=run, seq=seq, at=Instant(seq * 1000), cause=None, message=message)


LINE = len(encode_envelope(note(100)))
"""Bytes of a note with a number of three digits."""


def notes(first: int, last: int, run: str = "run1") -> list[Envelope]:
    return [note(seq, run) for seq in range(first, last + 1)]


def everything(reader: JournalReader, limit: int = 7) -> list[int]:
    """The numbers of all there is, read in small helpings."""
    numbers: list[int] = []
    position: Position | None = None
    while True:
        envelopes, position = reader.read(position, limit)
        if not envelopes:
            return numbers
        assert len(envelopes) <= limit
        numbers += [envelope.seq for envelope in envelopes]


def segments(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The kernel lets no file grow beyond this: a write is cut short, the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_appended_is_read_in_order_over_many_segments(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "spool", "run1", segment_bytes=5 * LINE)
    for seq in range(100, 150, 2):
        journal.append(notes(seq, seq + 1))
    assert journal.alarm is None
    assert len(segments(tmp_path / "spool")) == 13
    assert everything(JournalReader(tmp_path / "spool")) == list(range(100, 150))
    journal.close()
    assert [e.seq for e in read_all(tmp_path / "spool") if isinstance(e, Envelope)] == list(range(100, 150))


def test_a_step_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, "run1")
    real, sizes = os.write, list[int]()

    def counting(fd: int, data: bytes) -> int:
        sizes.append(len(data))
        return real(fd, data)

    monkeypatch.setattr(os, "write", counting)
    journal.append(notes(100, 104))
    journal.append([])
    journal.append(notes(105, 105))
    assert sizes == [5 * LINE, LINE]
    journal.close()


def test_reading_goes_on_where_it_stopped_while_the_journal_grows(tmp_path: Path) -> None:
    journal, reader = Journal(tmp_path, "run1", segment_bytes=3 * LINE), JournalReader(tmp_path)
    assert reader.read(None, 10) == ([], None)
    assert reader.behind(None) == 0
    position, seen = None, list[int]()
    for seq in range(100, 120):
        journal.append([note(seq)])
        assert reader.behind(position) == LINE
        envelopes, position = reader.read(position, 10)
        seen += [envelope.seq for envelope in envelopes]
        assert reader.behind(position) == 0
    assert seen == list(range(100, 120))
    journal.close()


def test_consumed_segments_are_forgotten_but_never_the_one_being_written(tmp_path: Path) -> None:
    journal, reader = Journal(tmp_path, "run1", segment_bytes=2 * LINE), JournalReader(tmp_path)
    journal.append(notes(100, 101))
    journal.append(notes(102, 103))
    _, position = reader.read(None, 100)
    assert position is not None
    reader.forget(position)
    assert segments(tmp_path) == ["run1-000002.jsonl"]
    journal.append(notes(104, 104))
    assert everything(reader) == [102, 103, 104]  # a position that is gone is the beginning of what there is
    envelopes, _ = reader.read(position, 100)
    assert [envelope.seq for envelope in envelopes] == [104]
    journal.close()


def test_a_later_run_goes_on_behind_the_earlier_ones(tmp_path: Path) -> None:
    for run in ("zoe", "abe", "kim"):
        journal = Journal(tmp_path, run)
        journal.append([note(1, run), note(2, run)])
        journal.close()
    assert segments(tmp_path) == ["abe-000002.jsonl", "kim-000003.jsonl", "zoe-000001.jsonl"]
    envelopes, _ = JournalReader(tmp_path).read(None, 100)
    assert [(e.run, e.seq) for e in envelopes] == [
        (run, seq) for run in ("zoe", "abe", "kim") for seq in (1, 2)
    ]


def test_a_position_from_a_spool_that_was_deleted_hides_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run2")
    journal.append(notes(1, 3, "run2"))
    journal.close()
    reader, stale = JournalReader(tmp_path), Position("run1-000057.jsonl", 4096)
    envelopes, _ = reader.read(stale, 100)
    assert [envelope.seq for envelope in envelopes] == [1, 2, 3]
    reader.forget(stale)
    assert segments(tmp_path) == ["run2-000001.jsonl"]


APPENDING = """
import sys
from pathlib import Path
from acd.events import LinkChanged
from cti.envelope import Envelope
from cti.journal import Journal

journal = Journal(Path(sys.argv[1]), "killed", segment_bytes=20_000)
for seq in range(1, 1_000_000):
    message = LinkChanged(up=True, reason="x" * (seq % 50))
    journal.append([Envelope(run="killed", seq=seq, at=seq, cause=None, message=message)])
    print(seq, flush=True)
"""


def test_an_engine_killed_while_appending_loses_nothing_it_had_appended(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", APPENDING, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as engine:
        assert engine.stdout is not None
        for acknowledged in engine.stdout:
            if int(acknowledged) >= 2_000:
                engine.send_signal(signal.SIGKILL)
                break
        rest = engine.stdout.read().splitlines()
    last = int(rest[-1]) if rest and rest[-1].isdigit() else 2_000
    found = everything(JournalReader(tmp_path), limit=1000)
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= last - 1  # the last line on the pipe itself may be cut short


def test_a_torn_last_line_is_passed_over_and_reported(tmp_path: Path) -> None:
    torn = encode_envelope(note(102))[:-9]
    (tmp_path / "run1-000001.jsonl").write_bytes(
        encode_envelope(note(100)) + encode_envelope(note(101)) + torn
    )
    reader = JournalReader(tmp_path)
    envelopes, position = reader.read(None, 100)
    assert ([e.seq for e in envelopes], reader.torn) == ([100, 101], 0)  # it may still be under way

    journal = Journal(tmp_path, "run2")
    journal.append(notes(1, 2, "run2"))
    journal.close()
    envelopes, _ = reader.read(position, 100)
    assert ([e.seq for e in envelopes], reader.torn) == ([1, 2], 1)
    assert Torn(segment="run1-000001.jsonl", offset=2 * LINE, length=len(torn)) in list(read_all(tmp_path))


def test_damage_in_the_middle_costs_only_the_damaged_lines(tmp_path: Path) -> None:
    path = tmp_path / "run1-000001.jsonl"
    lines = [encode_envelope(note(seq)) for seq in range(100, 110)]
    lines[4] = b"\0" * 60 + b"\n"
    lines[6] = b'{"gap":{"lost":"many"}}\n'
    path.write_bytes(b"".join(lines))
    reader = JournalReader(tmp_path)
    assert everything(reader) == [100, 101, 102, 103, 105, 107, 108, 109]
    assert reader.torn == 2
    assert sum(isinstance(item, Torn) for item in read_all(path)) == 2


def test_a_full_journal_raises_the_alarm_and_goes_on_with_a_visible_gap(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run1", segment_bytes=4 * LINE, total_bytes=10 * LINE, retry_s=0)
    reader = JournalReader(tmp_path)
    for seq in range(100, 115):
        journal.append([note(seq)])
    assert journal.dropped == 5
    assert journal.alarm is not None
    assert "full" in journal.alarm
    assert "5 messages dropped since number 110" in journal.alarm

    envelopes, position = reader.read(None, 100)
    assert [e.seq for e in envelopes] == list(range(100, 110))
    assert position is not None
    reader.forget(position)  # the database is back: space returns
    journal.append(notes(115, 116))
    assert journal.alarm is None
    journal.close()

    envelopes, position = reader.read(position, 100)
    assert [e.seq for e in envelopes] == [115, 116]
    assert reader.lost == 5
    gaps = [item for item in read_all(tmp_path) if isinstance(item, Gap)]
    assert [(gap.run, gap.first_seq, gap.last_seq, gap.lost) for gap in gaps] == [("run1", 110, 114, 5)]


def test_a_full_disk_cuts_a_write_short_and_no_half_step_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run1", retry_s=0)
    journal.append(notes(100, 101))
    with files_up_to(4 * LINE + LINE // 2):
        journal.append(notes(102, 104))  # two and a half fit: the kernel takes part of it
        assert journal.alarm is not None
        journal.append(notes(105, 110))
    assert [path.name for path in tmp_path.iterdir()] == ["run1-000001.jsonl"]
    assert (tmp_path / "run1-000001.jsonl").stat().st_size == 2 * LINE
    assert journal.dropped == 9
    journal.append(notes(111, 112))
    assert journal.alarm is None
    journal.close()
    read = list(read_all(tmp_path))
    assert [item.seq for item in read if isinstance(item, Envelope)] == [100, 101, 111, 112]
    assert [(g.first_seq, g.last_seq, g.lost) for g in read if isinstance(g, Gap)] == [(102, 110, 9)]
    assert not any(isinstance(item, Torn) for item in read)


def test_a_reader_that_saw_half_a_step_before_it_was_taken_back_misses_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer reads in a process of its own, at any moment."""
    journal, reader = Journal(tmp_path, "run1", retry_s=0), JournalReader(tmp_path)
    journal.append(notes(100, 101))
    seen = list[tuple[list[Envelope], Position | None]]()
    real = os.ftruncate

    def read_just_before(fd: int, length: int) -> None:
        seen.append(reader.read(None, 100))
        real(fd, length)

    monkeypatch.setattr(os, "ftruncate", read_just_before)
    with files_up_to(4 * LINE + LINE // 2):
        journal.append(notes(102, 104))
    journal.append(notes(105, 120))
    journal.close()
    [(before, position)] = seen
    assert [envelope.seq for envelope in before] == [100, 101, 102, 103]
    rest, position = reader.read(position, 1000)
    assert {envelope.seq for envelope in rest} >= set(range(105, 121))
    assert reader.torn == 0
    assert reader.behind(position) == 0


def test_a_segment_that_is_let_go_while_the_journal_counts_is_only_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a new run could give its first segment a number that an old one has."""
    for name in ("run1-000001.jsonl", "run1-000002.jsonl", "run1-000003.jsonl"):
        (tmp_path / name).write_bytes(b"")
    real = os.scandir

    @contextmanager
    def vanishing(directory: Path) -> Iterator[list[os.DirEntry[str]]]:
        with real(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
            Path(found[0].path).unlink(missing_ok=True)
            yield found

    monkeypatch.setattr(os, "scandir", vanishing)
    journal = Journal(tmp_path, "run2")
    journal.append(notes(1, 1))
    journal.close()
    assert (tmp_path / "run2-000004.jsonl").exists()


def test_a_directory_that_cannot_be_made_is_an_alarm_not_an_exception(tmp_path: Path) -> None:
    blocked = tmp_path / "spool"
    blocked.write_text("a file where the directory should be")
    journal = Journal(blocked, "run1", retry_s=0)
    journal.append(notes(1, 3))
    assert journal.alarm is not None
    assert str(blocked) in journal.alarm
    blocked.unlink()
    journal.append(notes(4, 5))
    assert journal.alarm is None
    journal.close()
    assert everything(JournalReader(blocked)) == [4, 5]


def test_a_failing_disk_is_not_asked_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = list[int]()

    def refuse(fd: int, data: bytes) -> int:
        attempts.append(len(data))
        raise OSError(5, "Input/output error")

    journal = Journal(tmp_path, "run1", retry_s=60)
    monkeypatch.setattr(os, "write", refuse)
    for seq in range(100, 200):
        journal.append([note(seq)])
    assert len(attempts) == 1
    assert journal.dropped == 100
    assert journal.alarm is not None
    assert "Input/output error" in journal.alarm
    monkeypatch.undo()
    journal.close()
    gaps = [item for item in read_all(tmp_path) if isinstance(item, Gap)]
    assert [gap.lost for gap in gaps] == [100]  # marked at the end, when the disk let us


def test_the_spool_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "spool", "run1")
    journal.append(notes(1, 1))
    journal.close()
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "spool" / "run1-000001.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("run", ["", "../x", "a/b", "-a", "a b", "x" * 65])
def test_a_run_must_be_able_to_name_a_file(tmp_path: Path, run: str) -> None:
    with pytest.raises(ValueError, match="cannot name a run"):
        Journal(tmp_path, run)
