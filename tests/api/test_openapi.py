"""The schema: typed, with examples that are true, and an API that keeps to it whatever it is sent."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from api import (
    agent_lead_schemas,
    call_schemas,
    campaign_live_schemas,
    campaign_schemas,
    customer_schemas,
    decision_schemas,
    dnc_schemas,
    flow_schemas,
    ivr_schemas,
    message_schemas,
    queue_schemas,
    reports,
    rules_schemas,
    schemas,
    statistics_schemas,
)
from api.app import openapi

MODELS = [
    model
    for room in (
        schemas,
        agent_lead_schemas,
        call_schemas,
        campaign_live_schemas,
        campaign_schemas,
        customer_schemas,
        decision_schemas,
        dnc_schemas,
        flow_schemas,
        ivr_schemas,
        message_schemas,
        rules_schemas,
        queue_schemas,
        reports,
        statistics_schemas,
    )
    for model in vars(room).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == room.__name__
]


def test_the_schema_needs_no_engine_and_is_what_a_running_one_shows(app: FastAPI) -> None:
    assert openapi() == json.loads(json.dumps(app.openapi()))


def test_every_operation_has_a_name_of_its_own_a_tag_and_a_summary() -> None:
    operations = [operation for path in openapi()["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["tags"] and operation["summary"] for operation in operations)


@pytest.mark.parametrize("model", [m for m in MODELS if m.model_config.get("json_schema_extra")])
def test_examples_are_true(model: type[BaseModel]) -> None:
    extra: Any = model.model_config["json_schema_extra"]
    for example in extra["examples"]:
        assert model.model_validate(example).model_dump(mode="json") == example


PATHS = openapi()["paths"]
NAMES = st.text(max_size=40) | st.sampled_from(["ana", "sales", "c1", "history", "..", "%2e%2e", "a\r\nb"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
BODIES = JSON | st.fixed_dictionaries(
    {"state": st.sampled_from(["ready", "not_ready", "logged_out"])},
    optional={"reason": st.sampled_from(["break", "no_answer"]) | JSON},
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_no_request_brings_the_api_down(http: httpx.AsyncClient, data: st.DataObject) -> None:
    paths = PATHS
    template = path = data.draw(st.sampled_from(sorted(paths)))
    method = data.draw(st.sampled_from(sorted(paths[template])))
    for name in ("{agent_id}", "{queue_id}", "{call_id}", "{customer_id}", "{message_id}"):
        if name in path:
            drawn = data.draw(NAMES).encode("utf-8", "replace")
            path = path.replace(name, "".join(f"%{byte:02X}" for byte in drawn))
    operation = paths[template]
    parameters = [p["name"] for p in operation[method].get("parameters", ()) if p["in"] == "query"]
    query = {name: data.draw(st.text(max_size=30) | st.integers().map(str)) for name in parameters}
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    body = json.dumps(data.draw(BODIES)).encode() if method == "put" else b""
    answer = await http.request(
        method, path, params=query, content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 204, 307, 404, 405, 409, 422), answer.text
    if answer.status_code != 204:
        answer.json()
