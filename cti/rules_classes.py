"""The rules' sections ``classes`` and ``returning``: what each class of callers is promised."""

from typing import Annotated

from pydantic import Field

from cti.value_types import Section


class ClassConfig(Section):
    """What a class of callers is promised: score = (waited + offset_s) / objective_s, the greatest first."""

    objective_s: Annotated[int, Field(ge=1, le=86_400)]
    offset_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    never_exceed_s: Annotated[int, Field(ge=1, le=86_400)]
    """Whoever has waited for so long goes before everybody who has not."""


class ClassesConfig(Section):
    """The three classes of callers."""

    vip: ClassConfig = ClassConfig(objective_s=20, offset_s=60, never_exceed_s=180)
    returning: ClassConfig = ClassConfig(objective_s=30, offset_s=30, never_exceed_s=300)
    """Callers with an earlier unanswered call."""
    normal: ClassConfig = ClassConfig(objective_s=120, never_exceed_s=600)


class ReturningConfig(Section):
    """Credit for callers with an earlier unanswered call, and how long they are known."""

    boost_s: Annotated[int, Field(ge=0, le=3600)] = 60
    decays_within_h: Annotated[int, Field(ge=1, le=720)] = 24
    remembered_h: Annotated[int, Field(ge=1, le=720)] = 72
