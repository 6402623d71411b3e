"""The first day under each policy, as one SVG picture that needs nothing else."""

from collections.abc import Callable, Sequence
from html import escape

from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.study import Course

WIDTH, HEIGHT, LEFT, TOP, GAP, LEGEND = 760, 200, 60, 40, 56, 150
COLOURS = ("#0b6e4f", "#888888", "#c8553d", "#8a4fbf", "#2a6fbb")
SMOOTHED = 6
"""Rows of five minutes whose talking is taken together."""

Points = list[tuple[float, float]]


def as_svg(courses: Sequence[Course], scenario: DiallingScenario) -> str:
    """Talking and abandoned calls over the hours; the dashed line is what the law allows."""
    shares = [_abandoned(course) for course in courses]
    most = max([2 * scenario.allowed, *(min(0.2, y) for points in shares for _, y in points)])
    upper = _panel("agents talking, half-hour mean", courses, _talking, scenario, 0.0, 1.0, TOP)
    lower_top = TOP + HEIGHT + GAP
    lower = _panel(
        "abandoned so far, share of live answers", courses, _abandoned, scenario, 0.0, most, lower_top
    )
    y = lower_top + HEIGHT * (1 - scenario.allowed / most)
    limit = f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="limit"/>'
    total_width, total_height = LEFT + WIDTH + LEGEND, lower_top + HEIGHT + 40
    rate = scenario.answer_rate
    answers = f"{rate:g}" if isinstance(rate, float) else "changing"
    title = f"{scenario.agents} agents, answer rate {answers}: the first day"
    legend = [
        f'<text x="{LEFT + WIDTH + 12}" y="{TOP + 14 + 20 * n}" fill="{COLOURS[n % len(COLOURS)]}">'
        f"{escape(course.policy)}</text>"
        for n, course in enumerate(courses)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}" '
            f'width="{total_width}" height="{total_height}" font-family="sans-serif" font-size="13">',
            "<style>.limit{stroke:#c00;stroke-dasharray:6 4}.axis{stroke:#999}"
            "polyline{fill:none;stroke-width:1.6}</style>",
            f'<rect width="{total_width}" height="{total_height}" fill="white"/>',
            f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
            *upper,
            *lower,
            limit,
            *legend,
            "</svg>\n",
        ]
    )


def _talking(course: Course) -> Points:
    rows = course.days[0].course
    ends = range(SMOOTHED, len(rows) + 1)
    return [(rows[end - 1][0], sum(row[5] for row in rows[end - SMOOTHED : end]) / SMOOTHED) for end in ends]


def _abandoned(course: Course) -> Points:
    return [(row[0], row[3] / row[2]) for row in course.days[0].course if row[2]]


def _panel(
    title: str,
    courses: Sequence[Course],
    points_of: Callable[[Course], Points],
    scenario: DiallingScenario,
    least: float,
    most: float,
    top: float,
) -> list[str]:
    bottom = top + HEIGHT
    parts = [
        f'<text x="{LEFT}" y="{top - 6}">{escape(title)}</text>',
        f'<line x1="{LEFT}" x2="{LEFT}" y1="{top}" y2="{bottom}" class="axis"/>',
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{bottom}" y2="{bottom}" class="axis"/>',
    ]
    for share in (0.0, 0.5, 1.0):
        value, y = least + share * (most - least), bottom - share * HEIGHT
        label = f"{100 * value:.3g} %"
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for hour in range(int(scenario.hours) + 1):
        x = LEFT + WIDTH * hour / scenario.hours
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{hour} h</text>')
    for n, course in enumerate(courses):
        line = " ".join(
            f"{LEFT + WIDTH * x / scenario.hours:.1f},"
            f"{bottom - HEIGHT * min(1.0, max(0.0, (y - least) / (most - least))):.1f}"
            for x, y in points_of(course)
        )
        parts.append(f'<polyline points="{line}" stroke="{COLOURS[n % len(COLOURS)]}"/>')
    return parts
