"""The rules' sections ``classes``, ``returning`` and ``requeue``: what callers are promised, and to whom."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from cti.value_types import Section, Segment, ServiceNumber
from ivr.document import Misfit


class ClassConfig(Section):
    """What a class of callers is promised: score = (waited + offset_s) / objective_s, the greatest first."""

    objective_s: Annotated[int, Field(ge=1, le=86_400)]
    offset_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    never_exceed_s: Annotated[int, Field(ge=1, le=86_400)]
    """Whoever has waited for so long goes before everybody who has not."""
    dialled: tuple[ServiceNumber, ...] = ()
    """Whoever dialled one of these numbers is of this class."""
    segments: tuple[Segment, ...] = ()
    """So are customers of these segments."""


class ClassesConfig(Section):
    """The three classes of callers."""

    vip: ClassConfig = ClassConfig(objective_s=20, offset_s=60, never_exceed_s=180)
    returning: ClassConfig = ClassConfig(objective_s=30, offset_s=30, never_exceed_s=300)
    """Callers with an earlier unanswered call."""
    normal: ClassConfig = ClassConfig(objective_s=120, never_exceed_s=600)


class RequeueConfig(Section):
    """Callers who went back to a menu and come to a queue again, whichever it is."""

    keeps_place: bool = True
    """They wait since they first began to wait, and keep what they were credited with."""
    within_s: Annotated[int, Field(ge=1, le=86_400)] = 1800
    """Who was in the menu for this long begins anew."""


def claimed_twice(classes: ClassesConfig) -> Iterator[Misfit]:
    """Numbers and segments that two classes lay claim to."""
    for key in ("dialled", "segments"):
        claimed: dict[str, str] = {}
        for name, promised in classes:
            for one in getattr(promised, key):
                if claimed.setdefault(one, name) != name:
                    yield Misfit(("classes", name, key), f"{one!r} is of class {claimed[one]} already")


class ReturningConfig(Section):
    """Credit for callers with an earlier unanswered call, and how long they are known."""

    boost_s: Annotated[int, Field(ge=0, le=3600)] = 60
    decays_within_h: Annotated[int, Field(ge=1, le=720)] = 24
    remembered_h: Annotated[int, Field(ge=1, le=720)] = 72
