"""What JavaScript's JSON makes of text: every number a double, the last of two keys wins, any depth; and how it writes values back."""
import json
import re
from decimal import Decimal
from json.decoder import scanstring

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
LITERALS = {"true": True, "false": False, "null": None}
ESCAPED = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


class Long(float):
    """A number of 2^53 or more whose text is long enough to say another one than its double."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self


def _number(text):
    value = float(text)
    return value if len(text) < 16 or abs(value) < 2 ** 53 else Long(text)


_decoder = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_no_constant)


def parse(text):
    """The value of a JSON text. Raises ValueError where it is none."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        return parse_deep(text)


BETWEEN = " \t\n\r\x1e,"  # white space, the mark of RFC 7464, a comma


def split_values(text):
    """The texts of objects and arrays that stand behind each other in a text that is not one JSON value; None where anything else is in it."""
    values, depth, start, at = [], 0, 0, 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif char in "{[":
            depth += 1
            if depth == 1:
                if text[start:at].strip(BETWEEN):
                    return None
                start = at
        elif char in "}]":
            depth -= 1
            if depth == 0:
                value = text[start:at + 1]
                try:
                    parse(value)
                except ValueError:
                    return None
                values.append(value)
                start = at + 1
        at += 1
    return None if depth or text[start:].strip(BETWEEN) else values


def is_array_index(name):
    """Names that JavaScript puts before all others, by number."""
    return name.isascii() and name.isdigit() and (name == "0" or name[0] != "0") and int(name) < 2 ** 32 - 1


def parse_deep(text):
    """The same without recursion, for nesting that the built-in parser gives up on."""
    at, unfinished = _skip(text, 0), []  # unfinished: (container, key); the key of an array's is None
    while True:
        mark = text[at:at + 1]
        if mark == "[":
            value, at = [], _skip(text, at + 1)
            if text[at:at + 1] != "]":
                unfinished.append((value, None))
                continue
            at += 1
        elif mark == "{":
            value, at = {}, _skip(text, at + 1)
            if text[at:at + 1] != "}":
                key, at = _key(text, at)
                unfinished.append((value, key))
                continue
            at += 1
        else:
            value, at = _scalar(text, at)
        while True:  # a value is complete: it goes into its container, which may be complete with it
            at = _skip(text, at)
            if not unfinished:
                if at != len(text):
                    raise ValueError(f"more text at {at}")
                return value
            container, key = unfinished[-1]
            if key is None:
                container.append(value)
            else:
                container[key] = value
            mark = text[at:at + 1]
            if mark == ",":
                at = _skip(text, at + 1)
                if key is not None:
                    key, at = _key(text, at)
                    unfinished[-1] = (container, key)
                break
            if mark != ("]" if key is None else "}"):
                raise ValueError(f"unexpected text at {at}")
            unfinished.pop()
            value, at = container, at + 1


def _skip(text, at):
    return SPACE.match(text, at).end() if text[at:at + 1] in " \t\n\r" else at


def _key(text, at):
    if text[at:at + 1] != '"':
        raise ValueError(f"a key was expected at {at}")
    key, at = scanstring(text, at + 1, True)
    at = _skip(text, at)
    if text[at:at + 1] != ":":
        raise ValueError(f"a colon was expected at {at}")
    return key, _skip(text, at + 1)


def _scalar(text, at):
    if text[at:at + 1] == '"':
        return scanstring(text, at + 1, True)
    for word, value in LITERALS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    match = NUMBER.match(text, at)
    if match is None:
        raise ValueError(f"a value was expected at {at}")
    return _number(match.group()), match.end()


def _escape(match):
    char = match.group()
    return SHORT.get(char) or "\\u%04x" % ord(char)


def stringify(value):
    """JSON text of null, a string, a finite number, or a list of these."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return '"' + ESCAPED.sub(_escape, value) + '"'
    if isinstance(value, (int, float)):
        return number_text(value)
    return "[" + ",".join(map(stringify, value)) + "]"


def number_text(number):
    """A finite number as JavaScript prints it (ECMA-262, Number::toString)."""
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(float(number))).as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + exponent
    text = text.rstrip("0")
    if len(text) <= point <= 21:
        body = text + "0" * (point - len(text))
    elif 0 < point <= 21:
        body = text[:point] + "." + text[point:]
    elif -6 < point <= 0:
        body = "0." + "0" * -point + text
    else:
        body = text[0] + ("." + text[1:] if len(text) > 1 else "") + "e%+d" % (point - 1)
    return ("-" if sign else "") + body


def utf8(text):
    """UTF-8 as JavaScript writes it: half of a surrogate pair becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()
