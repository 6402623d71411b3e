"""Opening hours, limits and overflow as operators write them: read whole, or told with their lines."""

from pathlib import Path

import pytest

from acd.exits import QueueExit
from acd.hours import DaySpan, SpecialDay
from acd.ids import QueueId
from acd.instant import seconds
from acd.overflow_rules import (
    AnnounceRules,
    AtClosing,
    OverflowStep,
    SendAway,
    StaffedBy,
    StaffRules,
    ToQueue,
    Way,
)
from cti.rules import rules_of
from cti.rules_document import RulesDocument, from_json, load_rules, to_json
from ivr.document import DocumentError

RULES = """\
calendars:
  office:
    zone: Europe/Paris
    week:
      mon-fri: ["09:00-12:00", "13:00-18:00"]
      sat: ["10:00-14:00"]
    days:
      - {date: "2026-12-24", open: ["9:00-12:00"], name: Christmas Eve}
      - {date: 12-25, name: Christmas}
  night: {zone: UTC, week: {mon-sun: ["22:00-06:00"]}}
queues:
  - id: sales
    hours: office
    at_closing: leave
    max_wait_s: 600
    staffed: {unless: at_work, grace_s: 60, keeps: false}
    announce: {first_s: 15, every_s: 45, wait: false}
    overflow:
      - {when: [closed, full], queue: support}
      - {waited_s: 60, predicted_wait_s: 120, ahead: 5, ahead_per_agent: 2.5, queue: support}
      - {when: closed, then: voicemail, prompts: [vm-intro]}
      - {when: timed_out, then: announcement, prompts: [sorry, goodbye]}
      - {when: no_agent, then: hang_up}
      - {waited_s: 300, then: flow}
  - id: support
"""


def read(tmp_path: Path, text: str) -> RulesDocument:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    return load_rules(path, ("ana",))


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        read(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/rules.yaml:") for line in str(told.value).splitlines()]


def test_what_is_written_is_what_the_core_decides_by(tmp_path: Path) -> None:
    document = read(tmp_path, RULES)
    assert from_json(to_json(document)) == document
    rules = rules_of([], document, "run")
    office, night = rules.calendars["office"], rules.calendars["night"]
    assert office.week[0] == (DaySpan(540, 720), DaySpan(780, 1080)) == office.week[4]
    assert (office.week[5], office.week[6]) == ((DaySpan(600, 840),), ())
    assert office.special == (
        SpecialDay(year=2026, month=12, day=24, spans=(DaySpan(540, 720),), name="Christmas Eve"),
        SpecialDay(month=12, day=25, name="Christmas"),
    )
    assert night.week == ((DaySpan(1320, 1800),),) * 7
    sales, support = rules.queues[QueueId("sales")], rules.queues[QueueId("support")]
    assert (sales.hours, sales.at_closing, sales.max_wait) == ("office", AtClosing.LEAVE, seconds(600))
    assert sales.staff == StaffRules(
        staffed_by=StaffedBy.AT_WORK, grace=seconds(60), lets_in=False, keeps=False
    )
    assert sales.announce == AnnounceRules(first=seconds(15), every=seconds(45), wait=False)
    to_support = ToQueue(queue_id=QueueId("support"))
    assert sales.overflow == (
        OverflowStep(action=to_support, reasons=frozenset({QueueExit.CLOSED, QueueExit.FULL})),
        OverflowStep(
            action=to_support, waited=seconds(60), predicted=seconds(120), length=5, per_agent_permille=2500
        ),
        OverflowStep(
            action=SendAway(way=Way.VOICEMAIL, prompts=("vm-intro",)), reasons=frozenset({QueueExit.CLOSED})
        ),
        OverflowStep(
            action=SendAway(way=Way.ANNOUNCEMENT, prompts=("sorry", "goodbye")),
            reasons=frozenset({QueueExit.TIMED_OUT}),
        ),
        OverflowStep(action=SendAway(way=Way.HANG_UP), reasons=frozenset({QueueExit.NO_AGENT})),
        OverflowStep(action=SendAway(way=Way.FLOW), waited=seconds(300)),
    )
    assert not support.moves_callers


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("zone: Europe/Paris", "zone: Europe/Pariss", "3: calendars.office.zone: "),
        ("mon-fri:", "mon-fry:", "5: calendars.office.week.mon-fry"),
        ("sat:", "fri:", "6: calendars.office.week.fri: fri is named in 'mon-fri' already"),
        ('"09:00-12:00"', '"9-12"', "5: calendars.office.week.mon-fri.0: must be two times of day"),
        ("12-25", "02-30", "9: calendars.office.days.1.date: there is no such day"),
        ("12-25", "'2026-12-24'", "9: calendars.office.days.1.date: 2026-12-24 is named twice"),
        ("hours: office", "hours: offices", "13: queues.0.hours: no calendar is called 'offices'"),
        (
            "[closed, full], queue: support",
            "full, queue: suport",
            "19: queues.0.overflow.0.queue: no queue is called 'suport'",
        ),
        ("when: [closed, full], ", "", "19: queues.0.overflow.0: needs a condition"),
        (
            ", queue: support}\n      - {waited",
            "}\n      - {waited",
            "19: queues.0.overflow.0: needs either",
        ),
        ("[closed, full]", "[closed, busy]", "19: queues.0.overflow.0.when.1"),
        (", prompts: [sorry, goodbye]", "", "22: queues.0.overflow.3: an announcement needs prompts"),
        (
            "then: hang_up",
            "then: hang_up, prompts: [sorry]",
            "23: queues.0.overflow.4: prompts are for callback, announcement and voicemail",
        ),
        (
            "  - id: support\n",
            "  - id: support\n    overflow: [{waited_s: 5, queue: sales}]\n",
            "19: queues.0.overflow.0.queue: callers would go in a circle: sales -> support -> sales",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, written: str, instead: str, told: str) -> None:
    assert written in RULES
    (line, *more) = mistakes(tmp_path, RULES.replace(written, instead, 1))
    assert line.startswith(told)
    assert more == []


def test_a_name_nearly_right_is_recognised(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, RULES.replace("hours: office", "hours: offise"))
    assert "office" in line.split("called", 1)[1]
    (line,) = mistakes(tmp_path, RULES.replace("Europe/Paris", "Europe/Pariss"))
    assert "Europe/Paris" in line
