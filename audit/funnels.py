"""
Funnels (docs/funnels.md): ways of each value of the key through steps in their order, within a time. They follow the order of the log.
"""
from collections import namedtuple

from definition import holds
from facts import Cells
from javascript import number_text, utf8
from keys import DAY_MS
from living import NAME_BYTES
from varint import natural, zigzag

Attempt = namedtuple("Attempt", "start last steps ids")


class Funnel:
    """Of one partition."""

    def __init__(self, source, plain):
        self.source = source
        split = [("+".join(each["fields"]), [source.index[name] for name in each["fields"]]) for each in plain["by"]]
        sums = [f"step{step + 1}" for step in range(len(plain["steps"]))] + ["late", "over", "elsewhere"]
        self.cells = Cells(source, "funnel-" + plain["name"], split, sums)
        self.within, self.budget = int(plain["withinMs"]), int(plain["budget"])
        self.steps = [[source.test_of(each) for each in step["where"]] for step in plain["steps"]]
        self.held, self.left_at = {}, None

    def take(self, values, at, record_key, place, clock):
        entity = values[self.source.key]
        if entity is None:
            return
        entity = utf8(entity if isinstance(entity, str) else number_text(entity))
        met = [holds(step, values) for step in self.steps]
        if any(met):
            self._step(entity, met, values, at, record_key, place, clock)

    def _step(self, entity, met, values, at, record_key, place, clock):
        self._forget(clock)
        held, count = self.held.get(entity), len(self.steps)
        if held and at < held.last:
            return
        if held and held.steps < count and at <= held.start + self.within:
            if met[held.steps]:
                self._count(entity, held._replace(last=at, steps=held.steps + 1), clock)
            return
        if not met[0]:
            return
        if self.left_at is not None and at < self.left_at:
            self.cells.tell(count, at, clock)
        elif not held and (len(self.held) >= self.budget or len(entity) > NAME_BYTES):
            self.cells.tell(count + 1, at, clock)
        else:
            ids = tuple(self.cells.name_id(each, at // DAY_MS, tuple(values[field] for field in breakdown.fields), place) if each else 1
                        for each, breakdown in enumerate(self.cells.breakdowns))
            self._count(entity, Attempt(at, at, 1, ids), clock)
            self.cells.sampled(entity)
            if not self.source.keyed_by_record and record_key != entity:
                self.cells.tell(count + 2, at, clock)

    def _count(self, entity, attempt, clock):
        self.held[entity] = attempt
        self.cells.add(attempt.start, attempt.ids, [int(each == attempt.steps - 1) for each in range(len(self.cells.metrics))], clock)

    def _forget(self, clock):
        if clock is None:
            return
        left_at = clock // self.within * self.within - self.within
        if self.left_at is None or left_at > self.left_at:
            self.left_at = left_at
            self.held = {entity: each for entity, each in self.held.items() if each.start >= left_at}

    def packed(self):
        return {entity: pack(attempt) for entity, attempt in self.held.items()}


def pack(attempt):
    out = bytearray()
    zigzag(attempt.start, out)
    natural(attempt.last - attempt.start, out)
    natural(attempt.steps, out)
    for number in attempt.ids[1:]:
        natural(number, out)
    return bytes(out)
