"""Fields that are worked out of others or of the time of the event (docs/definitions.md, "Computed fields"), by the rules there."""
import math
import re
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from clean import parameter, tidy
from javascript import number_text

Compute = namedtuple("Compute", "op of options")  # of: index of a field before it, or None
SPACES = "\t\n\x0b\x0c\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
IN_BRACKETS = re.compile(r"(\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
NAMED = re.compile(r"([^:]*)(?::[0-9]*)?")
NO_HOST = re.compile(r"[\x00-\x20\x7f<>\[\\\]^|%]")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def compute_of(given, index, tables, joined=None):
    """`tables`: {name: (columns, {key: values})}; `joined`: those in topics. Raises KeyError, ValueError on what is no such field."""
    if given is None:
        return None
    op = given["op"]
    if op not in ("lower", "upper", "trim", "url.host", "url.path", "url.param", "cut", "bucket", "hour", "weekday", "lookup"):
        raise ValueError(f"{op} makes no field")
    options = dict(given)
    if op == "lookup" and joined is not None and given["table"] in joined.tables:
        options["joined"] = joined.tables[given["table"]]
    elif op == "lookup":
        columns, rows = tables[given["table"]]
        at = columns.index(given["column"])
        options["values"] = {key: values[at] for key, values in rows.items()}
    return Compute(op, index[given["of"]] if "of" in given else None, options)


def tables_of(plain):
    return {table["name"]: (table["columns"], {row[0]: row[1:] for row in table["rows"]}) for table in plain}


def with_computed(fields, zone, at, values):
    """`values` in declared order, with those that are worked out in their places; each is of one before it."""
    filled = list(values)
    for place, field in enumerate(fields):
        if field.compute is not None:
            filled[place] = computed(field.compute, zone, at, filled) or None
    return filled


def computed(compute, zone, at, values):
    op, options = compute.op, compute.options
    if op in ("hour", "weekday"):
        local = (EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone or "UTC"))
        return f"{local.hour:02d}" if op == "hour" else str(local.isoweekday())
    value = values[compute.of]
    if value is None:
        return None
    if op == "lower":
        return value.lower()
    if op == "upper":
        return value.upper()
    if op == "trim":
        return value.strip(SPACES)
    if op == "url.host":
        return address(value)[0]
    if op == "url.path":
        return address(value)[1]
    if op == "url.param":
        return parameter(value, options["name"])
    if op == "cut":
        return value[:int(options["chars"])] if "chars" in options else value.partition(options["before"])[0]
    if op == "lookup":
        return options["joined"].value(value, options["column"]) if "joined" in options else options["values"].get(value)
    return bucket_of_edges(value, options["edges"]) if "edges" in options else bucket_of_width(value, options["width"])


def address(text):
    """(host, path) of an address; None for what it does not name."""
    rest = re.split("[?#]", text, maxsplit=1)[0]
    if not rest.startswith("//"):
        scheme = SCHEME.match(rest)
        if scheme is None:
            return None, tidy(rest) if rest else None
        rest = rest[scheme.end():]
        if not rest.startswith("//"):
            return None, None
    authority, slash, path = rest[2:].partition("/")
    return host_of(authority), tidy(slash + path) if slash else "/"


def host_of(authority):
    place = authority.rpartition("@")[2]
    inside = IN_BRACKETS.fullmatch(place)
    if inside:
        return inside.group(1).lower()
    named = NAMED.fullmatch(place)
    name = named.group(1) if named else ""
    name = name[:-1] if name.endswith(".") else name
    return None if not name or NO_HOST.search(name) else name.lower()


def bucket_of_edges(value, edges):
    edges = [float(edge) for edge in edges]
    if value < edges[0]:
        return "<" + number_text(edges[0])
    for low, high in zip(edges, edges[1:]):
        if low <= value < high:
            return f"{number_text(low)}..{number_text(high)}"
    return ">=" + number_text(edges[-1])


def bucket_of_width(value, width):
    whole, _, fraction = number_text(float(width)).partition(".")
    units, scale = int(whole + fraction), 10 ** len(fraction)

    def edge(multiple):
        return float(multiple * units) / float(scale) + 0.0

    multiple = math.floor(value / width) if abs(value / width) < 2 ** 60 else 2 ** 60
    if not abs(multiple) < 2 ** 53 / units - 2:
        return None
    while value >= edge(multiple + 1):
        multiple += 1
    while value < edge(multiple):
        multiple -= 1
    return f"{number_text(edge(multiple))}..{number_text(edge(multiple + 1))}"
