"""What callers say of how they were served, told with whom they had talked."""

from acd.instant import Instant
from acd.ivr_events import SurveyAnswered
from acd.ivr_signals import CallerJudged
from acd.tables import Tables


def judged(t: Tables, s: CallerJudged, at: Instant) -> None:
    """He answered a question. He may have hung up on it: then his call is over, and its record knows more."""
    call = t.calls.get(s.call_id)
    if call is None and s.call_id not in t.ended_calls:
        return
    if call is not None:
        call.touched = at
    t.tell(
        SurveyAnswered(
            call_id=s.call_id,
            flow=s.flow,
            node=s.node,
            question=s.question,
            grade=s.grade,
            least=s.least,
            most=s.most,
            comment=s.comment,
            agent_id=call.talked_with if call is not None else None,
            queue_id=call.talked_in if call is not None else None,
        )
    )
