"""
Metrics that are worked out from others (docs/definitions.md, "Derived metrics"): of the merged cells of their operands. Nothing is kept of them, so there is
nothing to recount but what an answer says.
"""
from collections import namedtuple

from measures import MEASURES

Derived = namedtuple("Derived", "name kind of every_ms")  # of: [(place of the metric, statistic)]


def derived_of(plain, place):
    """`place`: name of a metric -> its place. Raises KeyError, ValueError."""
    found = []
    for each in plain:
        of = [(place[operand["metric"]], operand["stat"]) for operand in each["of"]]
        if each["kind"] not in ("ratio", "difference", "per") or len(of) != (1 if each["kind"] == "per" else 2):
            raise ValueError(f"no derived metric: {each!r}")
        found.append(Derived(each["name"], each["kind"], of, each.get("everyMs")))
    return found


def read(derived, metrics, states, length_ms):
    """`states`: of each metric, by place; of a window or range that is so long. None where there is nothing to say."""
    values = [MEASURES[metrics[at].kind].read(states[at], statistic, metrics[at].decimals) for at, statistic in derived.of]
    if None in values:
        return None
    if derived.kind == "per":
        return values[0] * derived.every_ms / length_ms
    if derived.kind == "difference":
        return values[0] - values[1]
    return values[0] / values[1] if values[1] else None
