"""What was compared and what was found: counts without limit, the first differences in words."""
from collections import Counter

MISSING, EXTRA, DIFFERENT = "missing", "extra", "different"


class Findings:
    def __init__(self, examples=10):
        self.limit = examples
        self.differences, self.examples = Counter(), []
        self.expected = Counter()  # (source, breakdown, interval) -> cells that must be there
        self.lingering = Counter()  # likewise: past their time, not unlinked yet, and right
        self.checked = Counter()  # everything else that was compared, by what it is

    def differ(self, kind, where, expected, found):
        """`where`: a dict that locates it; `expected` and `found`: what a reader can compare."""
        self.differences[kind] += 1
        if len(self.examples) < self.limit:
            self.examples.append({"kind": kind, **where, "expected": expected, "found": found})

    def same(self, where, expected, found):
        """Compares one value, None standing for absent."""
        if expected != found:
            self.differ(EXTRA if expected is None else MISSING if found is None else DIFFERENT, where, shown(expected), shown(found))

    def total(self):
        return sum(self.differences.values())


def shown(value):
    """A value as JSON and a terminal can carry it."""
    if isinstance(value, bytes):
        text = value.decode("utf-8", "backslashreplace")
        return text if len(text) <= 200 else f"{text[:200]}... ({len(value)} bytes)"
    return value
