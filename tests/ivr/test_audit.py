"""What `callwright ivr check` finds in flows that can be read."""

from pathlib import Path

from ivr.audit import audit
from ivr.flow_texts import FlowTexts
from ivr.loader import FlowBook

FILE = Path("flows/0.yaml")
HEAD = "name: line\nstart: choice\nnodes:\n"
MENU = (
    "  {name}: {{kind: menu, prompts: [vm-press], keys: {keys}, timeout_s: 3, retries: 0, "
    "otherwise: {otherwise}}}\n"
)
BYE = "  bye: {kind: hangup, prompts: [goodbye]}\n"


def book_of(*flows: str, numbers: str = "numbers: {default: line}") -> FlowBook:
    return FlowTexts(numbers=numbers, flows={f"{at}.yaml": text for at, text in enumerate(flows)}).book()


def told(*flows: str, menu_depth: int = 3, **more: str) -> list[str]:
    return [str(problem) for problem in audit(book_of(*flows, **more), menu_depth=menu_depth)]


def menu(name: str, keys: str, otherwise: str) -> str:
    return MENU.format(name=name, keys=keys, otherwise=otherwise)


def test_a_sound_flow_is_not_complained_about() -> None:
    assert told(HEAD + menu("choice", "{1: bye}", "bye") + BYE) == []


def test_a_circle_without_an_end_is_told_once_where_callers_come_into_it() -> None:
    text = (
        HEAD
        + menu("choice", "{1: round, 2: bye}", "bye")
        + menu("round", "{1: about}", "about")
        + menu("about", "{1: round}", "round")
        + BYE
    )
    assert told(text) == [f"{FILE}:5: nodes.round: no way leads from here to an end of the call"]


def test_menus_beyond_the_allowed_depth_are_told() -> None:
    text = (
        HEAD
        + menu("choice", "{1: second}", "bye")
        + menu("second", "{1: third}", "bye")
        + menu("third", "{1: bye}", "bye")
        + BYE
    )
    assert told(text, menu_depth=3) == []
    assert told(text, menu_depth=2) == [f"{FILE}:6: nodes.third: is menu 3 on a caller's way; 2 are allowed"]


def test_a_variable_nobody_sets_is_told_with_the_likely_one() -> None:
    text = HEAD + menu("choice", "{1: bye}", "said") + BYE
    text += "  said: {kind: play, prompts: [{text: 'Hello {calller}, {customer.name}'}], next: bye}\n"
    assert told(text) == [
        f"{FILE}:6: nodes.said.prompts.0.text: nothing sets 'calller' (did you mean 'caller'?)"
    ]


def test_a_variable_set_on_one_way_only_is_told_where_the_ways_meet() -> None:
    text = HEAD + menu("choice", "{1: note}", "said") + BYE
    text += "  note: {kind: set, values: {name: 1}, next: said}\n"
    text += "  said: {kind: play, prompts: [{number: name}], next: bye}\n"
    assert told(text) == [
        f"{FILE}:7: nodes.said.prompts.0.number: "
        "'name' holds nothing for callers who come here by another way"
    ]
    assert told(text.replace("otherwise: said", "otherwise: note")) == []


def test_a_flow_nobody_comes_to_is_told() -> None:
    line = HEAD + menu("choice", "{1: bye}", "bye") + BYE
    alone = line.replace("name: line", "name: alone")
    assert told(line, alone) == [
        f"{FILE.with_name('1.yaml')}:1: name: no number and no flow leads to 'alone'"
    ]


def test_a_lookup_has_learned_what_it_defaults_to_on_every_way() -> None:
    text = HEAD + menu("choice", "{1: ask}", "bye") + BYE
    text += "  ask: {kind: lookup, service: bank, path: /balance, expect: {balance: {type: decimal}}, "
    text += "default: {balance: 0}, next: said, failed: said}\n"
    text += "  said: {kind: play, prompts: [{number: balance}], next: bye}\n"
    assert told(text) == []
    assert told(text.replace("default: {balance: 0}, ", "")) == [
        f"{FILE}:7: nodes.said.prompts.0.number: "
        "'balance' holds nothing for callers who come here by another way"
    ]


def test_a_secret_is_told_where_it_would_be_heard_or_asked_for_openly() -> None:
    text = HEAD + (
        "  choice: {kind: collect, prompts: [vm-press], into: pin, length: 4, mask: true, timeout_s: 5, "
        "between_s: 3, retries: 1, next: copy, otherwise: sorry}\n"
        "  copy: {kind: set, values: {same: pin}, next: ask}\n"
        "  ask: {kind: lookup, service: bank, path: /pins, query: {pin: '{same}'}, body: {pin: '{pin}'}, "
        "expect: {word: {type: text, secret: true}}, default: {word: none}, next: bye}\n"
        "  bye: {kind: hangup, prompts: [{text: 'You typed {pin}.'}, {digits: word}]}\n"
        "  sorry: {kind: hangup}\n"
    )
    assert told(text) == [
        f"{FILE}:6: nodes.ask.query.pin: 'same' is a secret: *** would stand here",
        f"{FILE}:7: nodes.bye.prompts.1.digits: 'word' is a secret: *** would stand here",
        f"{FILE}:7: nodes.bye.prompts.0.text: 'pin' is a secret: *** would stand here",
    ]


def test_a_sub_flow_knows_its_parameters() -> None:
    sub = "name: greet\npurpose: sub\nparameters: {who: }\nstart: said\nnodes:\n"
    sub += (
        "  said: {kind: play, prompts: [{text: 'Hello {who} {whom}'}], next: back}\n  back: {kind: return}\n"
    )
    line = HEAD + menu("choice", "{1: greet}", "bye") + BYE
    line += "  greet: {kind: subflow, flow: greet, with: {who: caller}, next: bye}\n"
    assert told(line, sub) == [
        f"{FILE.with_name('1.yaml')}:6: nodes.said.prompts.0.text: nothing sets 'whom' (did you mean 'who'?)"
    ]
