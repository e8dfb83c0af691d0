"""
Tables that are kept in topics, as they were at each place of the log of events (docs/store.md, "Journals of tables"). Read from the journal's first record on, by
the rules there: entries of the latest claim count, rows wait for the ends that follow them, and hold from there on.
"""
from collections import namedtuple

from faults import CannotRecount
from javascript import parse

Change = namedtuple("Change", "rows at ends next")


def journal_name(events, table):
    return f"tidemark.{events}.lookup.{table}"


def changes_of(records):
    """(id of the journal, its changes, where it ends) of [(offset, value)]."""
    first, epoch, by, number, waiting, changes, end = None, 0, None, 0, None, [], 0
    for offset, value in records:
        entry, end = parse(value.decode()), offset + 1
        kind = entry["is"]
        if kind == "claim":
            if entry["epoch"] > epoch:
                epoch, by, number, waiting = entry["epoch"], entry["by"], 0, None
                first = by if first is None else first
        elif entry["by"] == by and entry["n"] > number:
            number = entry["n"]
            if kind == "rows":
                waiting = (waiting or []) + [tuple(row) for row in entry["rows"]]
            elif kind == "ends":
                changes.append(Change(waiting, _offsets(entry["at"]), None if entry["ends"] is None else _offsets(entry["ends"]), end))
                waiting = None
    return first, changes, end


def _offsets(given):
    return {int(partition): int(offset) for partition, offset in given.items()}


class Table:
    """One table along the events of one partition."""

    def __init__(self, columns):
        self.columns = columns
        self.id, self.end, self._left, self._rows, self.now = None, 0, [], {}, None

    def begin(self, journal, partition):
        self.id, changes, self.end = journal
        self._rows, self.now = {}, None
        self._left, low = [], 0  # (from which offset on, change); one without a place has that of the next
        for place, change in enumerate(changes):
            ends = next((each.ends for each in changes[place:] if each.ends is None or partition in each.ends), {})
            if ends != {}:
                low = max(low, 0 if ends is None else ends[partition])
                self._left.append((low, change))

    def move_to(self, offset):
        while self._left and self._left[0][0] <= offset:
            self.now = self._left.pop(0)[1]
            self._rows.update(self.now.rows)

    def value(self, key, column):
        text = self._rows.get(key)
        try:
            row = {} if text is None else parse(text)
        except ValueError:
            return None
        value = row.get(column) if type(row) is dict else None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return None if value in (float("inf"), float("-inf")) else _number(float(value))
        return value if isinstance(value, str) and value else None

    def stated(self):
        """What `pos` says of it, but for how far the journal was read."""
        return {} if self.now is None else {str(partition): offset for partition, offset in self.now.at.items()}


def _number(value):
    from decode import name_of_number
    return name_of_number(value)


class Joined:
    """All tables of a source; nothing where it has none."""

    def __init__(self, plain, events):
        self.events = events
        self.topics = {each["name"]: each["topic"] for each in plain}
        self.tables = {each["name"]: Table(each["columns"]) for each in plain}

    def begin(self, log, partition):
        for name, table in self.tables.items():
            topic = journal_name(self.events, self.topics[name])
            if 0 not in log.partitions(topic):
                raise CannotRecount(f"the log has no topic {topic}, in which the changes of {self.topics[name]} stand")
            opened = log.open(topic, 0)
            if opened.start not in (None, 0):
                raise CannotRecount(f"{topic} begins at offset {opened.start}: which rows held before cannot be known")
            table.begin(changes_of((record[1], record[4]) for record in opened.records() if record[0] == "data"), partition)

    def move_to(self, offset):
        for table in self.tables.values():
            table.move_to(offset)


def compare_tables(source, fold, pos, same):
    """`table:<name>` of pos: which journal, how far it was known, and what the last offset was joined with."""
    source.joined.move_to(fold.next - 1)
    for name, table in source.joined.tables.items():
        text = pos.get(b"table:" + name.encode())
        if text is None and fold.next == fold.first:
            continue
        journal, known, at = (None, 0, {}) if text is None else parse(text.decode())
        same(f"table:{name}", [table.id, table.stated()], [journal, {partition: int(offset) for partition, offset in at.items()}])
        least = 0 if table.now is None else table.now.next
        same(f"table:{name}, {least} to {table.end} of its journal known", True, least <= known <= table.end)
