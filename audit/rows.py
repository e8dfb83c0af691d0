"""The rows of a record (docs/store.md, rule 1a): its events, each with where it stands."""
from collections import namedtuple

from javascript import is_array_index, parse, split_values

# item: the object of the event; outer: what held the rows; name and value: of a pair
Row = namedtuple("Row", "item outer name value", defaults=(None, None))
Fault = namedtuple("Fault", "reason what")  # a row that is none; what: the item, or a Line that is no JSON


class NotJson(Exception):
    """`args[0]`: how many values stand behind each other; 0 where that is not what it is."""


class Line:
    """One of several, and no JSON."""

    def __init__(self, text):
        self.text = text


def rows_of(source, text):
    rows = []
    for root in _values(text) if source.rows["lines"] else [_value(text)]:
        for item in root if type(root) is list else [root]:
            if isinstance(item, Line):
                rows.append(Fault("not_json", item))
            else:
                for row in _inside(source, item):
                    rows.extend([row] if source.rows["pairs"] is None or isinstance(row, Fault) else _pairs(source, row))
    return rows


def _value(text):
    try:
        return parse(text)
    except ValueError:
        raise NotJson(len(split_values(text) or ()))


def _values(text):
    try:
        return [parse(text)]
    except ValueError:
        pass
    values = split_values(text)
    if values is not None:
        return [parse(value) for value in values]
    return [_line(line) for line in text.split("\n") if line.strip(" \t\r")]


def _line(line):
    try:
        return parse(line)
    except ValueError:
        return Line(line)


def _inside(source, item):
    path = source.rows["in"]
    if path is None:
        return [Row(item, item)]
    if type(item) is not dict:
        return [Fault("not_an_object", item)]
    held = walk(item, path)
    if type(held) is list:
        return [Row(each, item) for each in held]
    if type(held) is dict:
        return [Row(held, item)]
    return [Fault("no_events" if held is None else "not_an_object", item)]


def _pairs(source, row):
    path = source.rows["pairs"]
    if type(row.item) is not dict:
        return [Fault("not_an_object", row.item)]
    held = walk(row.item, path)
    if type(held) is not dict:
        return [Fault("no_events" if held is None else "not_an_object", row.item)]
    passed = source.names_read if not path else ()
    numeric = sorted((name for name in held if is_array_index(name)), key=int)  # as JavaScript orders properties
    names = numeric + [name for name in held if not is_array_index(name)]
    return [Row(row.item, row.outer, name, held[name]) for name in names if name not in passed]


def walk(plain, path):
    """What stands at a path; None where a name is absent, or what should hold it is no object (a list is none)."""
    for name in path:
        if type(plain) is not dict:
            return None
        plain = plain.get(name)
    return plain
