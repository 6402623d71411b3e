"""The trade's formulas against exact reference values and an independent reading in decimals."""

import math
from decimal import Decimal, localcontext

import pytest

from acd.erlang import (
    MOST_SERVERS,
    blocking,
    impatience,
    load_for_abandonment,
    load_for_mean_wait,
    load_for_service_level,
    mean_wait,
    servers_for_abandonment,
    servers_for_mean_wait,
    servers_for_service_level,
    service_level,
    waiting_probability,
)

AS_GOOD_AS_EXACT = 1e-9
SIZES = [1, 2, 10, 137, 1000, 5000]
LOADS_PER_SERVER = [0.1, 0.6, 0.95, 0.999]


def exact_b(load: float, servers: int) -> Decimal:
    """By the recursion in n, with 50 digits: another way than the one under test."""
    with localcontext() as context:
        context.prec = 50
        b = Decimal(1)
        for n in range(1, servers + 1):
            b = Decimal(load) * b / (n + Decimal(load) * b)
        return b


def exact_c(load: float, servers: int) -> Decimal:
    with localcontext() as context:
        context.prec = 50
        b, a = exact_b(load, servers), Decimal(load)
        return servers * b / (servers - a * (1 - b))


def exact_a(
    load: float, servers: int, handling_s: float, patience_s: float
) -> tuple[Decimal, Decimal, Decimal]:
    """P(wait), P(abandon) and mean wait from the steady state, every state from the empty house on."""
    with localcontext() as context:
        context.prec = 40
        a, pace = Decimal(load), Decimal(handling_s) / Decimal(patience_s)
        weight = total = Decimal(1)
        for k in range(1, servers + 1):
            weight *= a / k
            total += weight
        queue, waiting = (weight if servers else Decimal(1)), Decimal(0)
        number = 0
        while a > servers + number * pace or weight > queue * Decimal("1e-25"):
            number += 1
            weight *= a / (servers + number * pace)
            total += weight
            queue += weight
            waiting += number * weight
        wait = waiting / total * Decimal(handling_s) / a
        return queue / total, wait / Decimal(patience_s), wait


def close(value: float, exact: Decimal | float) -> bool:
    """Within 1e-9 of the exact value, relative to it, unless no float is as small as that."""
    if abs(exact) < 1e-300:
        return 0 <= value < 1e-290
    return abs(Decimal(value) - Decimal(exact)) <= Decimal(AS_GOOD_AS_EXACT) * abs(Decimal(exact))


@pytest.mark.parametrize(
    ("load", "servers", "handling_s", "within_s", "waits", "wait_s", "in_time"),
    [
        (48, 55, 240, 15, 0.238701, 8.1840, 0.845883),
        (10, 14, 180, 20, 0.174132, 7.8359, 0.888350),
        (50 / 3, 20, 300, 20, 0.338125, 30.4312, 0.729251),
    ],
)
def test_the_references_of_erlang_c(
    load: float, servers: int, handling_s: float, within_s: float, waits: float, wait_s: float, in_time: float
) -> None:
    assert waiting_probability(load, servers) == pytest.approx(waits, abs=5e-7)
    assert mean_wait(load, servers, handling_s) == pytest.approx(wait_s, abs=5e-5)
    assert service_level(load, servers, handling_s, within_s) == pytest.approx(in_time, abs=5e-7)


def test_the_reference_of_erlang_a() -> None:
    met = impatience(100, 100, 60, 60)
    assert met.waiting_probability == pytest.approx(0.51330, abs=5e-6)
    assert met.abandonment == pytest.approx(0.03986, abs=5e-6)
    assert met.mean_wait_s == pytest.approx(2.39166, abs=5e-6)


@pytest.mark.parametrize("servers", SIZES)
@pytest.mark.parametrize("share", [*LOADS_PER_SERVER, 1.0, 1.5])
def test_erlang_b_to_nine_digits(servers: int, share: float) -> None:
    assert close(blocking(share * servers, servers), exact_b(share * servers, servers))


@pytest.mark.parametrize("servers", SIZES)
@pytest.mark.parametrize("share", LOADS_PER_SERVER)
def test_erlang_c_to_nine_digits(servers: int, share: float) -> None:
    load = share * servers
    exact = exact_c(load, servers)
    assert close(waiting_probability(load, servers), exact)
    assert close(mean_wait(load, servers, 180.0), exact * 180 / (servers - Decimal(load)))
    with localcontext() as context:
        context.prec = 50
        late = exact * (-(servers - Decimal(load)) * 20 / 180).exp()
    assert close(1 - service_level(load, servers, 180.0, 20.0) + 1, 1 + late)


@pytest.mark.parametrize("servers", [1, 10, 137, 1000, 5000])
@pytest.mark.parametrize("share", [0.6, 0.95, 1.0, 1.02, 1.5])
@pytest.mark.parametrize("patience_s", [30.0, 600.0])
def test_erlang_a_to_nine_digits(servers: int, share: float, patience_s: float) -> None:
    met = impatience(share * servers, servers, 180.0, patience_s)
    waits, gives_up, wait_s = exact_a(share * servers, servers, 180.0, patience_s)
    assert close(met.waiting_probability, waits)
    assert close(met.abandonment, gives_up)
    assert close(met.mean_wait_s, wait_s)


def test_callers_of_endless_patience_are_erlang_c() -> None:
    met = impatience(48, 55, 240, 2e8)
    assert met.waiting_probability == pytest.approx(waiting_probability(48, 55), rel=1e-4)
    assert met.mean_wait_s == pytest.approx(mean_wait(48, 55, 240), rel=1e-4)


def test_in_overload_erlang_c_waits_for_ever_and_erlang_a_does_not() -> None:
    assert waiting_probability(20, 20) == 1.0
    assert mean_wait(20, 20, 300) == math.inf
    assert service_level(21, 20, 300, 20) == 0.0
    assert impatience(40, 20, 300, 60).abandonment == pytest.approx(0.5, abs=0.01)


def test_a_house_without_callers_and_one_without_servers() -> None:
    assert blocking(0, 5) == waiting_probability(0, 5) == mean_wait(0, 5, 60) == 0.0
    assert service_level(0, 5, 60, 0) == 1.0
    assert impatience(0, 5, 60, 60).abandonment == 0.0
    assert blocking(3, 0) == waiting_probability(3, 0) == 1.0
    nobody_serves = impatience(3, 0, 60, 30)
    assert nobody_serves.abandonment == pytest.approx(1.0)
    assert nobody_serves.mean_wait_s == pytest.approx(30.0)


@pytest.mark.parametrize("load", [0.3, 7.9, 48.0, 990.0, 4900.0])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
def test_the_fewest_servers_suffice_and_one_less_does_not(load: float, share: float) -> None:
    n = servers_for_service_level(load, 180, 20, share)
    assert service_level(load, n, 180, 20) >= share > service_level(load, n - 1, 180, 20)
    n = servers_for_mean_wait(load, 180, 30 * (1 - share))
    assert mean_wait(load, n, 180) <= 30 * (1 - share) < mean_wait(load, n - 1, 180)
    n = servers_for_abandonment(load, 180, 90, 1 - share)
    assert impatience(load, n, 180, 90).abandonment <= 1 - share
    assert n == 0 or impatience(load, n - 1, 180, 90).abandonment > 1 - share


@pytest.mark.parametrize("servers", [1, 8, 55, 1000, 5000])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
def test_the_greatest_load_just_meets_its_target(servers: int, share: float) -> None:
    load = load_for_service_level(servers, 180, 20, share)
    assert service_level(load, servers, 180, 20) >= share
    assert service_level(load * (1 + AS_GOOD_AS_EXACT), servers, 180, 20) < share
    load = load_for_mean_wait(servers, 180, 30 * (1 - share))
    assert mean_wait(load, servers, 180) <= 30 * (1 - share)
    assert mean_wait(load * (1 + AS_GOOD_AS_EXACT), servers, 180) > 30 * (1 - share)
    load = load_for_abandonment(servers, 180, 90, 1 - share)
    assert impatience(load, servers, 180, 90).abandonment <= 1 - share
    assert impatience(load * (1 + AS_GOOD_AS_EXACT), servers, 180, 90).abandonment > 1 - share


def test_no_servers_take_no_load_and_no_load_takes_no_servers() -> None:
    assert load_for_service_level(0, 180, 20, 0.8) == 0.0
    assert servers_for_service_level(0, 180, 20, 0.8) == 0
    assert servers_for_mean_wait(0, 180, 20) == 0
    assert servers_for_abandonment(0, 180, 60, 0.1) == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda: blocking(-1, 5),
        lambda: blocking(math.nan, 5),
        lambda: waiting_probability(1, MOST_SERVERS + 1),
        lambda: mean_wait(1, 2, 0),
        lambda: service_level(1, 2, 60, -1),
        lambda: impatience(1, 2, 60, math.inf),
        lambda: impatience(2, 2, 60, 1e300),
        lambda: servers_for_abandonment(2, 60, 1e300, 0.1),
        lambda: servers_for_service_level(5, 60, 20, 1.0),
        lambda: servers_for_mean_wait(5, 60, 0),
        lambda: servers_for_abandonment(5, 60, 60, 0),
        lambda: servers_for_service_level(MOST_SERVERS, 60, 20, 0.9),
        lambda: servers_for_abandonment(MOST_SERVERS, 60, 60, 1e-9),
        lambda: load_for_service_level(-1, 60, 20, 0.8),
    ],
)
def test_what_makes_no_sense_is_refused(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match=r"must be|would be needed"):
        ask()
