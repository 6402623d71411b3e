"""Scoreboard row 9: Erlang C and A and their inverses, up to 5,000 servers: how exact, and how fast.

The judge is an own reading with 60 decimal digits, by other sums than those measured. mpmath (Erlang A
through its incomplete gamma function) and pyworkforce (Erlang C only) are peers where they are installed;
neither is needed to build or test Callwright. Cost is CPU time, the best of seven.

Run: python -m bench.row9_erlang
"""

import importlib
import math
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal, getcontext
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from acd import erlang
from bench.common import report
from bench.common.machine import Load

SERVERS = (1, 10, 100, 1000, 5000)
OCCUPANCIES = (0.5, 0.9, 0.99, 1.0, 1.2)
HANDLING_S, WITHIN_S = 180.0, 20.0
PATIENCES_S = (30.0, 180.0, 600.0)
SHARES = (0.5, 0.8, 0.95)
REPEATS = 7
GOAL_ERROR, GOAL_MS = 1e-9, 1.0


class Case(NamedTuple):
    """One question: what was asked, how, and the relative error and cost of its answer."""

    what: str
    servers: int
    error: float
    ms: float


def cheapest_ms(ask: Callable[..., object], *about: float) -> float:
    best = math.inf
    for _ in range(REPEATS):
        started = time.process_time_ns()
        ask(*about)
        best = min(best, (time.process_time_ns() - started) / 1e6)
    return best


# -- The judge ------------------------------------------------------------------------------------------


def exact_c(load: Decimal, servers: int) -> Decimal:
    """Erlang C by B's recursion from no servers up."""
    b = Decimal(1)
    for n in range(1, servers + 1):
        b = load * b / (n + load * b)
    return servers * b / (servers - load * (1 - b))


def exact_late(load: Decimal, servers: int) -> Decimal:
    return exact_c(load, servers) * (-(servers - load) * Decimal(WITHIN_S) / Decimal(HANDLING_S)).exp()


def exact_wait(load: Decimal, servers: int) -> Decimal:
    return exact_c(load, servers) * Decimal(HANDLING_S) / (servers - load)


def exact_a(load: Decimal, servers: int, patience_s: float) -> tuple[Decimal, Decimal, Decimal]:
    """Erlang A by adding up every state from the empty house on: P(wait), P(abandon), mean wait."""
    pace = Decimal(HANDLING_S) / Decimal(patience_s)
    weight = total = Decimal(1)
    for k in range(1, servers + 1):
        weight *= load / k
        total += weight
    queue, waiting, number = weight, Decimal(0), 0
    enough = Decimal("1e-30")
    while load > servers + number * pace or weight > queue * enough:
        number += 1
        weight *= load / (servers + number * pace)
        total += weight
        queue += weight
        waiting += number * weight
    wait = waiting / total * Decimal(HANDLING_S) / load
    return queue / total, wait / Decimal(patience_s), wait


def error(value: float, exact: Decimal) -> float:
    """Relative; what no float can hold must be 0."""
    if abs(exact) < Decimal("1e-300"):
        return 0.0 if abs(value) < 1e-290 else math.inf
    return float(abs(Decimal(value) - exact) / abs(exact))


def load_error(load: float, measure: Callable[[Decimal], Decimal], at_most: float) -> float:
    """How far a load found is from the true one, by one step of Newton's on the logarithm, with 60 digits."""
    a, step = Decimal(load), Decimal(load) * Decimal("1e-15")
    here, above = measure(a).ln(), measure(a + step).ln()
    return float(abs((Decimal(at_most).ln() - here) * step / (above - here)) / a)


# -- What is asked --------------------------------------------------------------------------------------


def forwards() -> Iterator[Case]:
    for servers in SERVERS:
        for occupancy in OCCUPANCIES:
            load = occupancy * servers
            if load < servers:
                c = erlang.waiting_probability(load, servers)
                ms = cheapest_ms(erlang.waiting_probability, load, servers)
                yield Case("C: waiting probability", servers, error(c, exact_c(Decimal(load), servers)), ms)
                wait = erlang.mean_wait(load, servers, HANDLING_S)
                ms = cheapest_ms(erlang.mean_wait, load, servers, HANDLING_S)
                yield Case("C: mean wait", servers, error(wait, exact_wait(Decimal(load), servers)), ms)
                level = erlang.service_level(load, servers, HANDLING_S, WITHIN_S)
                ms = cheapest_ms(erlang.service_level, load, servers, HANDLING_S, WITHIN_S)
                exact = 1 - exact_late(Decimal(load), servers)
                yield Case("C: service level", servers, error(level, exact), ms)
            for patience_s in PATIENCES_S:
                met = erlang.impatience(load, servers, HANDLING_S, patience_s)
                ms = cheapest_ms(erlang.impatience, load, servers, HANDLING_S, patience_s)
                exacts = exact_a(Decimal(load), servers, patience_s)
                values = (met.waiting_probability, met.abandonment, met.mean_wait_s)
                worst = max(error(value, exact) for value, exact in zip(values, exacts, strict=True))
                yield Case("A: waiting, abandonment, wait", servers, worst, ms)


def wrong_by_one(fewest: int, suffices: Callable[[int], bool]) -> float:
    """A number of servers is right or it is not."""
    return 0.0 if suffices(fewest) and (fewest == 0 or not suffices(fewest - 1)) else math.inf


def backwards() -> Iterator[Case]:
    for servers in SERVERS:
        for share in SHARES:
            yield from inverses_of_c(servers, share)
            for patience_s in PATIENCES_S:
                yield from inverses_of_a(servers, 1 - share, patience_s)


def inverses_of_c(servers: int, share: float) -> Iterator[Case]:
    offered, wait_s, late = 0.95 * servers, (1 - share) * 60, Decimal(1) - Decimal(share)
    a = Decimal(offered)

    def ask() -> int:
        return erlang.servers_for_service_level(offered, HANDLING_S, WITHIN_S, share)

    wrong = wrong_by_one(ask(), lambda n: n > offered and exact_late(a, n) <= late)
    yield Case("C: servers for service level", servers, wrong, cheapest_ms(ask))

    def ask_wait() -> int:
        return erlang.servers_for_mean_wait(offered, HANDLING_S, wait_s)

    wrong = wrong_by_one(ask_wait(), lambda n: n > offered and exact_wait(a, n) <= Decimal(wait_s))
    yield Case("C: servers for mean wait", servers, wrong, cheapest_ms(ask_wait))

    def ask_load() -> float:
        return erlang.load_for_service_level(servers, HANDLING_S, WITHIN_S, share)

    off = load_error(ask_load(), lambda load: exact_late(load, servers), 1 - share)
    yield Case("C: load for service level", servers, off, cheapest_ms(ask_load))

    def ask_load_wait() -> float:
        return erlang.load_for_mean_wait(servers, HANDLING_S, wait_s)

    off = load_error(ask_load_wait(), lambda load: exact_wait(load, servers), wait_s)
    yield Case("C: load for mean wait", servers, off, cheapest_ms(ask_load_wait))


def inverses_of_a(servers: int, share: float, patience_s: float) -> Iterator[Case]:
    offered = 0.95 * servers
    a, most = Decimal(offered), Decimal(share)

    def ask() -> int:
        return erlang.servers_for_abandonment(offered, HANDLING_S, patience_s, share)

    wrong = wrong_by_one(ask(), lambda n: exact_a(a, n, patience_s)[1] <= most)
    yield Case("A: servers for abandonment", servers, wrong, cheapest_ms(ask))

    def ask_load() -> float:
        return erlang.load_for_abandonment(servers, HANDLING_S, patience_s, share)

    off = load_error(ask_load(), lambda load: exact_a(load, servers, patience_s)[1], share)
    yield Case("A: load for abandonment", servers, off, cheapest_ms(ask_load))


# -- Peers ----------------------------------------------------------------------------------------------


def peers() -> dict[str, Any]:
    """What others make of the largest question of each kind; a peer that is not installed says so."""
    told: dict[str, Any] = {}
    servers, load, patience_s = 5000, 4900.0, 180.0
    for name, ask, exact in (
        ("pyworkforce: C, waiting probability", _pyworkforce, exact_c(Decimal(load), servers)),
        ("mpmath: A, waiting probability", _mpmath, exact_a(Decimal(load), servers, patience_s)[0]),
    ):
        try:
            value = ask(load, servers, patience_s)
            ms = cheapest_ms(ask, load, servers, patience_s)
            told[name] = {"servers": servers, "error": error(value, exact), "ms": round(ms, 3)}
        except ImportError:
            told[name] = "not installed"
        except (ArithmeticError, ValueError) as failure:
            told[name] = f"{type(failure).__name__}: {failure}"
    return told


def _pyworkforce(load: float, servers: int, _: float) -> float:
    queuing = importlib.import_module("pyworkforce.queuing")
    asked = queuing.ErlangC(
        transactions=load, aht=HANDLING_S / 60, interval=int(HANDLING_S / 60), asa=WITHIN_S / 60
    )
    return float(asked.waiting_probability(positions=servers))


def _mpmath(load: float, servers: int, patience_s: float) -> float:
    """Palm's A(x, y) by the lower incomplete gamma function, and 1/B by the upper one."""
    mp = importlib.import_module("mpmath")
    with mp.workdps(30):
        x, y = mp.mpf(servers) * patience_s / HANDLING_S, mp.mpf(load) * patience_s / HANDLING_S
        a = x * mp.exp(y - x * mp.log(y)) * mp.gammainc(x, 0, y)
        below = mp.exp(load) * mp.mpf(load) ** -servers * mp.gammainc(servers + 1, load)
        return float(a / (below - 1 + a))


def main() -> int:
    getcontext().prec = 60
    load = Load()
    cases = [*forwards(), *backwards()]
    table = {}
    print(f"{'question':<32}{'cases':>6}{'worst error':>14}{'dearest ms':>12}")
    for what in dict.fromkeys(case.what for case in cases):
        these = [case for case in cases if case.what == what]
        dearest = max(these, key=lambda case: case.ms)
        worst = max(case.error for case in these)
        table[what] = {
            "cases": len(these),
            "worst_error": worst,
            "dearest_ms": round(dearest.ms, 4),
            "at_servers": dearest.servers,
        }
        print(f"{what:<32}{len(these):>6}{worst:>14.1e}{dearest.ms:>12.3f}")
    others = peers()
    for name, told in others.items():
        print(f"{name}: {told}")
    worst_error, dearest_ms = max(case.error for case in cases), max(case.ms for case in cases)
    versions = {}
    for peer in ("mpmath", "pyworkforce"):
        try:
            versions[peer] = version(peer)
        except PackageNotFoundError:
            versions[peer] = "not installed"
    report.write(
        9,
        figures={"worst_error": worst_error, "dearest_ms": round(dearest_ms, 4), "questions": table},
        peers=others,
        goal=f"relative error <= {GOAL_ERROR:g}, <= {GOAL_MS:g} ms each, up to {max(SERVERS)} servers",
        interval={"error": [0.0, worst_error], "ms": [0.0, round(dearest_ms, 4)]},
        met=worst_error <= GOAL_ERROR and dearest_ms <= GOAL_MS,
        versions=versions,
        load=load.told(),
        seeds={},
    )
    return 0 if worst_error <= GOAL_ERROR else 1


if __name__ == "__main__":
    sys.exit(main())
