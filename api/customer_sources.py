"""Where the engine learns who its callers are: in its own database, or in a CRM."""

from collections.abc import Callable

from cti.config import Config
from cti.crm import CrmDirectory
from cti.customer_facts import facts_from, facts_kept
from cti.customer_store import CustomerStore, WithLastAgents
from cti.customers import CustomerDirectory
from cti.lookups import Customers
from cti.store import Store


def directory_of(config: Config, own: CustomerStore, store: Store) -> CustomerDirectory:
    """Where customers are found: in the CRM, if there is one, else here."""
    there = config.customers
    if there.url is None:
        return own
    return WithLastAgents(CrmDirectory(there.url, region=there.region, token=there.token), store)


def facts_of(config: Config, own: CustomerStore, directory: CustomerDirectory) -> Customers:
    """What flows learn of customers: all that is kept of them here, of a CRM's what routing knows."""
    return facts_kept(own) if config.customers.url is None else facts_from(directory)


def strangers_of(config: Config, own: CustomerStore) -> Callable[[str], bool]:
    """Says at once who is certainly no customer; of a CRM's nobody can."""
    return own.is_stranger if config.customers.url is None else lambda number: False
