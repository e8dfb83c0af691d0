"""Ids of events that came before (docs/store.md, rule 15): remembered by the log clock at which they came, in eighths of the time."""
import hashlib

from javascript import utf8

EIGHTHS = 8
DIGEST = 16
FIRST = "first"  # the bucket of those that came before the clock was known


class Ids:
    def __init__(self, rule):
        self.rule = rule
        self.buckets = {}  # bucket -> digests, in the order in which they came
        self.known = set()

    def width(self):
        return -(-self.rule.within_ms // EIGHTHS)

    def forget(self, clock):
        for bucket in [each for each in self.buckets if clock is not None and each != FIRST and (each + 1) * self.width() + self.rule.within_ms <= clock]:
            self.known.difference_update(self.buckets.pop(bucket))

    def take(self, name, clock):
        """`known`: it came before; `new`: remembered from here on; `full`: new, and there is no place for it."""
        self.forget(clock)
        digest = hashlib.sha256(utf8(name)).digest()[:DIGEST]
        if digest in self.known:
            return "known"
        if len(self.known) >= self.rule.budget:
            return "full"
        self.buckets.setdefault(FIRST if clock is None else clock // self.width(), []).append(digest)
        self.known.add(digest)
        return "new"

    def mark(self):
        return {bucket: len(digests) for bucket, digests in self.buckets.items()}

    def back(self, mark):
        """Takes back what came since."""
        for bucket in list(self.buckets):
            kept = mark.get(bucket, 0)
            self.known.difference_update(self.buckets[bucket][kept:])
            del self.buckets[bucket][kept:]
            if not self.buckets[bucket]:
                del self.buckets[bucket]
