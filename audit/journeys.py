"""
Journeys (docs/journeys.md): from page to page, of each value of the key. Of a key the latest views are remembered; a change of them takes back what they said of
each other and says what they say now.
"""
import heapq
import re
from collections import namedtuple

from definition import holds
from facts import Cells
from javascript import number_text, utf8
from keys import DAY_MS, WINDOW_SHIFT
from living import NAME_BYTES
from sessions import kept
from varint import natural, sized, zigzag

SUMS = ("journeys", "onward", "views", "visits", "late", "over", "elsewhere")
START, END = "(start)", "(end)"
MOST_VIEWS, ENDED_AN_EVENT = 16, 2
OPEN, CONTINUED, CUT = range(3)  # what was before the first remembered view
UNKNOWN = object()

# serial: tells views apart; said, start_said: (page, next, then) as told of it, and of the start before it, None where there is none; ids of the names likewise
View = namedtuple("View", "serial at page said ids start_said start_ids")


class Journeys:
    """Of one partition."""

    def __init__(self, source, plain):
        self.source = source
        self.gap, self.late, self.budget, self.steps = (int(plain[name]) for name in ("gapMs", "lateMs", "budget", "steps"))
        self.page, self.where = source.index[plain["page"]], [source.test_of(each) for each in plain["where"]]
        split = [("page", [0]), ("next", [1]), ("page+next", [0, 1]), ("page+next+then", [0, 1, 2])]
        self.cells = Cells(source, "journeys", split[:2 + self.steps], SUMS, budget=int(plain["transitions"]))
        self.held = {}  # entity -> (front, views by time)
        self.queue = []  # (time of the last view or earlier, entity), one of each
        self.serial = 0

    def take(self, values, at, record_key, place, clock):
        """One counted event, in the order of the log. `clock`: as earlier records left it."""
        entity = values[self.source.key]
        if entity is None:
            return
        entity = utf8(entity if isinstance(entity, str) else number_text(entity))
        self._end_visits(place, clock)
        page = kept(values[self.page])
        if page is None or (self.where and not holds(self.where, values)):
            return
        if clock is not None and at < clock - self.late:
            self.cells.tell(4, at, clock)
        elif entity not in self.held and (len(self.held) >= self.budget or len(entity) > NAME_BYTES):
            self.cells.tell(5, at, clock)
        else:
            self._view(entity, at, escaped(page), record_key, place, clock)

    def _view(self, entity, at, page, record_key, place, clock):
        if entity not in self.held:
            heapq.heappush(self.queue, (at, entity))
        front, views = self.held.get(entity, (OPEN, []))
        if front != OPEN and at < views[1].at:
            self.cells.tell(4, at, clock)
            return
        before = [each for each in views if each.at <= at]
        after = views[len(before):]
        self.serial += 1
        views = before + [View(self.serial, at, page, None, (), None, ())] + after
        self.held[entity] = self._remembered(front, self._say(front, views, False, place, clock), clock)
        if not any(abs(each.at - at) <= self.gap for each in before[-1:] + after[:1]):
            self.cells.sampled(entity)
            if not self.source.keyed_by_record and record_key != entity:
                self.cells.tell(6, at, clock)

    def _linked(self, views, index):
        """Whether a view belongs to the visit of the one before."""
        return index > 0 and views[index].at - views[index - 1].at <= self.gap

    def _say(self, front, views, over, place, clock):
        """The views with what they now say; the cells with it."""
        pages = []  # in their order: (index of the view, whether it is the start before it, page)
        for index, each in enumerate(views):
            if not self._linked(views, index) and not (index == 0 and front == CONTINUED):
                pages.append((index, True, START))
            pages.append((index, False, each.page))
        follows = [END if start else page for _index, start, page in pages[1:]] + [END if over else UNKNOWN, UNKNOWN]
        said = {}
        for number, (index, start, page) in enumerate(pages):
            then = None if follows[number] is END else follows[number + 1]
            said[index, start] = (page, follows[number], UNKNOWN if self.steps == 1 or follows[number] is UNKNOWN else then)
        told = []
        for index, each in enumerate(views):
            start, start_ids = self._retold(each, True, said.get((index, True)), place, clock)
            own, ids = self._retold(each, False, said[index, False], place, clock)
            told.append(each._replace(said=own, ids=ids, start_said=start, start_ids=start_ids))
        return told

    def _retold(self, view, start, now, place, clock):
        was, ids = (view.start_said, view.start_ids) if start else (view.said, view.ids)
        if was == now:
            return was, ids
        new = () if now is None else self._ids(view.at, was, ids, now, place, clock)
        for said, numbers, times in ((was, ids, -1), (now, new, 1)):
            if said is not None:
                self._add(view.at, start, numbers, times, clock)
        return now, new

    def _ids(self, at, was, ids, now, place, clock):
        """Of the names that are known: what is called as before keeps its id."""
        new = []
        for breakdown, one in enumerate(self.cells.breakdowns[1:], 1):
            parts = tuple(now[field] for field in one.fields)
            if UNKNOWN in parts:
                break
            if was is not None and parts == tuple(was[field] for field in one.fields):
                new.append(ids[breakdown - 1])
            else:
                new.append(self.cells.name_id(breakdown, at // DAY_MS, parts, place) if self.cells.windows(at, clock) else 1)
        return tuple(new)

    def _add(self, at, start, ids, times, clock):
        first = (int(len(ids) > 1), int(len(ids) > 3))
        stop = (*first, int(not start), int(start), 0, 0, 0)
        for breakdown, name_id in enumerate((1, *ids)):
            amounts = stop if breakdown < 2 else (*first, 0, 0, 0, 0, 0) if breakdown == 2 else (1, 0, 0, 0, 0, 0, 0)
            for index, window in self.cells.windows(at, clock):
                cell = self.cells.cells[breakdown][index].setdefault(window << WINDOW_SHIFT | name_id, [0] * len(SUMS))
                for slot, amount in enumerate(amounts):
                    cell[slot] += times * amount

    def _remembered(self, front, views, clock):
        if clock is not None:
            kept_from = next(index for index, each in enumerate(views) if each.at >= clock - self.late - self.gap)
            kept_from -= self._linked(views, kept_from)
            if kept_from > 0:
                front = CONTINUED if self._linked(views, kept_from) else OPEN
                views = views[kept_from:]
        cut = len(views) - MOST_VIEWS
        return (front, views) if cut <= 0 else (CONTINUED if self._linked(views, cut) else CUT, views[cut:])

    def _end_visits(self, place, clock):
        if clock is None:
            return
        ended = 0
        while ended < ENDED_AN_EVENT and self.queue and self.queue[0][0] < clock - self.late - self.gap:
            at, entity = heapq.heappop(self.queue)
            front, views = self.held[entity]
            if views[-1].at > at:
                heapq.heappush(self.queue, (views[-1].at, entity))
                continue
            self._say(front, views, True, place, clock)
            del self.held[entity]
            ended += 1

    def packed(self):
        return {entity: pack(front, views) for entity, (front, views) in self.held.items()}


def escaped(page):
    return f"({page})" if re.fullmatch(r"\(+(?:start|end)\)+", page) else page


def pack(front, views):
    out, before = bytearray(), 0
    natural(front, out)
    natural(len(views), out)
    for each in views:
        zigzag(each.at - before, out)
        sized(each.page.encode(), out)
        for ids in (each.ids, each.start_ids):
            natural(len(ids), out)
            for number in ids:
                natural(number, out)
        before = each.at
    return bytes(out)
