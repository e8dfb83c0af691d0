"""What the checks of the API have in common: cells of all partitions by what an answer calls them, and when two values are one."""
import json
import math
import re

from keys import DAY_MS
from measures import MEASURES
from rules import WINDOW_SHIFT

MOST_VALUES = 160_000  # that are asked for at once: the API answers 500,000, and of names in doubt three for each
OVERFLOW = object()


def merge(parts, index, order, ms, kinds):
    """`{label: {window: cell}}` over all partitions, each its cells and names; a label is a tuple of values, or OVERFLOW."""
    merged = {}
    for cells, names in parts:
        labels = {day: {name_id: tuple(json.loads(name)) for name, name_id in table.items()}
                  for (breakdown, day), table in names.items() if breakdown == index}
        for key, cell in cells[index][order].items():
            window, name_id = key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1
            label = () if index == 0 else OVERFLOW if name_id == 0 else labels[window * ms // DAY_MS][name_id]
            into = merged.setdefault(label, {})
            into[window] = add(kinds, into[window], cell) if window in into else list(cell)
    return merged


def unescaped(value):
    """A literal value that looks like the overflow's label is written with one backslash more."""
    return value[1:] if isinstance(value, str) and re.fullmatch(r"\\+__other__", value) else value


def add(kinds, a, b):
    return [MEASURES[kind].merge(one, other) for kind, one, other in zip(kinds, a, b)]


def same(expected, value, is_rounded):
    """Nothing counted reads as 0 or as nothing, by what the answer knows of that time."""
    if expected is None or value is None:
        return not expected and not value
    if is_rounded:
        return math.isclose(expected, value, rel_tol=1e-12, abs_tol=1e-300)
    return float(expected) == float(value)
