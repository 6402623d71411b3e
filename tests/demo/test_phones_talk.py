"""A caller and an agent's telephone, connected directly: nothing but SIP and RTP between them."""

import asyncio

import pytest

from demo import tone
from demo.caller import CallerCall
from demo.endpoint import SipError
from demo.leg import CallFailed, EndedBy, LegState
from demo.media import StreamClosed
from demo.phone import Answers, Phone, Rejects, RingsForever
from demo.sip import MalformedMessage
from tests.demo.line import ANA_SPEAKS, CALLER_SPEAKS, SOON, Line, a_line


async def heard_enough(call: CallerCall, phone: Phone, seconds: float = 0.5) -> None:
    """Return when both sides have heard that much more."""
    await asyncio.gather(call.listen(seconds, SOON), phone.call.listen(seconds, SOON))


async def test_both_hear_each_other(line: Line) -> None:
    call = await line.talk()
    await heard_enough(call, line.ana)
    await call.hang_up()

    assert tone.heard(call.recorded(), ANA_SPEAKS) > 0.95
    assert tone.heard(line.ana.recorded(), CALLER_SPEAKS) > 0.95
    assert tone.heard(call.recorded(), CALLER_SPEAKS) < 0.02
    assert tone.longest_run(call.recorded(), ANA_SPEAKS) > 0.3
    assert call.state is LegState.ENDED
    assert (call.ended_by, line.ana.call.ended_by) == (EndedBy.US, EndedBy.THEM)
    assert line.ana_saw() == ["ringing", "answered", "far end hung up"]
    assert call.t_invite <= call.t_ringing <= call.t_answered <= call.t_ended


async def test_the_display_shows_who_calls(line: Line) -> None:
    await line.call(RingsForever())

    ringing = await line.ana.next_ring(SOON)

    assert ringing.caller == "+33123456789"
    assert ringing.remote.display == 'Zoé "Z" Dupont'
    assert line.ana.events[0].caller == "+33123456789"


async def test_an_agent_answers_by_hand_and_hangs_up(line: Line) -> None:
    call = await line.call(RingsForever())
    ringing = await line.ana.next_ring(SOON)
    ringing.answer()
    await call.answered(SOON)
    await line.ana.hang_up()
    await call.hung_up(SOON)

    assert call.ended_by is EndedBy.THEM
    assert line.ana_saw() == ["ringing", "answered", "hung up"]


async def test_an_agent_hangs_up_when_the_talk_is_over(line: Line) -> None:
    call = await line.call(Answers(after_s=0.05, talk_s=0.2))
    await call.hung_up(SOON)

    assert call.t_ended - call.t_answered > 0.19
    assert call.ended_by is EndedBy.THEM
    assert line.ana.idle


@pytest.mark.parametrize("code", [480, 486, 603])
async def test_an_agent_rejects(line: Line, code: int) -> None:
    call = await line.call(Rejects(code=code, after_s=0.02))

    with pytest.raises(CallFailed, match=str(code)):
        await call.answered(SOON)
    assert (call.status, call.ended_by) == (code, EndedBy.THEM)
    assert line.ana_saw() == ["ringing", "rejected"]
    assert line.ana.idle


async def test_nobody_answers_and_the_caller_gives_up(line: Line) -> None:
    call = await line.call(RingsForever())
    await call.ringing(SOON)
    with pytest.raises(TimeoutError):
        await call.answered(0.05)
    await call.hang_up()

    assert (call.status, call.ended_by) == (487, EndedBy.US)
    assert line.ana_saw() == ["ringing", "cancelled"]


async def test_a_caller_hangs_up_before_the_first_sign_of_life(line: Line) -> None:
    call = await line.call(RingsForever())
    await call.hang_up()

    assert (call.status, call.ended_by) == (487, EndedBy.US)
    assert line.ana.idle


async def test_a_change_of_mind_counts_while_it_rings(line: Line) -> None:
    call = await line.call(RingsForever())
    await call.ringing(SOON)
    line.ana.behaviour = Answers(talk_s=60)
    await call.answered(SOON)
    line.ana.behaviour = Answers(talk_s=0)
    await call.hung_up(SOON)

    assert line.ana_saw() == ["ringing", "answered", "hung up"]


async def test_a_second_caller_finds_the_line_busy(line: Line) -> None:
    await line.talk()
    second = await line.call(Answers())

    with pytest.raises(CallFailed) as refused:
        await second.answered(SOON)
    assert refused.value.status == 486
    assert line.ana_saw() == ["ringing", "answered", "busy"]


async def test_an_unknown_number_is_not_found(line: Line) -> None:
    call = await line.call(Answers(), number="nobody")

    with pytest.raises(CallFailed, match="404"):
        await call.answered(SOON)


async def test_crossing_byes_end_the_call_for_both(line: Line) -> None:
    call = await line.talk()
    await asyncio.gather(call.hang_up(), line.ana.hang_up())

    assert call.state is line.ana.call.state is LegState.ENDED
    assert (call.ended_by, line.ana.call.ended_by) == (EndedBy.US, EndedBy.US)


async def test_an_answer_that_crosses_the_cancel_is_taken_back_by_bye(line: Line) -> None:
    call = await line.call(RingsForever())
    ringing = await line.ana.next_ring(SOON)
    await call.ringing(SOON)
    ringing.answer()
    call.drop()
    await asyncio.gather(call.hung_up(SOON), ringing.hung_up(SOON))

    assert (call.ended_by, ringing.ended_by) == (EndedBy.US, EndedBy.THEM)
    with pytest.raises(CallFailed):
        await call.answered(SOON)


async def test_keys_pressed_arrive_in_order(line: Line) -> None:
    call = await line.talk()
    await call.press("15#")
    await call.press("*")
    await heard_enough(call, line.ana, 0.1)

    assert line.ana.call.media.digits_received == "15#*"


async def test_keys_need_a_call(line: Line) -> None:
    call = await line.call(RingsForever())
    with pytest.raises(StreamClosed):
        await call.press("1")
    line.ana.behaviour = Answers()
    await call.answered(SOON)
    pressing = asyncio.create_task(call.press("0123456789"))
    await heard_enough(call, line.ana, 0.1)
    await line.ana.hang_up()

    with pytest.raises(StreamClosed, match="before it was done"):
        await pressing


async def test_the_last_word_before_the_end_is_heard_however_busy_the_listener_is(line: Line) -> None:
    call = await line.talk()
    await heard_enough(call, line.ana, 0.1)
    before, speaks = call.packets_received, line.ana.call.media
    for _ in range(25):  # nothing of it is read before the end is
        speaks.tick(late=0)
    call.media.close()
    assert call.packets_received >= before + 25


async def test_who_listens_to_a_call_that_ends_is_told(line: Line) -> None:
    call = await line.talk()
    listening = asyncio.create_task(call.listen(30, SOON))
    await heard_enough(call, line.ana, 0.1)
    await line.ana.hang_up()

    with pytest.raises(StreamClosed):
        await listening
    with pytest.raises(StreamClosed):
        await call.listen(1, SOON)


async def test_a_closed_endpoint_ends_its_calls() -> None:
    async with a_line() as line:
        call = await line.talk()
        line.ana.behaviour = RingsForever()
    await call.hung_up(SOON)

    assert call.ended_by is EndedBy.NOBODY
    assert call.media.closed
    with pytest.raises(SipError, match="closed"):
        await line.caller.call("ana", caller_id="1")


async def test_a_name_that_would_forge_headers_never_leaves(line: Line) -> None:
    with pytest.raises(MalformedMessage):
        await line.caller.call("ana", caller_id="1", display="x\r\nVia: forged")
    assert line.ana.idle


async def test_who_answers_says_something_first(line: Line) -> None:
    line.ana.opening = [*tone.one_second(900)[:4000], *[0] * 4100]  # half a second, and as long silence
    call = await line.talk()
    await call.listen(1.5, SOON)
    await call.hang_up()

    heard = call.recorded()
    assert 0.4 < tone.longest_run(heard, 900) <= 0.52
    assert tone.longest_run(heard, ANA_SPEAKS) > 0.3
    assert max(abs(sample) for sample in heard[5600:8000]) < 100  # in between he listens


async def test_when_a_tone_was_heard_is_known(line: Line) -> None:
    line.ana.opening = [0] * 4000
    call = await line.talk()
    await call.listen(1.2, SOON)
    begins = tone.onset(call.recorded(), ANA_SPEAKS)
    assert begins is not None
    heard_at = call.media.heard_at(begins)
    assert 0.4 < heard_at - line.ana.call.t_answered < 3
    await call.hang_up()
