"""Publishing documents over HTTP: what the rules and the flows have in common."""

import asyncio
import re
from collections.abc import Awaitable
from typing import Annotated, TypeVar

from fastapi import Header, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.commanding import ANSWER_WITHIN_S
from cti.rulebook import NotPublished
from cti.runtime import EngineStopped, InboxFull
from ivr.document import MAX_BYTES, Problem

T = TypeVar("T")

MOST_BYTES = 2 * MAX_BYTES + 65_536
"""A document as a JSON string needs more room than as a file."""

IfMatch = Annotated[
    str | None,
    Header(description='The ETag of what is in force: the latest version you knew, such as `"7"`.'),
]
_LINE = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")


class Publication(BaseModel):
    """Who publishes, why, and what he knew."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    author: Annotated[str, _LINE] = Field(default="api", max_length=64, examples=["zoe"])
    comment: Annotated[str, _LINE] = Field(default="", max_length=500, examples=["less wrap-up at noon"])
    base_version: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        default=None, description="The latest version you knew, or the header `If-Match` with its ETag."
    )


def base_version(given: int | None, if_match: str | None) -> int:
    """The version that a change was made for.

    Raises:
        RequestValidationError: the request does not say.
    """
    if given is not None:
        return given
    tag = re.fullmatch(r'(?:W/)?"(\d{1,16})"', if_match or "")
    if tag is None:
        where = ("header", "if-match") if if_match else ("body", "base_version")
        raise RequestValidationError(
            [{"loc": where, "msg": "say which version you knew: base_version or If-Match", "type": "missing"}]
        )
    return int(tag[1])


def told(problem: Problem) -> str:
    """A problem with its line, if it has one."""
    return f"line {problem.line}: {problem.message}" if problem.line else problem.message


async def done(what: Awaitable[T]) -> T:
    """What came of a change.

    Raises:
        HTTPException: 409 with the reason when it was refused, 503 when the engine does not answer.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await what
    except NotPublished as refused:
        raise HTTPException(409, str(refused)) from None
    except EngineStopped as stopped:
        raise _later(str(stopped)) from None
    except InboxFull as full:
        raise _later(f"the engine is behind: {full}; look at the history") from None
    except TimeoutError:
        raise _later(f"no answer within {ANSWER_WITHIN_S:g} s; look at the history") from None


def _later(detail: str) -> HTTPException:
    return HTTPException(503, detail, headers={"Retry-After": "1"})
