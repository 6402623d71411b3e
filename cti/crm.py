"""Customers in somebody else's CRM: the directory over HTTP.

``GET url?number=+33123456789`` is answered by 200 with an object as in :class:`CrmCustomer`, or by 404 (or
204) for a number nobody is known by. Anything else is a fault of the CRM. Redirects are not followed.
"""

from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from acd.customer import Customer
from acd.ids import AgentId, CustomerId
from cti.customers import DirectoryUnavailable
from cti.no_cookies import NoCookies
from cti.numbers import canonical
from cti.value_types import CustomerName, Id, Language, Segment

MOST_BYTES = 65_536
MOST_CONNECTIONS = 20


class CrmCustomer(BaseModel):
    """What a CRM says of a customer; what it says besides is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: CustomerName
    segment: Segment | None = None
    language: Language | None = None
    own_agent: Annotated[Id | None, Field(description="The id of an agent here.")] = None
    last_agent: Id | None = None

    @property
    def customer(self) -> Customer:
        """The same in our words."""
        return Customer(
            customer_id=CustomerId(self.id),
            segment=self.segment,
            language=self.language,
            own_agent=None if self.own_agent is None else AgentId(self.own_agent),
            last_agent=None if self.last_agent is None else AgentId(self.last_agent),
        )


class CrmDirectory:
    """Implements :class:`cti.customers.CustomerDirectory`."""

    def __init__(self, url: str, *, region: str | None, token: str | None = None) -> None:
        """``token`` goes with every request as a bearer token."""
        self._url, self._region = url, region
        self._http = httpx.AsyncClient(
            headers={"Accept": "application/json", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            cookies=NoCookies(),
            timeout=None,  # noqa: S113 - who asks sets the limit, for all of the answer
            follow_redirects=False,
            trust_env=False,
        )

    async def find(self, number: str) -> Customer | None:
        """Who has this number.

        Raises:
            DirectoryUnavailable: the CRM cannot be reached, or says nothing that can be understood.
        """
        asked = httpx.URL(self._url).copy_merge_params({"number": canonical(number, self._region)})
        try:
            async with self._http.stream("GET", asked) as answer:
                if answer.status_code in (204, 404):
                    return None
                if answer.status_code != 200:
                    raise DirectoryUnavailable(f"the CRM says {answer.status_code}")
                body = await _read(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise DirectoryUnavailable(f"the CRM cannot be reached: {type(error).__name__}") from error
        try:
            return CrmCustomer.model_validate_json(body).customer
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(map(str, first["loc"])) or "its answer"
            raise DirectoryUnavailable(
                f"the CRM's answer is not understood: {field}: {first['msg']}"
            ) from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()


async def _read(answer: httpx.Response) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":  # a few bytes may become gigabytes
        raise DirectoryUnavailable("the CRM's answer is compressed, though it was not asked to")
    body = b""
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise DirectoryUnavailable(f"the CRM's answer is longer than {MOST_BYTES} bytes")
    return body
