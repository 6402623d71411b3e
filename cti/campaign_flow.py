"""The flow of a campaign that names none: to its agents, and a message for who finds nobody in time."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from dialer.campaign import CampaignRules
from ivr.expression import ExpressionError
from ivr.flow import Flow
from ivr.names import FlowName
from ivr.nodes.node import Outside
from ivr.prompts import Prompt
from ivr.template import MAX_LENGTH, Template

START = "agent"
NOBODY_FREE = ("nobody-free",)
"""What is heard where the campaign has written nothing: by name, from the catalogue."""
PRESS_TO_OPT_OUT, OPTED_OUT, NOT_OPTED_OUT = "opt-out-press", "opt-out-done", "technical-problem"
FOR_A_KEY_S = 4
"""How long the key is waited for once the message is over, in seconds."""

_PROMPTS: TypeAdapter[tuple[Prompt, ...]] = TypeAdapter(tuple[Prompt, ...])
_PROMPT = re.compile(r"[a-z0-9][a-z0-9_/-]{0,99}")


def name_of(rules: CampaignRules) -> FlowName:
    """What the made flow is called, in reports too."""
    return f"campaign-{rules.campaign_id}"[:64]


def flow_of(rules: CampaignRules, languages: Sequence[str]) -> Flow:
    """The flow that talks with who answers a campaign's line; ``languages`` are what he may be spoken to in,
    the first by default. Only of campaigns with agents."""
    assert rules.queue_id is not None, f"{rules.campaign_id}: who has no agents names a flow"
    nodes: dict[str, Any] = {
        START: {
            "kind": "queue",
            "queue": rules.queue_id,
            "data": {"campaign": rules.campaign_id, "name": "{lead.name}"},
            "refused": "bye",
        },
        "bye": {"kind": "hangup"},
    }
    if rules.message:
        nodes |= _message(rules)
        nodes[START]["refused"] = "sorry"
    return Flow.model_validate(
        {
            "name": name_of(rules),
            "title": rules.title[:200],
            "languages": list(languages),
            "start": START,
            "nodes": nodes,
        }
    )


def _message(rules: CampaignRules) -> dict[str, Any]:
    said = prompts_of(rules.message_prompts or NOBODY_FREE)
    if rules.opt_out_key is None:
        return {"sorry": {"kind": "play", "prompts": said, "interruptible": False, "next": "bye"}}
    key = rules.opt_out_key
    return {
        "sorry": {
            "kind": "menu",
            "prompts": [*said, PRESS_TO_OPT_OUT, {"digits": f'"{key}"'}],
            "keys": {key: "opt-out"},
            "only_own_keys": True,
            "timeout_s": FOR_A_KEY_S,
            "retries": 0,
            "otherwise": "bye",
        },
        "opt-out": {"kind": "opt_out", "next": "opted-out", "failed": "not-opted-out"},
        "opted-out": {"kind": "hangup", "prompts": [OPTED_OUT]},
        "not-opted-out": {"kind": "hangup", "prompts": [NOT_OPTED_OUT]},
    }


def languages_with(rules: CampaignRules, languages: Sequence[str]) -> tuple[str, ...]:
    """What a campaign's people may be spoken to in: its own language first, and those of the house."""
    own = (rules.language,) if rules.language else ()
    return tuple(dict.fromkeys((*own, *languages)))


def spoken_by(rules: CampaignRules, languages: Sequence[str]) -> Iterator[Prompt]:
    """Everything a campaign says itself: to who finds nobody in time, and to machines."""
    if rules.has_agents and not rules.flow:
        for node in flow_of(rules, languages).nodes.values():
            yield from (prompt for _, prompt in node.prompts_named())
    if rules.machine is not None:
        yield from prompts_of(rules.machine.message)


def prompts_of(written: Sequence[str]) -> tuple[Prompt, ...]:
    """What a campaign has written, as prompts of a flow: names, or a text in which ``{lead.name}`` may
    stand."""
    return _PROMPTS.validate_python([_prompt(one) for one in written])


def _prompt(written: str) -> str | dict[str, str]:
    return written if _PROMPT.fullmatch(written) else {"text": _text(written)}


def _text(text: str) -> str:
    """A text whose braces make no sense is spoken as it is written: somebody is listening."""
    try:
        Template(text)
    except ExpressionError:
        return text.replace("{", "").replace("}", "")[:MAX_LENGTH]
    return text


def dispositions_said(flow: str, flows: Mapping[str, Flow]) -> dict[str, str]:
    """Every disposition that a flow, or one it enters, may say: name → the node that says it first."""
    said: dict[str, str] = {}
    known, ahead = {flow}, [flow]
    for name in ahead:  # grows while it is walked
        for node_name, node in flows[name].nodes.items() if name in flows else ():
            for _, kind, named in node.names_outside():
                if kind is Outside.DISPOSITION:
                    said.setdefault(named, f"{name}.{node_name}")
                elif kind is Outside.FLOW and named not in known:
                    known.add(named)
                    ahead.append(named)
    return said
