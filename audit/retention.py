"""
Retention (docs/retention.md): in which day or week of a zone each value of the key joined, and in which of the next ones it came back. Days are
dates of that zone; a cohort's cells lie on the day that has the date of its first day in UTC.
"""
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from definition import Interval, holds
from facts import Cells
from javascript import number_text, utf8
from keys import DAY_MS
from living import NAME_BYTES
from varint import natural, zigzag

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
EPOCH_DAY = EPOCH.date().toordinal()
FIRST_WEEK = {"monday": 4, "sunday": 3}  # days from 1970-01-01 to the week numbered 0


class Calendar:
    """Days (`start` None) or weeks of a zone, by number."""

    def __init__(self, zone, start):
        self.zone = None if zone == "UTC" else ZoneInfo(zone)
        self.days, self.first = (1, 0) if start is None else (7, FIRST_WEEK[start])

    def number(self, at):
        moment = EPOCH + timedelta(milliseconds=at)
        local = moment if self.zone is None else moment.astimezone(self.zone)
        return (local.date().toordinal() - EPOCH_DAY - self.first) // self.days

    def day(self, number):
        return number * self.days + self.first


class Member:
    def __init__(self, cohort, ids):
        self.cohort, self.last, self.ids = cohort, cohort, ids
        self.back = set()  # numbers of the periods in which it came back


class Retention:
    """By one unit, of one partition."""

    def __init__(self, source, plain, unit, periods):
        self.source, self.periods, self.zone = source, periods, plain["zone"]
        self.calendar = Calendar(plain["zone"], plain["weekStart"] if unit == "week" else None)
        self.late, self.budget = int(plain["lateMs"]), int(plain["budget"])
        self.joins, self.returns = ([source.test_of(each) for each in plain[name]] for name in ("joins", "returns"))
        split = [("+".join(each["fields"]), [source.index[name] for name in each["fields"]]) for each in plain["by"]]
        sums = [f"period{each}" for each in range(periods + 1)] + ["late", "over", "elsewhere"]
        keep = None if plain["keepMs"] is None else int(plain["keepMs"])
        self.cells = Cells(source, f"retention-{plain['name']}-{unit}", split, sums, [Interval("1d", DAY_MS, keep)])
        self.held, self.begin = {}, None  # begin: the first period of which events are not late

    def take(self, values, at, record_key, place, clock):
        entity = values[self.source.key]
        if entity is None:
            return
        entity = utf8(entity if isinstance(entity, str) else number_text(entity))
        joins, returns = holds(self.joins, values), holds(self.returns, values)
        if joins or returns:
            self._see(entity, self.calendar.number(at), joins, returns, values, record_key, place, clock)

    def _see(self, entity, period, joins, returns, values, record_key, place, clock):
        self._forget(clock)
        if self.begin is not None and period < self.begin:
            self._tell(1, period, clock)
            return
        member = self.held.get(entity)
        if member is None or period - member.last > self.periods:
            if not joins:
                return
            if member is None and (len(self.held) >= self.budget or len(entity) > NAME_BYTES):
                self._tell(2, period, clock)
                return
            member = self.held[entity] = Member(period, self._ids(period, values, place))
            if returns:
                member.back.add(period)
            self._count(member, 1, clock)
            self.cells.sampled(entity)
            if not self.source.keyed_by_record and record_key != entity:
                self._tell(3, period, clock)
            return
        if period < member.cohort:
            if not joins or member.cohort - period > self.periods:
                return
            self._count(member, -1, clock)
            member.cohort, member.ids = period, self._ids(period, values, place)
        else:
            self._count(member, -1, clock)
            member.last = max(member.last, period)
        if returns:
            member.back.add(period)
        member.back = {each for each in member.back if each - member.cohort <= self.periods}
        self._count(member, 1, clock)

    def _ids(self, period, values, place):
        return tuple(self.cells.name_id(each, self.calendar.day(period), tuple(values[field] for field in breakdown.fields), place) if each else 1
                     for each, breakdown in enumerate(self.cells.breakdowns))

    def _count(self, member, times, clock):
        """Puts all that is known of a member into its cohort, or takes it back."""
        back = [times * (member.cohort + each in member.back) for each in range(1, self.periods + 1)]
        self.cells.add(self.calendar.day(member.cohort) * DAY_MS, member.ids, [times, *back, 0, 0, 0], clock)

    def _tell(self, which, period, clock):
        self.cells.tell(self.periods + which, self.calendar.day(period) * DAY_MS, clock)

    def _forget(self, clock):
        if clock is None:
            return
        begin = self.calendar.number(clock - self.late)
        if self.begin is None or begin > self.begin:
            self.begin = begin
            self.held = {entity: each for entity, each in self.held.items() if each.last + self.periods >= begin}

    def packed(self):
        return {entity: pack(member) for entity, member in self.held.items()}


def pack(member):
    out = bytearray()
    zigzag(member.cohort, out)
    natural(member.last - member.cohort, out)
    natural(sum(1 << each - member.cohort for each in member.back), out)
    for number in member.ids[1:]:
        natural(number, out)
    return bytes(out)


def retention_of(source):
    return [Retention(source, plain, each["unit"], int(each["periods"])) for plain in source.retention for each in plain["units"]]
