"""Customers over HTTP: kept, found, imported."""

import asyncio
import io
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request

from acd.ids import AgentId, CustomerId
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.customer_schemas import Customer, CustomerPage, Forgotten, ImportReport, Rejected
from api.ports import Engine
from api.schemas import CUSTOMER_PATTERN, NAME_PATTERN
from cti.customer_csv import CustomerFile, NotCustomers, Row
from cti.customer_document import CustomerDocument, Fault, record_of
from cti.customer_store import NumberTaken

MOST_ON_A_PAGE = 200
MOST_ROWS = 500
"""Rows of one import; longer files come in pieces."""
IMPORT_PATH = "/customers/import"
MOST_IMPORT_BYTES = 1_048_576

CustomerName = Annotated[
    str,
    Path(pattern=CUSTOMER_PATTERN, description="The customer's id.", examples=["c-1042"]),
]

router = APIRouter(
    prefix="/customers", tags=["customers"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER}
)


@router.get("", operation_id="list_customers", summary="Customers, page by page")
async def list_customers(
    engine: TheEngine,
    number: Annotated[
        str | None, Query(min_length=1, max_length=40, description="Only who has this number.")
    ] = None,
    segment: Annotated[str | None, Query(max_length=32, description="Only of this segment.")] = None,
    own_agent: Annotated[
        str | None, Query(pattern=NAME_PATTERN, description="Only whom this agent looks after.")
    ] = None,
    text: Annotated[
        str | None, Query(min_length=1, max_length=80, description="How an id or a name begins.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Customers on a page.")] = 50,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None,
) -> CustomerPage:
    """The customers kept here, by id. With `number` there is one at most, however the number is written."""
    if number is not None:
        found = await engine.customers.by_number(number)
        return CustomerPage(customers=[] if found is None else [Customer.of(found)], next=None)
    records = await engine.customers.page(
        limit + 1,
        after=None if after is None else CustomerId(after),
        segment=segment,
        own_agent=None if own_agent is None else AgentId(own_agent),
        text=text,
    )
    more = len(records) > limit
    return CustomerPage(
        customers=[Customer.of(record) for record in records[:limit]],
        next=records[limit - 1].customer_id if more else None,
    )


@router.get("/{customer_id}", operation_id="get_customer", summary="One customer", responses=UNKNOWN)
async def get_customer(customer_id: CustomerName, engine: TheEngine) -> Customer:
    """One customer, with who talked with him last."""
    found = await engine.customers.get(CustomerId(customer_id))
    if found is None:
        raise HTTPException(404, f"there is no customer {customer_id}")
    return Customer.of(found)


@router.put("/{customer_id}", operation_id="put_customer", summary="Keep a customer", responses=REFUSED)
async def put_customer(customer_id: CustomerName, written: CustomerDocument, engine: TheEngine) -> Customer:
    """Keep a customer, in place of what was kept of him. Refused when a number is another customer's."""
    _kept_here(engine)
    name = CustomerId(customer_id)
    record = record_of(written, name, engine.customers.region, _agents(engine))
    if isinstance(record, list):
        raise HTTPException(
            422, [{"loc": ["body", fault.field], "msg": fault.why, "type": "value_error"} for fault in record]
        )
    taken = await engine.customers.put([record], engine.runtime.clock.now())
    if taken:
        raise HTTPException(409, "; ".join(_taken(one) for one in taken))
    engine.recognition.forget()
    return Customer.of(await engine.customers.get(name) or record)


@router.delete(
    "/{customer_id}",
    operation_id="delete_customer",
    summary="Forget a customer",
    responses={**UNKNOWN, **REFUSED},
)
async def delete_customer(customer_id: CustomerName, engine: TheEngine) -> Forgotten:
    """Forget a customer, his numbers and who talked with him. Calls on record stay as they are."""
    _kept_here(engine)
    if not await engine.customers.delete(CustomerId(customer_id)):
        raise HTTPException(404, f"there is no customer {customer_id}")
    engine.recognition.forget()
    return Forgotten(customer_id=customer_id)


@router.post(
    "/import",
    operation_id="import_customers",
    summary="Keep the customers of a CSV file",
    responses=REFUSED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "id,numbers,name\r\nc-1042,+33 1 23 45 67 89|1002,Mia Ölström\r\n",
                }
            },
        }
    },
)
async def import_customers(
    request: Request,
    engine: TheEngine,
    dry_run: Annotated[bool, Query(description="Only say what would become of it.")] = False,
) -> ImportReport:
    """Keep every customer of the file who is written well and has no number of another one; the others are
    named with line, field and reason, and nothing of them is kept. At most 500 rows and 1 MiB at once."""
    _kept_here(engine)
    try:
        text = (await request.body()).decode("utf-8-sig")
        rows = await asyncio.to_thread(_read, text, engine.customers.region, _agents(engine))
    except UnicodeDecodeError as error:
        raise HTTPException(422, f"the file is not UTF-8, from byte {error.start} on") from None
    except NotCustomers as problem:
        raise HTTPException(422, str(problem)) from None
    records = [row.record for row in rows if row.record is not None]
    taken = await engine.customers.put(records, engine.runtime.clock.now(), dry_run=dry_run)
    engine.recognition.forget()
    rejected = _rejected(rows, taken)
    return ImportReport(
        rows=len(rows),
        taken=len(records) - len({one.customer_id for one in taken}),
        dry_run=dry_run,
        rejected=rejected,
    )


def _read(text: str, region: str | None, agents: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for row in CustomerFile(io.StringIO(text, newline=""), region, agents).rows():
        if len(rows) == MOST_ROWS:
            raise NotCustomers(f"line {row.line}: more than {MOST_ROWS} rows; send them in pieces")
        rows.append(row)
    return rows


def _rejected(rows: Sequence[Row], taken: Sequence[NumberTaken]) -> list[Rejected]:
    elsewhere: dict[CustomerId, list[Fault]] = {}
    for one in taken:
        elsewhere.setdefault(one.customer_id, []).append(Fault("numbers", _taken(one)))
    return [
        Rejected(
            row=number,
            line=row.line,
            customer_id=row.record.customer_id if row.record is not None else None,
            field=fault.field,
            why=fault.why,
        )
        for number, row in enumerate(rows, 1)
        for fault in (row.faults if row.record is None else elsewhere.get(row.record.customer_id, ()))
    ]


def _taken(one: NumberTaken) -> str:
    return f"{one.number} is {one.of}'s already"


def _agents(engine: Engine) -> list[str]:
    return [agent.id for agent in engine.config.agents]


def _kept_here(engine: Engine) -> None:
    if engine.config.customers.url is not None:
        raise HTTPException(409, "customers are kept by the CRM (customers.url), not here")
