"""The database's tables. All points in time and spans are whole microseconds (see :mod:`acd.instant`)."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("cause", BigInteger),
    Column("type", Text, nullable=False),
    Column("call_id", Text),
    Column("agent_id", Text),
    Column("body", JSON, nullable=False),
    Index("events_of_call", "call_id", "at"),
)
"""Every message of every run: inputs, events and orders, as :mod:`cti.codec` writes them."""

calls = Table(
    "calls",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("caller", Text, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("found", Boolean, nullable=False),
    Column("flow", Text),
    Column("flow_version", BigInteger),
    Column("menu_keys", Text, nullable=False),
    Column("queue_id", Text),
    Column("call_class", Text),
    Column("queued_at", BigInteger),
    Column("offers_made", Integer, nullable=False),
    Column("connected_at", BigInteger),
    Column("agent_id", Text),
    Column("ended_at", BigInteger),
    Column("outcome", Text),
    Column("waited_us", BigInteger),
    Column("talked_us", BigInteger),
    Column("customer_id", Text),
    Index("calls_by_arrival", "arrived_at", "call_id"),
    Index("calls_of_queue", "queue_id", "arrived_at", "call_id"),
    Index("calls_by_end", "ended_at"),
    Index("calls_of_customer", "customer_id", "arrived_at", "call_id"),
)
"""One row per call, kept by :mod:`cti.projections`."""

agents = Table(
    "agents",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
)
"""Each agent's last state, kept by :mod:`cti.projections`."""

agent_queues = Table(
    "agent_queues",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("queue_id", Text, primary_key=True),
    Column("standing", Text, nullable=False),
    Column("reason", Text),
    Column("since", BigInteger, nullable=False),
)
"""How agents stand to single queues, where they ever paused or left one."""

visits = Table(
    "visits",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("call_id", Text, nullable=False),
    Column("queue_id", Text, nullable=False),
    Column("call_class", Text),
    Column("began_at", BigInteger, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("exit", Text),
    Column("ended_at", BigInteger),
    Column("waited_us", BigInteger),
    Column("agent_id", Text),
    Column("talked_us", BigInteger),
    Column("wrapped_us", BigInteger),
    Index("visits_of_call", "call_id", "began_at"),
    Index("visits_of_queue", "queue_id", "began_at"),
    Index("visits_of_agent", "agent_id", "ended_at"),
)
"""One row per visit of a call to a queue, kept by :mod:`cti.visits`; reports count these."""

spells = Table(
    "spells",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("agent_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index("spells_of_agent", "agent_id", "since"),
    Index("spells_by_end", "until"),
)
"""One row for each time an agent was in a state; ``until`` is null while it lasts."""

ivr_stays = Table(
    "ivr_stays",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("call_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("flow", Text, nullable=False),
    Column("flow_version", BigInteger, nullable=False),
    Column("counted_at", BigInteger, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("exit", Text),
    Column("spent_us", BigInteger),
    Index("ivr_stays_of_call", "call_id", "number"),
    Index("ivr_stays_by_time", "counted_at", "flow"),
    Index("ivr_stays_open", "ended_at", "began_at"),
)
"""One row per stay of a call in a flow, kept by :mod:`cti.ivr_rows`; reports count these."""

ivr_visits = Table(
    "ivr_visits",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("call_id", Text, nullable=False),
    Column("stay_run", Text, nullable=False),
    Column("stay_seq", BigInteger, nullable=False),
    Column("stay_flow", Text, nullable=False),
    Column("flow_version", BigInteger, nullable=False),
    Column("counted_at", BigInteger, nullable=False),
    Column("first", Boolean, nullable=False),
    Column("flow", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("left_at", BigInteger),
    Column("spent_us", BigInteger),
    Column("key", Text),
    Column("tries", Integer, nullable=False),
    Column("tried", Text, nullable=False),
    Column("result", Text),
    Column("next_flow", Text),
    Column("next_node", Text),
    Column("exit", Text),
    Index("ivr_visits_of_stay", "stay_run", "stay_seq", "entered_at"),
    Index("ivr_visits_by_time", "counted_at", "stay_flow"),
    Index("ivr_visits_open", "left_at", "entered_at"),
    Index("ivr_visits_of_node", "stay_flow", "flow", "node", "counted_at"),
)
"""One row per visit of a stay to a node, kept by :mod:`cti.ivr_rows`."""

unanswered = Table(
    "unanswered",
    metadata,
    Column("party", Text, primary_key=True),
    Column("caller", Text, nullable=False),
    Column("customer_id", Text),
    Column("call_id", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Index("unanswered_by_age", "since", "party"),
)
"""The unanswered ledger: one row per open item, kept by :mod:`cti.rows`."""

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("name", Text),
    Column("segment", Text),
    Column("language", Text),
    Column("own_agent", Text),
    Column("preferences", JSON, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("customers_of_segment", "segment", "customer_id"),
    Index("customers_of_agent", "own_agent", "customer_id"),
)
"""Customers, as the API and imports write them."""

customer_numbers = Table(
    "customer_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Index("numbers_of_customer", "customer_id", "place"),
)
"""Their numbers, each one's once, in the order they were given."""

customer_contacts = Table(
    "customer_contacts",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("last_agent", Text, nullable=False),
    Column("last_contact_at", BigInteger, nullable=False),
)
"""Who talked with a customer last, kept by :mod:`cti.rows`; also of customers whom a CRM keeps."""

closures = Table(
    "closures",
    metadata,
    Column("queue_id", Text, primary_key=True),
    Column("because", Text),
    Column("by", Text),
    Column("since", BigInteger),
    Column("waiting", Text),
)
"""Queues closed by hand, kept by :mod:`cti.closures`; without a reason: not closed so."""

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("grade", Integer),
    Column("least", Integer, nullable=False),
    Column("most", Integer, nullable=False),
    Column("comment", Text),
    Column("agent_id", Text),
    Column("queue_id", Text),
    Index("survey_answers_by_time", "at", "run", "seq"),
    Index("survey_answers_of_call", "call_id", "at"),
)
"""What callers said of how they were served, kept by :mod:`cti.survey_rows`."""

callbacks = Table(
    "callbacks",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("queue_id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("customer_id", Text),
    Column("from_call", Text),
    Column("ordering", Text, nullable=False),
    Column("call_class", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("boost", BigInteger, nullable=False),
    Column("booked_at", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("failure", Text),
    Column("since", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("brief", Text),
    Column("asked_at", BigInteger),
    Index("callbacks_open", "ended_at", "queued_at", "call_id"),
)
"""Callbacks, kept by :mod:`cti.callback_rows`."""

messages = Table(
    "messages",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mailbox", Text),
    Column("caller", Text, nullable=False),
    Column("customer_id", Text),
    Column("left_at", BigInteger, nullable=False),
    Column("length_us", BigInteger),
    Column("pages", Integer),
    Column("size", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("by", Text),
    Index("messages_by_age", "left_at", "message_id"),
    Index("messages_of_mailbox", "mailbox", "left_at", "message_id"),
    Index("messages_of_call", "call_id", "left_at"),
)
"""What callers left, kept by :mod:`cti.message_rows` and :mod:`cti.message_store`; the files lie beside."""

dnc_entries = Table(
    "dnc_entries",
    metadata,
    Column("number", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("edition", Text),
    Index("dnc_entries_of_list", "list", "number"),
)
"""Numbers on do-not-call lists, kept by :mod:`cti.dnc_store`; a campaign's is called ``campaign:NAME``."""

dial_attempts = Table(
    "dial_attempts",
    metadata,
    Column("attempt_id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("campaign_id", Text),
    Column("lead_id", Text),
    Column("call_id", Text),
    Column("abandoned_at", BigInteger),
    Index("dial_attempts_to_number", "number", "at"),
    Index("dial_attempts_to_lead", "lead_id", "at"),
    Index("dial_attempts_of_call", "call_id", "at"),
    Index("dial_attempts_of_campaign", "campaign_id", "at"),
)
"""Every time a telephone outside was made to ring, noted by :mod:`cti.dial_gate` before it is."""

campaign_attempts = Table(
    "campaign_attempts",
    metadata,
    Column("attempt_id", Text, primary_key=True),
    Column("campaign_id", Text, nullable=False),
    Column("list_id", Text),
    Column("lead_id", Text),
    Column("number", Text, nullable=False),
    Column("zones", Text),
    Column("local_hour", Integer),
    Column("wanted_by", Text),
    Column("placed_at", BigInteger, nullable=False),
    Column("ring_for_us", BigInteger),
    Column("rang_at", BigInteger),
    Column("answered_at", BigInteger),
    Column("party", Text),
    Column("judged_at", BigInteger),
    Column("judged_words", Text),
    Column("connected_at", BigInteger),
    Column("connected_after_us", BigInteger),
    Column("agent_id", Text),
    Column("opted_out_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("outcome", Text),
    Column("hangup_cause", BigInteger),
    Column("trunk", Text),
    Column("rang_us", BigInteger),
    Column("talked_us", BigInteger),
    Column("live", Boolean),
    Column("counted_at", BigInteger),
    Column("taken_back_at", BigInteger),
    Column("abandoned", Boolean),
    Column("refused_why", Text),
    Column("refused_reasons", Text),
    Column("refused_until", BigInteger),
    Column("disposition", Text),
    Column("success", Boolean),
    Column("disposed_at", BigInteger),
    Column("disposed_by", Text),
    Column("note", Text),
    Index("campaign_attempts_by_time", "campaign_id", "placed_at", "attempt_id"),
    Index("campaign_attempts_counted", "campaign_id", "counted_at"),
    Index("campaign_attempts_open", "campaign_id", "ended_at"),
    Index("campaign_attempts_of_lead", "lead_id", "placed_at"),
)
"""One row for each attempt of a campaign, its whole life, kept by :mod:`cti.attempt_rows`; also for those the
gate refused."""

campaign_texts = Table(
    "campaign_texts",
    metadata,
    Column("text_id", Text, primary_key=True),
    Column("campaign_id", Text, nullable=False),
    Column("lead_id", Text, nullable=False),
    Column("number", Text),
    Column("step", BigInteger),
    Column("ordered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("sent", Boolean),
    Column("why", Text),
    Index("campaign_texts_by_time", "campaign_id", "ordered_at", "text_id"),
    Index("campaign_texts_of_lead", "lead_id", "ordered_at"),
)
"""Texts that campaigns sent, or could not, kept by :mod:`cti.attempt_rows`."""

campaign_adoptions = Table(
    "campaign_adoptions",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("campaign_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("campaign_adoptions_of", "campaign_id", "at"),
)
"""By what rules a campaign decided since when, as the dialer was told; kept by :mod:`cti.campaign_rows`."""

dnc_changes = Table(
    "dnc_changes",
    metadata,
    Column("change_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("list", Text, nullable=False),
    Column("number", Text),
    Column("what", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("numbers", BigInteger, nullable=False),
    Index("dnc_changes_of_number", "number", "at"),
    Index("dnc_changes_of_list", "list", "what", "at"),
)
"""Every change to a do-not-call list, for ever: who, when, why. An import is one, without a number."""

rules_versions = Table(
    "rules_versions",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scheduled_for", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("adopted_at", BigInteger),
    Index("rules_versions_by_state", "state", "version"),
)
"""Every version of the rules that was published, kept by :mod:`cti.rules_history`."""

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("flow_versions_by_digest", "digest"),
)
"""Every version of the flows that was published, kept by :mod:`cti.flow_history`; the latest is in force."""

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("because", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("trial_left", Integer),
)
"""Campaigns: which version of each is in force, and where it stands."""

campaign_versions = Table(
    "campaign_versions",
    metadata,
    Column("campaign_id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("document", Text, nullable=False),
)
"""Every version of a campaign's document that was ever in force; none is changed or deleted."""

campaign_lists = Table(
    "campaign_lists",
    metadata,
    Column("list_id", Text, primary_key=True),
    Column("campaign_id", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("region", Text),
    Column("mapping", JSON, nullable=False),
    Column("next_place", BigInteger, nullable=False),
    Column("edition", Text),
    Column("file", Text),
    Column("imported_at", BigInteger),
    Column("imported_by", Text),
    Column("rows", Integer),
    Column("rejected", Integer),
    Index("campaign_lists_of_campaign", "campaign_id", "list_id"),
)
"""Lists of leads, each of one campaign, named once in the house, kept by :mod:`cti.lead_store`: how their
columns are read, and what the latest import to its end came to. ``next_place`` is the place of the next lead
that is new."""

leads = Table(
    "leads",
    metadata,
    Column("lead_id", Text, primary_key=True),
    Column("campaign_id", Text, nullable=False),
    Column("list_id", Text, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("edition", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("customer_id", Text),
    Column("zone", Text),
    Column("priority", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("not_before", BigInteger),
    Column("not_after", BigInteger),
    Column("own_agent", Text),
    Column("data", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried", JSON, nullable=False),
    Column("barred", JSON, nullable=False),
    Column("next_at", BigInteger),
    Column("step", Integer, nullable=False),
    Column("last_outcome", Text, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("agent_id", Text),
    Column("promised", Boolean, nullable=False),
    Column("outcomes", JSON, nullable=False),
    Column("next_number", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("call_back_number", Text, nullable=False),
    Column("attempt_id", Text),
    Index("leads_of_campaign", "campaign_id", "lead_id"),
    Index("leads_by_state", "campaign_id", "state", "lead_id"),
    Index("leads_of_list", "list_id", "place"),
)
"""Leads. Up to ``data`` stands what their list says (:mod:`cti.lead_store` writes it, and ``own_agent`` is
the only one who calls him); from ``state`` on what was done about them (:class:`dialer.lead.LeadStanding`),
which an import never touches: it is kept from the dialer's events."""

lead_numbers = Table(
    "lead_numbers",
    metadata,
    Column("lead_id", Text, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("number", Text, nullable=False),
    Column("campaign_id", Text, nullable=False),
    Index("lead_numbers_by_number", "number", "campaign_id"),
)
"""Leads' numbers, to find them by; ``leads.numbers`` says the same with hours and kinds."""

journal_cursor = Table(
    "journal_cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("segment", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
)
"""One row: how far into the journal the other tables reach."""
