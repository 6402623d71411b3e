"""Queueing formulas of the trade: Erlang B, C and A, and what planners ask of them backwards.

Calls arrive by chance (Poisson) and last by chance (exponential). ``load`` is in erlangs: calls per second
times mean handling time in seconds; ``servers`` are agents (or lines); every other time is in seconds. Every
sum is of positive terms from its largest one outwards, so that nothing cancels: results are good to about
eleven digits for thousands of servers. What is below the smallest float comes out as 0.

Sources: A. K. Erlang (1917) for B and C, as in R. B. Cooper, "Introduction to Queueing Theory" (1981);
C. Palm (1946) for A, as in O. Garnett, A. Mandelbaum and M. Reiman, "Designing a Call Center with Impatient
Customers" (2002).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

MOST_SERVERS = 100_000
"""Beyond this (servers, or erlangs) a question is refused: its answer would take too long."""
_NEGLIGIBLE = 1e-16
"""Of a sum: a term below it changes no digit of it, nor do those after it."""
_SLOWEST = 1e-6
"""Giving up, per handling time: with more patience the sums take too long."""
_UNSEEN = 60.0
"""A weight of exp(-60) stays unseen, even times a hundred thousand servers."""
_CLOSE = 1e-11
"""How closely a load is found, relative to itself."""
_MOST_STEPS = 200


# -- Erlang B: who meets no free server goes away -------------------------------------------------------


def blocking(load: float, servers: int) -> float:
    """Erlang B: the share of callers who meet every server busy, and leave.

    ``1/B = sum over k of servers! / (servers - k)! / load**k`` (Erlang 1917; Cooper, 3.3).

    Raises:
        ValueError: ``load`` or ``servers`` is negative, not a number, or beyond :data:`MOST_SERVERS`.
    """
    _check(load=load, servers=servers)
    return 1.0 / _below(load, servers)


# -- Erlang C: everybody waits, for ever if need be -----------------------------------------------------


def waiting_probability(load: float, servers: int) -> float:
    """Erlang C: the share of callers who must wait; 1 when the load is the servers' or more.

    ``C = servers B / (servers - load (1 - B))`` (Erlang 1917; Cooper, 3.4).

    Raises:
        ValueError: as :func:`blocking`.
    """
    _check(load=load, servers=servers)
    if load >= servers:
        return 1.0
    return _waiting(load, servers)


def mean_wait(load: float, servers: int, handling_s: float) -> float:
    """Erlang C: the mean wait in seconds over all callers (average speed of answer); infinite in overload.

    ``C handling_s / (servers - load)`` (Cooper, 3.4).

    Raises:
        ValueError: as :func:`blocking`, or ``handling_s`` is not above 0.
    """
    _check(load=load, servers=servers, handling_s=handling_s)
    if load >= servers:
        return math.inf
    return waiting_probability(load, servers) * handling_s / (servers - load)


def service_level(load: float, servers: int, handling_s: float, within_s: float) -> float:
    """Erlang C, first come first served: the share of callers answered within ``within_s``; 0 in overload.

    ``1 - C exp(-(servers - load) within_s / handling_s)`` (Cooper, 3.4).

    Raises:
        ValueError: as :func:`mean_wait`, or ``within_s`` is negative.
    """
    _check(load=load, servers=servers, handling_s=handling_s, within_s=within_s)
    if load >= servers:
        return 0.0
    return 1.0 - _late(load, servers, handling_s, within_s)


# -- Erlang A: patience is exponential as well ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Impatience:
    """What callers meet who give up after a while."""

    waiting_probability: float
    """The share who must wait, those who then give up among them."""
    abandonment: float
    """The share who give up."""
    mean_wait_s: float
    """Over all callers, whether answered or not."""


def impatience(load: float, servers: int, handling_s: float, patience_s: float) -> Impatience:
    """Erlang A (M/M/n+M): what happens to callers whose mean patience is ``patience_s``, in any overload.

    From the steady state of the birth-and-death process: per handling time, ``load`` callers arrive, one is
    served by each busy server, and ``handling_s / patience_s`` times the number waiting give up. By Little's
    law the mean wait is the mean number waiting over the arrival rate, and the share that gives up is the
    mean wait over ``patience_s`` (Palm 1946; Garnett, Mandelbaum and Reiman 2002).

    Raises:
        ValueError: as :func:`mean_wait`; ``patience_s`` is not above 0, or beyond 1e6 ``handling_s``.
    """
    _check(load=load, servers=servers, handling_s=handling_s, patience_s=patience_s)
    if load == 0:
        return Impatience(waiting_probability=float(servers == 0), abandonment=0.0, mean_wait_s=0.0)
    waiting, queue = _crowd(load, servers, _pace(handling_s, patience_s))
    wait_s = queue * handling_s / load
    return Impatience(waiting_probability=waiting, abandonment=wait_s / patience_s, mean_wait_s=wait_s)


# -- Backwards: how many servers, how much load ---------------------------------------------------------


def servers_for_service_level(load: float, handling_s: float, within_s: float, share: float) -> int:
    """Erlang C: the fewest servers that answer at least ``share`` of the callers within ``within_s``.

    Raises:
        ValueError: as :func:`service_level`; ``share`` is not within 0 (excluded) and 1 (excluded); or the
            answer is beyond :data:`MOST_SERVERS`.
    """
    _check(load=load, handling_s=handling_s, within_s=within_s, share=share)
    late = 1.0 - share
    return _fewest(load, lambda c, servers: c * math.exp(-(servers - load) * within_s / handling_s) <= late)


def servers_for_mean_wait(load: float, handling_s: float, at_most_s: float) -> int:
    """Erlang C: the fewest servers with which callers wait ``at_most_s`` on average.

    Raises:
        ValueError: as :func:`mean_wait`; ``at_most_s`` is not above 0; or the answer is beyond
            :data:`MOST_SERVERS`.
    """
    _check(load=load, handling_s=handling_s, at_most_s=at_most_s)
    return _fewest(load, lambda c, servers: c * handling_s <= at_most_s * (servers - load))


def servers_for_abandonment(load: float, handling_s: float, patience_s: float, share: float) -> int:
    """Erlang A: the fewest servers with which at most ``share`` of the callers give up.

    Raises:
        ValueError: as :func:`impatience`; ``share`` is not within 0 (excluded) and 1 (excluded); or the
            answer is beyond :data:`MOST_SERVERS`.
    """
    _check(load=load, handling_s=handling_s, patience_s=patience_s, share=share)
    if load == 0:
        return 0

    pace = _pace(handling_s, patience_s)

    def excess(servers: int) -> float:
        return _excess(_lost(load, servers, pace), share)

    # No server can serve more than one erlang: as few as this are too few, for sure.
    low, step = math.ceil(load * (1 - share) * (1 - _CLOSE)) - 1, max(1, math.isqrt(math.ceil(load)) // 2)
    high, over, under = low + 1, math.inf, 0.0
    while (under := excess(high)) > 0:
        if high > MOST_SERVERS:
            raise ValueError(f"more than {MOST_SERVERS} servers would be needed")
        low, over, high, step = high, under, high + step, 2 * step
    halve = math.isinf(over)
    while high - low > 1:
        portion = 0.5 if halve else over / (over - under)
        middle = min(high - 1, max(low + 1, low + round(portion * (high - low))))
        value, width = excess(middle), high - low
        if value > 0:
            low, over = middle, value
        else:
            high, under = middle, value
        halve = 2 * (high - low) > width  # interpolation that creeps is helped along
    return high


def load_for_service_level(servers: int, handling_s: float, within_s: float, share: float) -> float:
    """Erlang C: the greatest load, in erlangs, of which ``share`` is answered within ``within_s``.

    Raises:
        ValueError: as :func:`service_level`, or ``share`` is not within 0 (excluded) and 1 (excluded).
    """
    _check(servers=servers, handling_s=handling_s, within_s=within_s, share=share)
    return _greatest(lambda load: _late(load, servers, handling_s, within_s), 1.0 - share, servers, servers)


def load_for_mean_wait(servers: int, handling_s: float, at_most_s: float) -> float:
    """Erlang C: the greatest load, in erlangs, whose callers wait ``at_most_s`` on average.

    Raises:
        ValueError: as :func:`mean_wait`, or ``at_most_s`` is not above 0.
    """
    _check(servers=servers, handling_s=handling_s, at_most_s=at_most_s)
    return _greatest(lambda load: mean_wait(load, servers, handling_s), at_most_s, servers, servers)


def load_for_abandonment(servers: int, handling_s: float, patience_s: float, share: float) -> float:
    """Erlang A: the greatest load, in erlangs, of which ``share`` gives up.

    Raises:
        ValueError: as :func:`impatience`, or ``share`` is not within 0 (excluded) and 1 (excluded).
    """
    _check(servers=servers, handling_s=handling_s, patience_s=patience_s, share=share)
    pace = _pace(handling_s, patience_s)
    # Who is not lost is served, one erlang a server at most; a little room for rounding.
    ceiling = servers / (1 - share) * (1 + 1e-6)
    return _greatest(lambda load: _lost(load, servers, pace), share, ceiling, servers)


# -- The sums -------------------------------------------------------------------------------------------


def _below(load: float, servers: int) -> float:
    """The weight of all states without a queue, that of "all servers busy" being 1: 1/B."""
    if load == 0:
        return math.inf if servers else 1.0
    total = term = 1.0
    busy = servers
    while busy and term > total * _NEGLIGIBLE:
        term *= busy / load
        total += term
        busy -= 1
    return total


def _waiting(load: float, servers: int) -> float:
    """C for load < servers, as ``1 / (1 + (1/B - 1) (1 - load / servers))``: nothing to cancel."""
    return 1.0 / (1.0 + (_below(load, servers) - 1.0) * ((servers - load) / servers))


def _late(load: float, servers: int, handling_s: float, within_s: float) -> float:
    if load >= servers:
        return 1.0
    return _waiting(load, servers) * math.exp(-(servers - load) * within_s / handling_s)


def _crowd(load: float, servers: int, pace: float) -> tuple[float, float]:
    """Erlang A's share who wait and mean number waiting; ``pace`` is giving up per handling time.

    Weights are relative to the most likely number waiting; outwards from it they only fall.
    """
    if load < servers:
        weight, waiting = _short_queue(load, servers, pace)
        first = 1.0
    elif _never_empty(load, servers, pace):
        return 1.0, (load - servers) / pace
    else:
        weight, first = _long_queue(load, servers, pace)
        # As many leave as come: load * weight = servers * (weight - first) + pace * waiting.
        waiting = ((load - servers) * weight + servers * first) / pace
    # A first state too unlikely to matter stays so with all that lies below it.
    total = weight + first * (_below(load, servers) - 1.0)
    return weight / total, waiting / total


def _never_empty(load: float, servers: int, pace: float) -> bool:
    """Whether nobody waiting is so unlikely beside the likeliest queue that no digit shows it.

    Each step from there down multiplies by ``1 - u``, which is at most ``exp(-u)``.
    """
    over = load - servers
    mode = math.floor(over / pace)
    return mode * (over - pace * (mode + 1) / 2) > _UNSEEN * load


def _short_queue(load: float, servers: int, pace: float) -> tuple[float, float]:
    """Below full load nobody waiting is likeliest: the weight of all lengths, and of length times weight."""
    number, term = 1, load / (servers + pace)
    weight, waiting, more = 1.0 + term, term, term
    while more > waiting * _NEGLIGIBLE:
        number += 1
        term *= load / (servers + number * pace)
        weight += term
        more = term * number
        waiting += more
    return weight, waiting


def _long_queue(load: float, servers: int, pace: float) -> tuple[float, float]:
    """In overload: the weight of all lengths of the queue, and that of nobody waiting."""
    mode = math.floor((load - servers) / pace)
    weight, term, number = 1.0, 1.0, mode
    while term > weight * _NEGLIGIBLE:
        number += 1
        term *= load / (servers + number * pace)
        weight += term
    term, number = 1.0, mode
    while number and term > weight * _NEGLIGIBLE:
        term *= (servers + number * pace) / load
        weight += term
        number -= 1
    return weight, 0.0 if number else term


def _lost(load: float, servers: int, pace: float) -> float:
    """Erlang A's share who give up."""
    return _crowd(load, servers, pace)[1] * pace / load


def _fewest(load: float, suffices: Callable[[float, int], bool]) -> int:
    """The fewest servers above the load whose Erlang C ``suffices``; one pass, by B's recursion upwards."""
    if load == 0:
        return 0
    servers = math.floor(load) + 1
    below = _below(load, servers)
    while not suffices(1.0 / (1.0 + (below - 1.0) * ((servers - load) / servers)), servers):
        servers += 1
        below = 1.0 + below * servers / load
        if servers > MOST_SERVERS:
            raise ValueError(f"more than {MOST_SERVERS} servers would be needed")
    return servers


def _greatest(measure: Callable[[float], float], at_most: float, ceiling: float, servers: int) -> float:
    """The greatest load below ``ceiling`` at which a rising ``measure`` is ``at_most``.

    By inverse quadratic interpolation of the measure's logarithm where that is safe, else by halving
    (T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm", 1997).
    """
    if servers == 0:
        return 0.0

    def excess(load: float) -> float:
        return _excess(measure(load), at_most)

    high, step = ceiling, math.sqrt(servers)
    low = max(ceiling - step, ceiling * 0.5)
    above, below = excess(high), excess(low)
    while below > 0:
        high, above, step = low, below, 2 * step
        low = max(low - step, low * 0.5)
        below = excess(low)
    a, b, fa, fb = high, low, above, below
    c, fc, portion = a, fa, fa / (fa - fb)
    for _ in range(_MOST_STEPS):
        new = a + portion * (b - a)
        value = excess(new)
        if (value > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = new, value
        if abs(b - a) <= _CLOSE * abs(a) or fa == 0:
            break
        portion = _portion(a, b, c, fa, fb, fc)
    return a if fa <= 0 else b


def _excess(measured: float, at_most: float) -> float:
    """How far above its limit something is, on a logarithmic scale that ends somewhere for 0 and infinity."""
    return max(-700.0, min(700.0, math.log(measured / at_most))) if measured > at_most * 1e-300 else -700.0


def _portion(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    """How far from the newest point to the other side of the root the next one lies, 0 to 1."""
    least = min(0.5, 0.5 * _CLOSE * abs(a) / abs(b - a))
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    portion = 0.5
    if phi * phi < xi and (1 - phi) * (1 - phi) < 1 - xi:
        portion = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return min(1 - least, max(least, portion))


def _check(
    *,
    load: float = 0.0,
    servers: int = 0,
    within_s: float = 0.0,
    handling_s: float = 1.0,
    patience_s: float = 1.0,
    at_most_s: float = 1.0,
    share: float = 0.5,
) -> None:
    for name, value in (("load", load), ("servers", servers)):
        if not 0 <= value <= MOST_SERVERS:
            raise ValueError(f"{name} must be within 0 and {MOST_SERVERS}, not {value}")
    if not 0 <= within_s < math.inf:
        raise ValueError(f"within_s must be 0 or more, not {within_s}")
    for name, value in (("handling_s", handling_s), ("patience_s", patience_s), ("at_most_s", at_most_s)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be above 0, not {value}")
    if not 0 < share < 1:
        raise ValueError(f"a share must be above 0 and below 1, not {share}")


def _pace(handling_s: float, patience_s: float) -> float:
    """How many of those who wait give up in one handling time, each."""
    if handling_s < patience_s * _SLOWEST:
        raise ValueError(f"patience_s must be at most {1 / _SLOWEST:g} times handling_s: use Erlang C")
    return handling_s / patience_s
