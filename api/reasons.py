"""Reasons for being not ready over HTTP: what agents may choose from."""

from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from acd.agent_rules import ReasonRules
from acd.reasons import NotReadyReason
from api.context import TOKEN, UNAUTHORISED, TheEngine
from api.schemas import example

router = APIRouter(tags=["agents"], dependencies=[TOKEN], responses=UNAUTHORISED)


class Reason(BaseModel):
    """A reason agents may give for being not ready."""

    model_config = example(code="break", label="Break")

    code: str
    label: str

    @classmethod
    def of(cls, code: NotReadyReason, rules: ReasonRules) -> Self:
        """A reason of the rules."""
        return cls(code=code, label=rules.label)


@router.get("/not-ready-reasons", operation_id="list_reasons", summary="Reasons for being not ready")
async def list_reasons(engine: TheEngine) -> list[Reason]:
    """What agents may choose from, in the rules' order; the engine has reasons of its own besides."""
    return [Reason.of(code, rules) for code, rules in engine.runtime.tables.rules.reasons.items()]
