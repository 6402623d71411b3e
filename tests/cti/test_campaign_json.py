"""A campaign's rules in the journal: everything comes back, and nothing else is taken for rules."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.ids import QueueId
from acd.instant import seconds
from cti.campaign_document import campaign_names, load_campaign
from cti.campaign_json import UnreadableCampaign, from_json, to_json
from cti.dialing_profile import load_profile
from dialer.attempt import AttemptOutcome
from dialer.budget import Allowance
from dialer.campaign import CampaignRules, Mode, RetryRule
from dialer.ids import CampaignId

CONFIG = Path("config")

PLAIN = CampaignRules(
    campaign_id=CampaignId("autumn"),
    mode=Mode.PREDICTIVE,
    queue_id=QueueId("sales"),
    retry={AttemptOutcome.BUSY: RetryRule(after=seconds(300))},
)


@pytest.mark.parametrize("name", campaign_names(CONFIG))
def test_what_comes_along_comes_back(name: str) -> None:
    rules = load_campaign(CONFIG, name).rules(CampaignId(name), load_profile(CONFIG, "us"))
    assert from_json(to_json(rules)) == rules
    assert to_json(from_json(to_json(rules))) == to_json(rules)


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
finite = st.floats(0, 1, exclude_max=True)
st.register_type_strategy(
    Allowance, st.builds(Allowance, share=finite, window=st.integers(1, 10**15), least=st.integers(0, 10**4))
)


@given(
    st.builds(
        CampaignRules,
        campaign_id=text,
        title=text,
        mode=st.sampled_from([mode for mode in Mode if mode is not Mode.AGENTLESS]),
        queue_id=text,
        most_lines_per_agent=finite,
        script=text,
        steps=...,
        retry=st.dictionaries(st.sampled_from(AttemptOutcome), st.from_type(RetryRule), max_size=3),
        dispositions=...,
        lists=...,
        pool=...,
        allowances=...,
    )
)
def test_every_campaign_comes_back(rules: CampaignRules) -> None:
    assert from_json(to_json(rules)) == rules


def test_a_field_with_a_default_may_be_missing() -> None:
    least = {"campaign_id": "autumn", "mode": "predictive", "queue_id": "sales"}
    assert from_json(json.dumps(least)).most_lines == 100


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{}", "campaign_id: Field required; mode: Field required"),
        ("[", "campaign: Invalid JSON"),
        ("[" * 100_000, "campaign: Invalid JSON"),
        ("1", "campaign: Input should be an object"),
        ("\ud800", "campaign: Invalid JSON"),
        (to_json(PLAIN).replace('"title"', '"titel"'), "titel: Unexpected keyword argument"),
        (to_json(PLAIN).replace('"most":3', '"mosst":3'), "retry.busy.mosst: Unexpected keyword argument"),
        (to_json(PLAIN).replace('"predictive"', '"agentless"'), "campaign: Assertion failed"),
        (
            to_json(PLAIN).replace('"ring_for":20000000', '"ring_for":2.5'),
            "ring_for: Input should be a valid",
        ),
        (
            to_json(PLAIN).replace('"ring_for":20000000', '"ring_for":"2"'),
            "ring_for: Input should be a valid",
        ),
        (" " * 1_048_577, "it is longer than 1048576 characters"),
    ],
)
def test_anything_else_is_no_campaign(written: str, told: str) -> None:
    with pytest.raises(UnreadableCampaign) as caught:
        from_json(written)
    assert str(caught.value).startswith(told)
