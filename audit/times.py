"""Event times: a number whose magnitude tells its unit, or a text. All answers in ms since 1970 (UTC), cut, never rounded; None where it is no time."""
import calendar
import re
from datetime import datetime
from decimal import ROUND_FLOOR, Context, Decimal
from zoneinfo import ZoneInfo

EXACT = Context(prec=400, rounding=ROUND_FLOOR)
# from (included), to (excluded), and by which power of ten the number is to be moved to be ms
UNITS = ((10 ** 8, 10 ** 11, 3), (10 ** 11, 10 ** 14, 0), (10 ** 14, 10 ** 17, -3), (10 ** 17, 10 ** 20, -6))
DIGITS = re.compile(r"[0-9]{1,40}(?:\.[0-9]+)?")
MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}

ZONE = r"(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)"
NAME_OF_ZONE = r"(?: [A-Z]{1,5}|\[[A-Za-z0-9_+/-]{1,64}\])?"
CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]+))?)?"
MONTH = r"(?P<named>[A-Z][a-z]{2})"
YEAR = r"(?P<year>[0-9]{4})"
TEXTS = [re.compile(text) for text in (
    YEAR + r"(?P<between>[-./])(?P<month>[0-9]{2})(?P=between)(?P<day>[0-9]{2})[Tt ]" + CLOCK + "(?: ?" + ZONE + NAME_OF_ZONE + ")?",
    YEAR + r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]+))?)?" + ZONE + "?",
    r"(?:[A-Z][a-z]{2}, )?(?P<day>[0-9]{1,2}) " + MONTH + " " + YEAR + " " + CLOCK + " " + ZONE,
    r"(?P<day>[0-9]{2})/" + MONTH + "/" + YEAR + ":" + CLOCK + " " + ZONE,
    r"[A-Z][a-z]{2} " + MONTH + " (?P<day>[0-9]{2}) " + YEAR + " " + CLOCK + r" GMT(?P<zone>[+-][0-9]{4})(?: \([^()]*\))?",
    r"[A-Z][a-z]{2} " + MONTH + " (?P<day>[0-9]{2}) " + CLOCK + " (?P<zone>UTC|GMT) " + YEAR,
)]
LONGEST = 256


def from_decimal(number):
    """The first digits that make a whole number of ms."""
    for low, high, power in UNITS:
        if low <= number < high:
            return int(number.scaleb(power, EXACT).to_integral_value(ROUND_FLOOR, EXACT))
    return None


def from_number(number):
    """By the shortest decimal text of the double."""
    return from_decimal(Decimal(repr(float(number)))) if abs(number) != float("inf") else None


def from_long(number):
    """The same of a number past 2^53, by the digits it was written in."""
    return from_decimal(Decimal(number.text)) if 2 ** 53 <= number < 2e20 else from_number(number)


def from_text(text, zone=None):
    """`zone`: the name of the zone of texts that name none."""
    if len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST:
        return None
    if DIGITS.fullmatch(text):
        return from_decimal(Decimal(text))
    for form in TEXTS:
        match = form.fullmatch(text)
        if match is not None:
            return _from_parts(match.groupdict(), zone)
    return None


def _from_parts(parts, zone):
    year, day, hour, minute = (int(parts[name]) for name in ("year", "day", "hour", "minute"))
    month = int(parts["month"]) if parts.get("month") else MONTHS.get(parts["named"], 0)
    second, ms = int(parts["second"] or 0), int((parts["part"] or "")[:3].ljust(3, "0"))
    if year < 1970 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    if parts["zone"] is None:
        if zone is None:
            return None
        # fold=0: of an hour that comes twice the first; one that never was is read with the offset from before.
        local = datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo(zone), fold=0)
        shift = local.utcoffset().total_seconds()
    elif parts["zone"][0] in "+-":
        digits = parts["zone"][1:].replace(":", "").ljust(4, "0")
        zone_hour, zone_minute = int(digits[:2]), int(digits[2:])
        if zone_hour > 23 or zone_minute > 59:
            return None
        shift = (zone_hour * 3600 + zone_minute * 60) * (-1 if parts["zone"][0] == "-" else 1)
    else:
        shift = 0
    at = (calendar.timegm((year, month, day, hour, minute, second)) - int(shift)) * 1000 + ms
    return at if at >= 0 else None
