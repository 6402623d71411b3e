"""What flows may know of a customer: an answer to ``lookup`` like any other."""

from collections.abc import Mapping

from acd.customer import Customer
from cti.customer_store import CustomerStore
from cti.customers import CustomerDirectory, DirectoryUnavailable
from cti.lookups import Customers
from cti.store import StoreUnavailable
from ivr.question import Json


def facts_from(directory: CustomerDirectory) -> Customers:
    """What a directory says of who has a number."""

    async def asked(number: str) -> Json:
        found = await directory.find(number)
        return None if found is None else _routed_by(found)

    return asked


def facts_kept(store: CustomerStore) -> Customers:
    """The same of the customers kept here, and all else that is kept of them."""

    async def asked(number: str) -> Json:
        try:
            kept = await store.by_number(number)
        except StoreUnavailable as error:
            raise DirectoryUnavailable(str(error)) from error
        if kept is None:
            return None
        return {
            **_routed_by(kept.customer),
            "name": kept.name,
            "preferences": dict(kept.preferences),
            "attributes": dict(kept.attributes),
        }

    return asked


def _routed_by(customer: Customer) -> Mapping[str, Json]:
    return {
        "id": customer.customer_id,
        "segment": customer.segment,
        "language": customer.language,
        "own_agent": customer.own_agent,
        "last_agent": customer.last_agent,
    }
