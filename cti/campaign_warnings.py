"""What is not wrong in a campaign's rules, and will be regretted all the same."""

from collections.abc import Iterator

from dialer.campaign import CampaignRules, MachineThen, Mode

_DIALS_AHEAD = (Mode.PROGRESSIVE, Mode.PREDICTIVE)
"""Whoever answers may find nobody there: the allowance is asked."""


def warnings_of(rules: CampaignRules) -> Iterator[str]:
    """In words. Persons whom the detection takes for machines and hangs up on count as abandoned: where they
    alone are more than an allowance lets be, its budget is spent as soon as somebody answers."""
    machine = rules.machine
    if machine is None or machine.then is MachineThen.PASS_ON or rules.mode not in _DIALS_AHEAD:
        return
    taken = machine.persons_taken_permille / 10
    share = 100 * min(allowance.share for allowance in rules.allowances)
    if taken and taken >= share:
        yield (
            f"machine.persons_taken_percent: {taken:g} % of all persons are taken for machines and count as "
            f"abandoned, and {rules.profile} lets {share:g} % be abandoned: nothing is left to dial ahead "
            "by, and dialling stops. Pass machines on (then: pass_on), do without, or measure your lines"
        )
