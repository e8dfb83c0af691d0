"""From the bytes of a record to its events, or to the one reason why it is rejected (docs/store.md, rules 1 and 2)."""
import math
import re
from collections import namedtuple
from decimal import Decimal

import times
from clean import clean, parameter
from decimal_units import LIMIT, units
from fields import with_computed
from javascript import Long, number_text, parse
from rows import Fault, NotJson, rows_of, walk

Record = namedtuple("Record", "ts key headers row", defaults=(None, None, (), 0))
Refused = namedtuple("Refused", "row reason what")  # a row by itself; what: its item, or its line
FRAMES = {"confluent": (0, 5), "apicurio": (0, 9), "glue": (3, 18)}  # first byte, and how many stand before the JSON
MARK = b"\xef\xbb\xbf"
HEADERS_SEEN = 64
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
COMMA = re.compile(r"-?[0-9]+,[0-9]+")


class Reject(Exception):
    """The record counts for nothing; `args[0]` is the reason, `events` how many went with it."""

    def __init__(self, reason, events=1):
        super().__init__(reason)
        self.events = events


class NotText:
    """Bytes of a key or header that are not UTF-8, or hold a NUL: there, and of no type that a field takes."""


def judged(source, value, record):
    """
    The events that count as `[(time ms, values in declared order, item, id), ...]`, absent values None, and the rows refused by themselves.
    Raises Reject where the whole record is.
    """
    if not value:
        raise Reject("empty")
    rows = _rows(source, unframed(source, value))
    if not rows:
        raise Reject("no_events")
    each, events, refused = source.rows["verdict"] == "each", [], []
    for place, row in enumerate(rows):
        try:
            if isinstance(row, Fault):
                raise Reject(row.reason)
            event = event_of(source, row, record._replace(row=place))
            if each and record.ts is not None and event[0] > record.ts + source.future_ms:
                raise Reject("future")
            events.append(event)
        except Reject as reject:
            if not each:
                raise Reject(reject.args[0], len(rows))
            refused.append(Refused(place, reject.args[0], row.what if isinstance(row, Fault) else row.item))
    for at, *_ in events:
        if record.ts is not None and at > record.ts + source.future_ms:
            raise Reject("future", len(rows))
    return events, refused


def _rows(source, payload):
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise Reject("not_utf8")
    try:
        return rows_of(source, text)
    except NotJson as fault:
        raise Reject("not_json", max(1, fault.args[0]))


def unframed(source, value):
    data = bare(source, value)
    return data[len(MARK):] if data.startswith(MARK) else data


def bare(source, value):
    data = bytes(value)
    if source.framed is not None:
        first, size = FRAMES[source.framed]
        if len(data) >= size and data[0] == first:
            return data[size:]
    return data


def event_of(source, row, record):
    if type(row.item) is not dict:
        raise Reject("not_an_object")
    at, values = time_of(source, first_of(source, row, record, source.time)), values_of(source, row, record)
    return at, with_computed(source.fields, source.zone, at, values), row.item, id_of(source, row, record)


def first_of(source, row, record, paths):
    """What the first path leads to that leads to anything but null."""
    return next((found for found in (value_at(source, row, record, path) for path in paths) if found is not None), None)


def value_at(source, row, record, path):
    if path[0] != "$":
        return walk(row.item, path)
    part, inside = path[1], path[2:]
    if part == "key":
        return text_of(None if record.key is None else unframed(source, record.key)) if not inside else walk(key_json(source, record.key), inside)
    if part == "headers":
        heads = [value for name, value in record.headers[:HEADERS_SEEN] if name.decode("utf-8", "replace") == inside[0]]
        return text_of(heads[0]) if heads else None
    if part == "topic":
        return source.topic
    if part == "timestamp":
        return None if record.ts is None else float(record.ts)
    if part == "name":
        return row.name
    return walk(row.outer if part == "outer" else row.value, inside)


def id_of(source, row, record):
    """What tells the event from others: its own id, one of a pair with its name; else one from outside of it with the place of the row."""
    if source.id is None:
        return None
    own = [path for path in source.id.paths if path[0] != "$" or path[1] == "value"]
    others = [path for path in source.id.paths if path not in own]
    text = id_text(first_of(source, row, record, own))
    if text is not None:
        return text if row.name is None else f"{text}\0{row.name}"
    text = id_text(first_of(source, row, record, others))
    return None if text is None else f"{text}\0{record.row}"


def id_text(value):
    if type(value) is str:
        return value or None
    return name_of_number(value) if isinstance(value, float) and math.isfinite(value) else None


def text_of(data):
    if data is None:
        return None
    text = bytes(data).decode("utf-8", "replace")
    if "\ufffd" in text or "\0" in text:
        return NotText
    if len(text) > 1 and text[0] == text[-1] == '"':  # Kafka Connect and Spring write texts as JSON
        try:
            return parse(text) or None
        except ValueError:
            pass
    return text or None  # an empty one names nothing


def key_json(source, key):
    try:
        return None if key is None else parse(unframed(source, key).decode("utf-8"))
    except ValueError:
        return None


def time_of(source, value):
    """Whatever is no time, an absent one too, is `bad_time`."""
    at = None
    if type(value) is float:
        at = times.from_number(value)
    elif type(value) is Long:
        at = times.from_long(value)
    elif type(value) is str:
        at = times.from_text(value, source.zone)
    if at is None or at < times.EARLIEST:
        raise Reject("bad_time")
    return at


def values_of(source, row, record):
    values = []
    for place, field in enumerate(source.fields):
        value = first_of(source, row, record, field.paths)
        if value is not None:
            try:
                value = None if value == "" and field.absent is not None else read(field, value)
            except Reject as reject:
                if reject.args[0] != "wrong_type" or field.absent != "unreadable":
                    raise
                value = None
        if value is None and not field.optional or value == "" and place == source.entity:
            raise Reject("missing_field")
        values.append(value)
    return values


MOST_VALUES = 20


def read(field, value):
    """A value that is there, as its field takes it: a name or a float, or a tuple of the different names of a list."""
    if field.list:
        return names_from(field, value)
    return name_from(field, value) if field.type == "string" else number_from(field, value)


def names_from(field, value):
    names = {}
    for each in value if type(value) is list else [value]:
        if each is None or each == "" and field.absent is not None:
            continue
        name = name_from(field, each)
        if name is not None:
            names[name] = None
    if len(names) > MOST_VALUES:
        raise Reject("too_wide")
    return tuple(names) or None


def name_from(field, value):
    if type(value) is str:
        if "string" not in field.takes and not ("words" in field.takes and value in ("true", "false")):
            raise Reject("wrong_type")
        if field.query is not None:
            return parameter(value, field.query)
        return clean(value, field.clean)
    if type(value) is bool and "boolean" in field.takes:
        return "true" if value else "false"
    if not isinstance(value, float) or "number" not in field.takes:
        raise Reject("wrong_type")
    if not math.isfinite(value):
        raise Reject("not_finite")
    return name_of_number(value)


def name_of_number(number):
    """Below 2^53 as JavaScript prints it; from there on all its digits, those that were written where they were many."""
    if abs(number) < 2 ** 53:
        return number_text(number)
    digits = format(Decimal(number.text if type(number) is Long else repr(float(number))), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def number_from(field, value):
    if type(value) is str and "digits" in field.takes:
        if NUMBER.fullmatch(value):
            value = number_of(value)
        elif "comma" in field.takes and COMMA.fullmatch(value):
            value = number_of(value.replace(",", "."))
    if not isinstance(value, float):
        raise Reject("wrong_type")
    if not math.isfinite(value):
        raise Reject("not_finite")
    if type(value) is Long and not says(value):
        raise Reject("too_large")
    for places in field.decimals:
        if abs(units(float(value), places)) > LIMIT:
            raise Reject("too_large")
    return float(value)


def number_of(text):
    value = float(text)
    return value if abs(value) < 2 ** 53 else Long(text)


def says(number):
    """Whether a long number is what its text says: exactly, or as the shortest text of its double."""
    if not math.isfinite(number):
        return False
    written = Decimal(number.text)
    return written in (Decimal(repr(float(number))), Decimal(float(number)))
