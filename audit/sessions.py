"""
Sessions (docs/sessions.md): visits of each value of the key, runs of its events with no gap above `gap_ms`. What one event changes is put into the sums of its
windows, and what is no longer so is taken back.
"""
from collections import namedtuple

from definition import holds
from facts import Cells
from javascript import number_text, utf8
from keys import DAY_MS
from living import NAME_BYTES
from names import shorten
from varint import natural, sized, zigzag

SUMS = ("sessions", "bounces", "pages", "durationMs", "late", "over", "elsewhere")
LONGEST_TEXT = 180

Session = namedtuple("Session", "start end events pages first last entry exit by ids")  # first, last: times of its first and last look at a page


class Rule:
    """`plain`: of the catalog."""

    def __init__(self, plain, source):
        index = source.index
        self.gap_ms, self.late_ms, self.budget = int(plain["gapMs"]), int(plain["lateMs"]), int(plain["budget"])
        self.page = None if plain["page"] is None else index[plain["page"]]
        self.where = [source.test_of(each) for each in plain["where"]]
        split = [] if self.page is None else [["entry"], ["exit"]]
        split += [each["fields"] for each in plain["by"]]
        asked = list(dict.fromkeys(name for fields in split for name in fields if name not in ("entry", "exit")))
        self.by = [index[name] for name in asked]
        order = ["entry", "exit", *asked]
        self.split = [("+".join(fields), [order.index(name) for name in fields]) for fields in split]


class Sessions:
    """Of one partition."""

    def __init__(self, source, plain):
        self.source, self.rule = source, Rule(plain, source)
        self.cells = Cells(source, "sessions", self.rule.split, SUMS)
        self.held = {}  # entity -> sessions by their times
        self.gap_at = None

    def take(self, values, at, record_key, place, clock):
        """One counted event, in the order of the log. `clock`: as earlier records left it."""
        rule = self.rule
        entity = values[self.source.key]
        if entity is None:
            return
        entity = utf8(entity if isinstance(entity, str) else number_text(entity))
        self._forget(clock)
        if self.gap_at is not None and at < self.gap_at - rule.late_ms:
            self.cells.tell(4, at, clock)
            return
        held = self.held.get(entity, [])
        if not held and (len(self.held) >= rule.budget or len(entity) > NAME_BYTES):
            self.cells.tell(5, at, clock)
            return
        was = [each for each in held if each.start - rule.gap_ms <= at <= each.end + rule.gap_ms]
        now = self._joined(was, values, at)
        now = now._replace(ids=self._ids(was, now, place, clock))
        self.held[entity] = sorted([each for each in held if each not in was] + [now], key=lambda each: each.start)
        if not was:
            self.cells.sampled(entity)
            if not self.source.keyed_by_record and record_key != entity:
                self.cells.tell(6, at, clock)
        for each in was:
            self._add(each, -1, clock)
        self._add(now, 1, clock)

    def _forget(self, clock):
        if clock is None:
            return
        gap_at = clock // self.rule.gap_ms * self.rule.gap_ms
        if self.gap_at is not None and gap_at <= self.gap_at:
            return
        self.gap_at = gap_at
        for entity, sessions in list(self.held.items()):
            left = [each for each in sessions if each.end >= gap_at - self.rule.late_ms - self.rule.gap_ms]
            if left:
                self.held[entity] = left
            else:
                del self.held[entity]

    def _joined(self, was, values, at):
        """The event as a session of its own, then whatever it meets."""
        looks = not self.rule.where or holds(self.rule.where, values)
        page = kept(values[self.rule.page]) if looks and self.rule.page is not None else None
        by = tuple(kept(values[field]) for field in self.rule.by)
        earlier = [each for each in was if each.start <= at]
        seen = [each for each in was if each.pages]
        entry = min([(each.first, 0, each.entry) for each in seen] + ([(at, 1, page)] if looks else []), key=lambda each: each[:2], default=(0, 0, None))
        left = max([(each.last, 0, each.exit) for each in seen] + ([(at, 1, page)] if looks else []), key=lambda each: each[:2], default=(0, 0, None))
        return Session(min([at] + [each.start for each in was]), max([at] + [each.end for each in was]),
                       1 + sum(each.events for each in was), looks + sum(each.pages for each in was),
                       entry[0], left[0], entry[2], left[2], earlier[0].by if earlier else by, None)

    def _ids(self, was, now, place, clock):
        day, ids = now.start // DAY_MS, [1]
        values = (now.entry, now.exit, *now.by)
        for breakdown in range(1, len(self.cells.breakdowns)):
            fields = self.cells.breakdowns[breakdown].fields
            parts = tuple(values[field] for field in fields)
            if not self.cells.windows(now.start, clock):
                ids.append(1)  # no window is kept that would hold it
                continue
            same = next((each.ids[breakdown] for each in was
                         if each.start // DAY_MS == day and tuple((each.entry, each.exit, *each.by)[field] for field in fields) == parts), None)
            ids.append(self.cells.name_id(breakdown, day, parts, place) if same is None else same)
        return tuple(ids)

    def _add(self, session, times, clock):
        amounts = [times, times * (session.events == 1), times * session.pages, times * (session.end - session.start), 0, 0, 0]
        self.cells.add(session.start, session.ids, amounts, clock)

    def packed(self):
        return {entity: pack(sessions) for entity, sessions in self.held.items()}


def kept(text):
    """A text as sessions keep it."""
    return None if text is None else shorten(utf8(text).decode(), LONGEST_TEXT)


def pack(sessions):
    out, before = bytearray(), 0
    natural(len(sessions), out)
    for each in sessions:
        zigzag(each.start - before, out)
        for number in (each.end - each.start, each.events, each.pages):
            natural(number, out)
        if each.pages:
            natural(each.first - each.start, out)
            natural(each.last - each.start, out)
        for text in (each.entry, each.exit, *each.by):
            natural(0 if text is None else 1, out)
            if text is not None:
                sized(text.encode(), out)
        for number in each.ids[1:]:
            natural(number, out)
        before = each.start
    return bytes(out)
