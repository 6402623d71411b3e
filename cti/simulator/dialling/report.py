"""What came of a campaign's days: a table for people, JSON for programs."""

from collections.abc import Sequence
from typing import Any

from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.study import POLICIES, Course
from cti.simulator.estimate import Estimate

COLUMNS = {
    "policy": "policy",
    "talking": "talking %",
    "times": "times the first",
    "abandoned": "abandoned %",
    "within": "days within",
    "live": "live answers a day",
    "lines": "lines a day",
    "setting": "found in hindsight",
}


def rows(courses: Sequence[Course], allowed: float) -> list[dict[str, str]]:
    """A table's rows; intervals are of 95 %, each day a sample."""
    return [
        {
            "policy": course.policy,
            "talking": _percent(course.utilisation, 1),
            "times": _times(course.utilisation, courses[0].utilisation),
            "abandoned": _percent(course.abandoned, 2),
            "within": f"{course.within(allowed):.0%}",
            "live": f"{sum(day.live for day in course.days) / len(course.days):.0f}",
            "lines": f"{sum(day.placed for day in course.days) / len(course.days):.0f}",
            "setting": "" if course.setting is None else f"{course.setting:.3g}",
        }
        for course in courses
    ]


def as_json(courses: Sequence[Course], scenario: DiallingScenario, seed: int) -> dict[str, Any]:
    """Everything, for programs; shares are between 0 and 1, times in seconds."""
    return {
        "scenario": scenario.model_dump(mode="json"),
        "seed": seed,
        "policies": [_told(course, courses[0], scenario.allowed) for course in courses],
        "unexplained": sum(course.unexplained for course in courses),
    }


def _told(course: Course, first: Course, allowed: float) -> dict[str, Any]:
    return {
        "policy": course.policy,
        "meaning": POLICIES[course.policy],
        "setting": course.setting,
        "utilisation": told(course.utilisation),
        "utilisation_over_first": told(over(course.utilisation, first.utilisation)),
        "abandoned": told(course.abandoned),
        "days_within": course.within(allowed),
        "days": [
            {
                "lines": day.placed,
                "live_answers": day.live,
                "connected": day.connected,
                "abandoned": day.abandoned,
                "talked_s": round(day.talked / 1e6, 1),
                "staffed_s": round(day.staffed / 1e6, 1),
                "unexplained": day.unexplained,
            }
            for day in course.days
        ],
    }


def told(found: Estimate | None) -> dict[str, Any] | None:
    """A figure for a program."""
    return None if found is None else {"value": found.value, "interval": found.interval}


def over(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    """How many times another figure of the same days it is, day by day."""
    return None if one is None or other is None or not other.value else one.over(other)


def _percent(found: Estimate | None, digits: int) -> str:
    if found is None:
        return "-"
    said = f"{100 * found.value:.{digits}f}"
    return said if found.half_width is None else f"{said} ±{100 * found.half_width:.{digits}f}"


def _times(one: Estimate | None, other: Estimate | None) -> str:
    found = over(one, other)
    if found is None:
        return "-"
    return f"{found.value:.3f}" + ("" if not found.half_width else f" ±{found.half_width:.3f}")
