"""A node of whatever kind, told apart by its ``kind``."""

from typing import Annotated, Any, get_args

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from ivr.nodes.branch import BranchNode
from ivr.nodes.callback import CallbackNode
from ivr.nodes.collect import CollectNode
from ivr.nodes.confirm import ConfirmNode
from ivr.nodes.disposition import DispositionNode
from ivr.nodes.fax import FaxNode
from ivr.nodes.hangup import HangUpNode
from ivr.nodes.hours import HoursNode
from ivr.nodes.language import LanguageNode
from ivr.nodes.lookup import LookupNode
from ivr.nodes.menu import MenuNode
from ivr.nodes.opt_out import OptOutNode
from ivr.nodes.play import PlayNode
from ivr.nodes.queue import QueueNode
from ivr.nodes.record import RecordNode
from ivr.nodes.returning import ReturnNode
from ivr.nodes.set import SetNode
from ivr.nodes.subflow import SubflowNode
from ivr.nodes.survey import SurveyNode
from ivr.nodes.transfer import TransferNode
from ivr.nodes.voicemail import VoicemailNode
from ivr.nodes.wait import WaitNode

_PYDANTICS_OWN = frozenset(get_args(ErrorType))


def _without_tag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Drop the union's tag from the places of mistakes: a queue node's tag is also the name of a field."""
    try:
        return handler(value)
    except ValidationError as error:
        raise ValidationError.from_exception_data(
            error.title,
            [
                InitErrorDetails(
                    type=_kind_of(found), loc=found["loc"][1:], input=found["input"], ctx=found.get("ctx", {})
                )
                for found in error.errors(include_url=False)
            ],
        ) from None


def _kind_of(found: ErrorDetails) -> str | PydanticCustomError:
    """pydantic makes its own kinds of mistakes by their name, others whole."""
    own = found["type"] in _PYDANTICS_OWN
    return found["type"] if own else PydanticCustomError("other", "{message}", {"message": found["msg"]})


AnyNode = Annotated[
    BranchNode
    | CallbackNode
    | CollectNode
    | ConfirmNode
    | DispositionNode
    | FaxNode
    | HangUpNode
    | HoursNode
    | LanguageNode
    | LookupNode
    | MenuNode
    | OptOutNode
    | PlayNode
    | QueueNode
    | RecordNode
    | ReturnNode
    | SetNode
    | SubflowNode
    | SurveyNode
    | TransferNode
    | VoicemailNode
    | WaitNode,
    Field(discriminator="kind"),
    WrapValidator(_without_tag),
]
