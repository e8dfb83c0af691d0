"""The fold of one partition by docs/store.md, "Rules a recount needs": as plain as can be, nothing shared with the pipeline."""
from collections import Counter, namedtuple

from clock import Clock
from decode import Record, Reject, judged
from event_values import tuples_of, value_of
from javascript import number_text, stringify, utf8
from funnels import Funnel
from ids import Ids
from journeys import Journeys
from keys import DAY_MS, WINDOW_SHIFT
from living import FIELD_BYTES, NAME_BYTES, VALUES_AN_ENTITY, Living
from measures import MEASURES
from names import finds_a_place, name_of
from readings import Reading, Readings
from retention import retention_of
from sessions import Sessions

WIDEST_RECORD = 4000  # cells
PLAIN = ("count", "sum")  # what they hold is one number, and grows by the event's; so that most of a recount is additions

# ts None: nobody can know it; place: of a row that was refused by itself, from 1; item: what it was
Rejected = namedtuple("Rejected", "offset ts reason key head size events count place item", defaults=(1, 0, None))
ROWS_TOLD = 20  # rows of a record with a dead letter of their own; the last speaks for all that follow
LAST_TIME = 8_640_000_000_000_000  # ms: what a Kafka timestamp is at the most; one below 0 is none
Seen = namedtuple("Seen", "ts value headers events items")  # events: time by index, of the counted ones; items: of all, as they came


class Partition:
    """What the records `[first, next)` of one partition come to. `watched`: offsets whose records are kept for a closer look."""

    def __init__(self, source, first, watched=frozenset(), skips=()):
        self.source, self.first, self.next, self.watched = source, first, first, watched
        self.skips = [(max(start, first), end) for start, end in skips if end > first]  # ahead of next
        self.clock = Clock(source.future_ms, first == 0)
        self.last_ts = self.last_offset = None
        self.last_record = self.newest = None  # (offset, key, value) of the last data record; (offset, index) of the newest counted event
        self.offsets = Counter()  # data, control, aborted, compacted, skipped
        self.events = Counter()  # counted, late, rejected: those that went with rejected records
        self.late = Counter()  # counted events an interval no longer kept, by its name
        self.cells = [[{} for _ in source.intervals] for _ in source.breakdowns]
        self.names = {}  # (breakdown index, day) -> {name: id}
        self.ids = None if source.id is None else Ids(source.id)
        budget = source.entity_budget
        self.seen = Living(budget, NAME_BYTES)
        self.last = Living(None if budget is None else budget * VALUES_AN_ENTITY, FIELD_BYTES)
        self.readings = [Readings(metric) for metric in source.metrics if metric.series is not None]
        self.facts = ([] if source.sessions is None else [Sessions(source, source.sessions)]) + [Funnel(source, each) for each in source.funnels]
        self.facts += retention_of(source)
        self.facts += [] if source.journeys is None else [Journeys(source, source.journeys)]
        self.over = Counter()  # events: entities, values, ids
        self.rejects, self.watch = [], {}
        self._name_of = {}  # values -> name

    def take(self, kind, offset, ts, key, value, headers):
        """The next record, offsets rising. What lies between it and the one before is gone by compaction."""
        if kind == "bomb":  # `key` is its first offset
            self._pass(key)
            first = max(key, self.next)
            self.offsets["data"] += offset + 1 - first
            self.next, self.last_offset, self.last_record = offset + 1, offset, (offset, None, None)
            ts = _came(ts)
            self._reject(offset, ts, "inflated_too_large", None, b"", 1, offset + 1 - first)
            self.last_ts = self.last_ts if ts is None else ts
            self.clock.arrive(ts)
            return
        self._pass(offset)
        self.offsets[kind] += 1
        self.next = offset + 1
        if kind != "data":
            return
        ts, self.last_offset, self.last_record = _came(ts), offset, (offset, key, value)
        self._arrived, self._refused = ts, []
        self.source.joined.move_to(offset)
        try:
            self._count(offset, ts, key, value, headers)
        except Reject as reject:
            self._reject(offset, ts, reject.args[0], key, value or b"", reject.events)
        self._reject_rows(offset, ts, key, value or b"")
        self.last_ts = self.last_ts if ts is None else ts
        self.clock.arrive(self._arrived)

    def _reject(self, offset, ts, reason, key, value, events, count=1):
        self.events["rejected"] += events
        came = ts if ts is not None else self.last_ts or 0
        self.rejects.append(Rejected(offset, came, reason, key, value[:4096], len(value), events, count))

    def _reject_rows(self, offset, ts, key, value):
        if self._refused:
            self.events["rejected"] += len(self._refused)
        came = ts if ts is not None else self.last_ts or 0
        for row in self._refused[:ROWS_TOLD]:
            self.rejects.append(Rejected(offset, came, row.reason, key, value[:4096], len(value), 1, place=row.row + 1, item=row.what))
        if len(self._refused) > ROWS_TOLD:
            self.rejects[-1] = self.rejects[-1]._replace(events=1 + len(self._refused) - ROWS_TOLD)

    def finish(self, next_offset):
        """Offsets below `next_offset` that no record filled are gone by compaction too."""
        self._pass(next_offset)

    def _pass(self, offset):
        """Goes to `offset` over what no record filled: passed over by an operator, else gone by compaction."""
        while self.skips and self.skips[0][0] < offset:
            start, end = self.skips.pop(0)
            self.offsets["compacted"] += start - self.next
            self.offsets["skipped"] += end - start
            self.next = end
            self.rejects.append(Rejected(end - 1, None, "skipped", None, b"", 0, 0, end - start))
        self.offsets["compacted"] += max(offset - self.next, 0)
        self.next = max(offset, self.next)

    def _count(self, offset, ts, key, value, headers):
        source = self.source
        events, self._refused = judged(source, value, Record(ts, key, headers))
        if ts is None and events:
            self._arrived = events[0][0]
        items = [item for _at, _values, item, _id in events]
        mark, verdicts = self.ids and self.ids.mark(), [self._take_id(each) for _at, _values, _item, each in events]
        events = [(at, values) for at, values, _item, _id in events]
        windows = [None if verdict == "known" else self._kept(at) for (at, _values), verdict in zip(events, verdicts)]
        given = []  # names this record brought, to be taken back where it is too wide
        ids = [self._ids((offset, index), at, values, given) if windows[index] else None for index, (at, values) in enumerate(events)]
        try:
            self._refuse_too_wide(windows, ids, given)
        except Reject:
            if mark is not None:
                self.ids.back(mark)
            raise
        if "full" in verdicts:
            self.over["ids"] += verdicts.count("full")
        before = self.clock.now
        for index, ((at, values), kept, name_ids) in enumerate(zip(events, windows, ids)):
            if kept:
                self.clock.hear(values[source.key], at)
                self._add(values, kept, name_ids, (at, offset, index))
                for readings in self.readings:
                    self._read(readings, values, tuple(name_id for _breakdown, name_id in name_ids), (at, offset, index), before)
                for facts in self.facts:
                    facts.take(values, at, key, (offset, index), before)
            self._account(kept)
        counted = [(index, at, values) for index, (at, values) in enumerate(events) if windows[index]]
        if counted:
            self.newest = offset, counted[-1][0]
        if source.entity is not None:
            for index, at, values in counted:
                self._remember(offset, index, at, values, before)
        if offset in self.watched:
            self.watch[offset] = Seen(ts, value, headers, {index: at for index, at, _values in counted}, items)

    def _kept(self, at):
        """`[(interval index, window), ...]` of the intervals that keep an event of this time."""
        kept = []
        for index, (_name, ms, keep_ms) in enumerate(self.source.intervals):
            window = at // ms
            if keep_ms is None or self.clock.now is None or (window + 1) * ms + keep_ms > self.clock.now:
                kept.append((index, window))
        return kept

    def _ids(self, place, at, values, given):
        """`[(breakdown index, name id), ...]` of an event, several where a list has several values; a new name gets the next id while it finds a place."""
        day, ids = at // DAY_MS, [(0, 1)]
        for index in range(1, len(self.source.breakdowns)):
            table = self.names.setdefault((index, day), {})
            for parts in tuples_of([values[field] for field in self.source.breakdowns[index].fields]):
                name = self._name_of.get(parts)
                if name is None:
                    name = self._name_of[parts] = name_of(parts)
                name_id = table.get(name)
                if name_id is None:
                    name_id = 0
                    if finds_a_place(len(table), self.source.budget, *place):
                        name_id = table[name] = len(table) + 1
                        given.append((table, name))
                if name_id or (index, 0) not in ids:
                    ids.append((index, name_id))
        return ids

    def _refuse_too_wide(self, windows, ids, given):
        most = sum(len(kept) * len(name_ids) for kept, name_ids in zip(windows, ids) if kept)
        if most <= WIDEST_RECORD:
            return
        touched = {(breakdown, interval, window, name_id)
                   for kept, name_ids in zip(windows, ids)
                   for interval, window in kept or ()
                   for breakdown, name_id in name_ids}
        if len(touched) > WIDEST_RECORD:
            for table, name in given:
                del table[name]
            raise Reject("too_wide", len(windows))

    def _take_id(self, name):
        return None if name is None else self.ids.take(name, self.clock.now)

    def _account(self, kept):
        if kept is None:
            self.events["duplicate"] += 1
            return
        self.events["counted" if kept else "late"] += 1
        if 0 < len(kept) < len(self.source.intervals):
            keeping = {index for index, _window in kept}
            for index, interval in enumerate(self.source.intervals):
                if index not in keeping:
                    self.late[interval.name] += 1

    def _add(self, values, kept, name_ids, place):
        adds, others = self._measures(values)
        blank, cells = self.source.blank, self.cells
        for breakdown, name_id in name_ids:
            tables, held = cells[breakdown], self.source.kept[breakdown]
            its_adds, its_others = (adds, others) if len(held) == len(blank) else ([one for one in some if one[0] in held] for some in (adds, others))
            for interval, window in kept:
                table, key = tables[interval], window << WINDOW_SHIFT | name_id
                cell = table.get(key)
                if cell is None:
                    cell = table[key] = blank[:]
                for slot, amount in its_adds:
                    cell[slot] += amount
                for slot, add, value in its_others:
                    cell[slot] = add(cell[slot], value, place)

    def _measures(self, values):
        """What one event adds to each of its cells: plain additions by place in the cell, and what other measures take."""
        adds, others = [], []
        for metric in self.source.metrics:
            value = None if metric.series else value_of(metric, values)
            if value is None:
                continue
            if metric.kind in PLAIN:
                adds.append((metric.slot, value))
            else:
                others.append((metric.slot, MEASURES[metric.kind].add, value))
        return adds, others

    def _read(self, readings, values, name_ids, place, clock):
        """A reading of a series: its steps are added in every window that is kept by `clock`, as earlier records left it."""
        metric, key = readings.metric, values[self.source.key]
        value = value_of(metric, values)
        if value is None or key is None:
            return
        reading = Reading(*place, readings.measure.value_of(value, metric.series), name_ids)
        for first, second, times in readings.take([key, *(values[field] for field in metric.series.by)], reading, clock):
            for index, (_name, ms, keep_ms) in enumerate(self.source.intervals):
                for window, named, state in readings.measure.step(first, second, ms, metric.series):
                    if keep_ms is None or clock is None or (window + 1) * ms + keep_ms > clock:
                        for breakdown, name_id in enumerate(named.ids):
                            if metric.slot not in self.source.kept[breakdown]:
                                continue
                            cell = self.cells[breakdown][index].setdefault(window << WINDOW_SHIFT | name_id, self.source.blank[:])
                            cell[metric.slot] = readings.measure.merge(cell[metric.slot], state, times)

    def _remember(self, offset, index, at, values, clock):
        entity = values[self.source.entity]
        if entity is None:
            return
        if self.source.forget_days is not None and clock is not None:
            first_day = clock // DAY_MS - self.source.forget_days
            self.seen.day(first_day)
            self.last.day(first_day)
            if at // DAY_MS < first_day:
                return
        member = utf8(entity if isinstance(entity, str) else number_text(entity))
        limit = (at + DAY_MS if clock is None else clock) + self.source.future_ms  # what is later holds only until the device says another

        def replaces(new, held):
            return new[0] >= held[0] or held[0] > limit

        if not self.seen.take(member, (at,), replaces):
            self.over["entities"] += 1
            return
        if self.source.by is None:
            return
        field = utf8(stringify([entity, values[self.source.by]]))
        if not self.last.take(field, (at, offset, index) + tuple(values[each] for each in self.source.of), replaces):
            self.over["values"] += 1


def _came(ts):
    """A Kafka timestamp, or None where the record has none."""
    return ts if 0 <= ts <= LAST_TIME else None


def recount(source, partition_log, first, next_offset, watched=frozenset(), skips=()):
    """Folds `[first, next_offset)` of an opened partition (segments.py, kcat.py); None holds nothing."""
    fold = Partition(source, first, watched, skips)
    for record in partition_log.records(skips) if partition_log else ():
        if record[1] >= next_offset:
            break
        if record[1] >= first:
            fold.take(*record)
    fold.finish(next_offset)
    return fold
