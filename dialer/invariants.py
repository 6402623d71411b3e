"""What always holds between two steps of the dialer, whatever happened: asked by tests after every one."""

from collections import Counter
from collections.abc import Iterator

from dialer.attempt import AttemptState
from dialer.attempt_line import Line
from dialer.campaign import CampaignState
from dialer.lead import MOST_NUMBERS, LeadState
from dialer.leads import WAITS_FOR_HIS_TURN, in_text_step
from dialer.own_agent import waits_for_one
from dialer.pursuit import Pursuit
from dialer.tables import MOST_LEADS, Campaign, DialerTables
from dialer.texts import MOST_UNDER_WAY
from dialer.timers import TimerKind

_REACHED = (AttemptState.ANSWERED, AttemptState.PERSON, AttemptState.MACHINE, AttemptState.CONNECTED)


def broken(t: DialerTables) -> list[str]:
    """Everything that does not hold; empty: all is well."""
    return [*_lines(t), *_indices(t), *(one for c in t.campaigns.values() for one in _campaign(t, c))]


def _lines(t: DialerTables) -> Iterator[str]:
    for attempt_id, line in t.lines.items():
        if line.state is AttemptState.ENDED:
            yield f"{attempt_id} is over and still there"
        if attempt_id in t.ended:
            yield f"{attempt_id} is there, and is over"
        if t.campaigns[line.campaign_id].lines.get(attempt_id) is not line:
            yield f"{attempt_id} is not one of {line.campaign_id}"
        if attempt_id in t.strays:
            yield f"{attempt_id} is under way, and of an earlier run"
        for told in _line(t, line):
            yield f"{attempt_id} is {line.state}, {told}"
    of_campaigns = sum(len(campaign.lines) for campaign in t.campaigns.values())
    if of_campaigns != len(t.lines):
        yield f"{of_campaigns} lines of campaigns, {len(t.lines)} in all"
    for number, times in Counter(line.number for line in t.lines.values()).items():
        if times > 1:
            yield f"{number} is dialled {times} times at once"


def _line(t: DialerTables, line: Line) -> Iterator[str]:
    if not t.timers.is_set(TimerKind.LINE, line.campaign_id, line.attempt_id):
        yield "and nobody asks what has become of it"
    if line.state in _REACHED and line.answered_at is None:
        yield "and has not answered"
    if line.state in (AttemptState.PERSON, AttemptState.CONNECTED) and line.person_at is None:
        yield "and nobody is there"
    if line.state is AttemptState.PERSON and line.clock is None and not line.counted and line.live:
        yield "and counts for nothing"
    stands = line.counted_live_at is not None or line.abandoned  # others were taken back
    if stands and not (line.counted and line.live):
        yield f"live {line.live}, counted {line.counted}, abandoned {line.abandoned}"
    if line.gone_at is not None and line.state not in (AttemptState.PERSON, AttemptState.CONNECTED):
        yield "and its line is gone"


def _indices(t: DialerTables) -> Iterator[str]:
    in_all = sum(len(campaign.leads) for campaign in t.campaigns.values())
    if in_all != t.leads_in_all or in_all > MOST_LEADS:
        yield f"{in_all} leads, {t.leads_in_all} counted, {MOST_LEADS} allowed"
    for text_id in t.texts:
        if not t.timers.is_set(TimerKind.TEXT, name=text_id):
            yield f"{text_id} is on its way, and nobody asks what has become of it"
    for agent_id, key in t.previews.items():
        found = t.find(key)
        if found is None or found[1].state is not LeadState.PREVIEWED:
            yield f"{agent_id} looks at {key}, who is not looked at"
    if len(t.texts) > MOST_UNDER_WAY:
        yield f"{len(t.texts)} texts are on their way"
    for number, keys in t.by_number.items():
        for key in keys:
            found = t.find(key)
            if found is None or all(one.number != number for one in found[1].lead.numbers):
                yield f"{number} is none of {key}"
        if not keys:
            yield f"{number} is nobody's"


def _campaign(t: DialerTables, campaign: Campaign) -> Iterator[str]:
    name = campaign.campaign_id
    if (campaign.state is CampaignState.RUNNING or campaign.alarms) and name not in t.awake:
        yield f"{name}: it is {campaign.state}, {[*campaign.alarms]} are on, and no step looks at it"
    states = Counter(pursuit.state for pursuit in campaign.leads.values())
    if any(states[state] != campaign.by_state[state] for state in LeadState):
        yield f"{name}: {campaign.by_state} counted, {states} there are"
    left = Counter(p.lead.list_id for p in campaign.leads.values() if p.state is not LeadState.DONE)
    if any(left[list_id] != counted for list_id, counted in campaign.left.items()):
        yield f"{name}: {campaign.left} left, {left} there are"
    for list_id, its in campaign.penetration.by_list.items():
        theirs = [one for one in campaign.leads.values() if one.lead.list_id == list_id]
        tried, done = sum(one.attempts > 0 for one in theirs), left[list_id]
        if (its.leads, its.tried, its.leads - its.done) != (len(theirs), tried, done):
            yield f"{name}: {its} of {list_id}, where {len(theirs)} leads are, {tried} tried, {done} left"
    if campaign.trial_left is not None and campaign.trial_left < 0:
        yield f"{name}: a trial of {campaign.trial_left}"
    for lead_id, times in Counter(line.lead_id for line in campaign.lines.values()).items():
        if times > 1 and lead_id in campaign.leads:
            yield f"{lead_id} is dialled {times} times at once"
    for pursuit in campaign.leads.values():
        for told in _pursuit(t, campaign, pursuit):
            yield f"{name}: {pursuit.lead_id} is {pursuit.state}, {told}"


def _pursuit(t: DialerTables, campaign: Campaign, pursuit: Pursuit) -> Iterator[str]:
    state, of, name = pursuit.state, campaign.campaign_id, pursuit.lead_id
    waits, texts = state in WAITS_FOR_HIS_TURN, in_text_step(campaign, pursuit)
    dialled = campaign.turns.dials(pursuit.lead.list_id)
    if (name in campaign.turns) is not (waits and not texts and dialled):
        yield "his turn may come, or may not"
    if (name in campaign.texts) is not (waits and texts and dialled):
        yield "he is to be sent a text, or is not"
    if t.timers.is_set(TimerKind.LEAD_DUE, of, name) is not (state is LeadState.RESTING):
        yield "nothing wakes him, or he does not sleep"
    if state is LeadState.RESTING and pursuit.next_at is None:
        yield "for ever"
    if t.timers.is_set(TimerKind.OWN_AGENT, of, name) is not waits_for_one(campaign, pursuit):
        yield f"and waits for {pursuit.only_agent} for ever, or for nobody"
    if t.timers.is_set(TimerKind.DISPOSE, of, name) is not (state is LeadState.TO_DISPOSE):
        yield "his disposition is waited for, or is not"
    is_out = pursuit.attempt_id in t.lines or pursuit.attempt_id in t.texts
    if state is LeadState.IN_PROGRESS and not campaign.remembering and not is_out:
        yield f"and {pursuit.attempt_id} is not under way"
    if (state is LeadState.DONE) is not bool(pursuit.because):
        yield f"because {pursuit.because!r}"
    if state is LeadState.PREVIEWED and (of, name) not in t.previews.values():
        yield "and nobody looks at him"
    if t.timers.is_set(TimerKind.PREVIEW, of, name) is not (state is LeadState.PREVIEWED):
        yield "his preview has no end, or there is none"
    if pursuit.attempts < 0 or any(times < 0 for times in pursuit.tried):
        yield f"tried {pursuit.attempts} times, {pursuit.tried}"
    numbers = range(len(pursuit.lead.numbers))
    places = (pursuit.place, *pursuit.barred, *(one.place for one in pursuit.outcomes))
    if len(numbers) > MOST_NUMBERS or any(place not in numbers for place in places):
        yield f"with numbers at {places}"
