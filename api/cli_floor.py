"""Commands that show what is on the floor now: agents, queues, calls, and who is owed an answer."""

from api.asking import AsJson, ConfigPath, client
from api.printing import clock, covers, estimated, print_json, print_table
from cti.config import DEFAULT_CONFIG


def agents(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """The agents, now."""
    with client(config) as engine:
        rows = engine.get("agents")
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["since"] = clock(row["since"])
    columns = {
        "agent_id": "agent",
        "state": "state",
        "reason": "reason",
        "since": "since",
        "call_id": "call",
        "next_state": "next",
        "phone_reachable": "phone",
        "queues": "queues",
    }
    print_table(columns, rows, "no agents are configured")


def unanswered(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Callers we owe an answer: their latest contact came to nothing."""
    with client(config) as engine:
        rows = engine.get("unanswered")
    if as_json:
        print_json(rows)
        return
    columns = {
        "caller": "caller",
        "customer_id": "customer",
        "since": "since",
        "why": "why",
        "attempts": "attempts",
        "boost_s": "credit s",
        "call_id": "latest call",
    }
    print_table(columns, rows, "Nobody waits for an answer.")


def queues(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """The queues' live figures."""
    with client(config) as engine:
        rows = engine.get("queues")
    if as_json:
        print_json(rows)
        return
    for row in rows:
        share = row["service_level"]
        within = f"in {row['service_level_within_s']:g} s"
        row["level"] = None if share is None else f"{share:.1%} {within}"
        row["estimated"] = estimated(row["estimated_wait"])
        row["covers"] = covers(row["estimate_accuracy"])
    columns = {
        "queue_id": "queue",
        "waiting": "waiting",
        "longest_wait_s": "longest s",
        "agents_ready": "ready",
        "agents_talking": "talking",
        "agents_logged_in": "logged in",
        "offered": "offered",
        "answered": "answered",
        "abandoned": "abandoned",
        "turned_away": "turned away",
        "door": "door",
        "average_speed_of_answer_s": "ASA s",
        "level": "service level",
        "estimated": "newcomer waits",
        "covers": "said / held / judged",
    }
    print_table(columns, rows, "no queues are configured")
    if rows:
        print(f"service level = {rows[0]['service_level_formula']}")


def calls(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """The live calls."""
    with client(config) as engine:
        rows = engine.get("calls")
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["since"] = clock(row["since"])
        row["estimated"] = estimated(row["estimated_wait"])
    columns = {
        "call_id": "call",
        "caller": "caller",
        "customer_id": "customer",
        "dialled": "dialled",
        "state": "state",
        "since": "since",
        "queue_id": "queue",
        "call_class": "class",
        "position": "position",
        "estimated": "waits on",
        "agent_id": "agent",
        "offers_made": "offers",
    }
    print_table(columns, rows, "no live calls")
