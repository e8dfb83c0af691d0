"""From the bytes of a record to its events, or to the one reason why it is rejected (docs/store.md, rules 1 and 2)."""
import math
from decimal import Decimal

import times
from decimal_units import LIMIT, units
from javascript import Long, count_values, parse


class Reject(Exception):
    """The record counts for nothing; `args[0]` is the reason, `events` how many went with it."""

    def __init__(self, reason, events=1):
        super().__init__(reason)
        self.events = events


def objects_of(value):
    """The items of a record's value: JSON objects, unless the record is at fault."""
    if not value:
        raise Reject("empty")
    try:
        text = bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise Reject("not_utf8")
    try:
        whole = parse(text)
    except ValueError:
        raise Reject("not_json", max(1, count_values(text)))
    objects = whole if type(whole) is list else [whole]
    if not objects:
        raise Reject("no_events")
    return objects


def events_of(source, value):
    """`[(time ms, values in declared order), ...]`; absent values are None."""
    objects = objects_of(value)
    try:
        return [event_of(source, plain) for plain in objects]
    except Reject as reject:
        raise Reject(reject.args[0], len(objects))


def event_of(source, plain):
    if type(plain) is not dict:
        raise Reject("not_an_object")
    return time_of(value_at(plain, source.time)), values_of(source, plain)


def value_at(plain, path):
    """What stands at a path; None where a name is absent, or what should hold it is no object (a list is none)."""
    for name in path:
        if type(plain) is not dict:
            return None
        plain = plain.get(name)
    return plain


def time_of(value):
    """Whatever is no time, an absent one too, is `bad_time`."""
    at = None
    if type(value) is float:
        at = times.from_number(value)
    elif type(value) is Long:
        at = times.from_long(value)
    elif type(value) is str:
        at = times.from_text(value)
    if at is None:
        raise Reject("bad_time")
    return at


def values_of(source, plain):
    values = []
    for _, kind, optional, decimals, paths in source.fields:
        value = next((found for found in (value_at(plain, path) for path in paths) if found is not None), None)
        if value is None:
            if not optional:
                raise Reject("missing_field")
        elif kind == "string":
            if type(value) is not str:
                raise Reject("wrong_type")
        else:
            if type(value) is Long and not says(value):
                raise Reject("too_large" if math.isfinite(value) else "not_finite")
            if not isinstance(value, float):
                raise Reject("wrong_type")
            if not math.isfinite(value):
                raise Reject("not_finite")
            for places in decimals:
                if abs(units(float(value), places)) > LIMIT:
                    raise Reject("too_large")
        values.append(float(value) if type(value) is Long else value)
    return values


def says(number):
    """Whether a long number is what its text says: exactly, or as the shortest text of its double."""
    if not math.isfinite(number):
        return False
    written = Decimal(number.text)
    return written in (Decimal(repr(float(number))), Decimal(float(number)))
