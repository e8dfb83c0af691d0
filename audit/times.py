"""Event times: a number whose magnitude tells its unit, or a text. All answers in ms since 1970 (UTC), cut, never rounded; None where it is no time."""
import calendar
import re
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

EXACT = Context(prec=400, rounding=ROUND_FLOOR)
# from (included), to (excluded), and by which power of ten the number is to be moved to be ms
UNITS = ((10 ** 8, 10 ** 11, 3), (10 ** 11, 10 ** 14, 0), (10 ** 14, 10 ** 17, -3), (10 ** 18, 10 ** 20, -6))
EARLIEST = 10 ** 11  # ms: the least that a number can say; what is before was sent by a clock that is not set
DIGITS = re.compile(r"[0-9]{1,40}(?:[.,][0-9]+)?")
POWERS = re.compile(r"[0-9]{1,40}(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
DOTNET = re.compile(r"/Date\(([0-9]{12,14})(?:[+-][0-9]{4})?\)/")
NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
MONTHS = {name: number for number, long in enumerate(NAMES, 1) for name in (long, long[:3])}
MONTHS["sept"] = 9
LAST = 253402300800000  # where the year 10000 begins
DAY = 86400

OFFSET = r"[+\u2212-](?:[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?|[0-9]:[0-9]{2})"
ZONE = r"(?P<zone>[+-]00:?00Z|" + OFFSET + r"|(?:UTC|GMT)[+-][0-9]{1,2}(?::?[0-9]{2})?|Z|UTC|UT|GMT)"
SHIFT = re.compile(r"(?:UTC|GMT)?(?P<sign>[+\u2212-])(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?:?(?P<seconds>[0-9]{2})?Z?", re.ASCII | re.IGNORECASE)
NAME_OF_ZONE = r"(?: [A-Z]{1,5}| \([^()]{0,99}\)| [+-][0-9]{2}(?:[0-9]{2})?|(?:\[!?[A-Za-z0-9_+/:=.-]{1,64}\]){1,4})?(?: m=[+-][0-9]+\.[0-9]+)?"
BEHIND = "(?: ?" + ZONE + NAME_OF_ZONE + ")?"
PART = r"(?:[.,](?P<part>[0-9]+))?"
HALF = r"(?:[ \u202f]?(?P<half>[ap])\.?m\.?)?"
MINUTES = r":(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})" + PART + ")?" + HALF
CLOCK = "(?P<hour>[0-9]{1,2})" + MINUTES
# ISO 8601 lets a comma part the last unit that is written, whichever it is
ISO_CLOCK = "(?P<hour>[0-9]{1,2})(?:" + MINUTES + "|:(?P<whole>[0-9]{2}),(?P<minutes>[0-9]+)|,(?P<hours>[0-9]+))?"
BARE_CLOCK = r"(?P<hour>[0-9]{2})(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})" + PART + "|,(?P<minutes>[0-9]+))?|,(?P<hours>[0-9]+))?"
MONTH = r"(?P<named>[A-Za-z]{3,9})\.?"
WEEKDAY = "(?:[A-Z]{3,9},? {1,2})?"
DAY_OF_MONTH = "(?P<day>[ 0-9]?[0-9])"
YEAR = r"(?P<year>[0-9]{4})"
CALENDAR = (r"(?P<between>[-./:])(?P<month>[0-9]{1,2})(?P=between)(?P<day>[0-9]{1,2})", r"-W(?P<week>[0-9]{2})-(?P<weekday>[1-7])", r"-(?P<yearday>[0-9]{3})")
BARE_CALENDAR = (r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})", r"W(?P<week>[0-9]{2})(?P<weekday>[1-7])", r"(?P<yearday>[0-9]{3})")
TEXTS = [re.compile(text, re.ASCII | re.IGNORECASE) for text in (
    *(WEEKDAY + YEAR + form + "[T ]" + clock + BEHIND for form in CALENDAR + BARE_CALENDAR for clock in (ISO_CLOCK, BARE_CLOCK)),
    YEAR + BARE_CALENDAR[0] + "-" + CLOCK + BEHIND,
    YEAR + BARE_CALENDAR[0] + r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})" + PART + " ?" + ZONE,
    YEAR + r"-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})-(?P<hour>[0-9]{2})\.(?P<minute>[0-9]{2})\.(?P<second>[0-9]{2})" + PART + BEHIND,
    YEAR + "(?P<between>[- ])" + MONTH + "(?P=between)" + DAY_OF_MONTH + "[T ]" + CLOCK + BEHIND,
    WEEKDAY + r"(?P<day>[0-9]{1,2})(?P<between>[- ])" + MONTH + "(?P=between)" + YEAR + "(?:,| at)? " + CLOCK + BEHIND,
    r"(?P<day>[0-9]{1,2})(?P<between>/?)" + MONTH + "(?P=between)" + YEAR + "[: ]" + CLOCK + BEHIND,
    WEEKDAY + DAY_OF_MONTH + " " + MONTH + " " + CLOCK + "(?: " + ZONE + ")? " + YEAR,
    WEEKDAY + MONTH + " " + DAY_OF_MONTH + ",? " + YEAR + "(?:,| at)? " + CLOCK + BEHIND,
    WEEKDAY + MONTH + " " + DAY_OF_MONTH + " " + CLOCK + "(?: " + ZONE + ")? " + YEAR,
    WEEKDAY + MONTH + " " + DAY_OF_MONTH + " " + CLOCK + " " + YEAR + " " + ZONE,
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
    if DIGITS.fullmatch(text) or POWERS.fullmatch(text):
        return from_decimal(Decimal(text.replace(",", ".")))
    match = DOTNET.fullmatch(text)
    if match is not None:
        return int(match.group(1))
    bare = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    for form in TEXTS:
        match = form.fullmatch(bare)
        if match is not None:
            return _from_parts(match.groupdict(), zone)
    return None


def _from_parts(parts, zone):
    day = _day_of(parts)
    hour, minute, second = int(parts["hour"]), int(parts.get("whole") or parts.get("minute") or 0), int(parts.get("second") or 0)
    if parts.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts["half"] in "pP" else 0)
    rest = _rest_of(parts)
    ends_day = hour == 24 and minute == 0 and second == 0 and rest == 0
    if day is None or not (ends_day or hour < 24 and minute < 60 and second <= 60):
        return None
    local = day + hour * 3600 + minute * 60 + second
    if local * 1000 >= LAST:
        return None
    shift = _shift(parts["zone"], local, zone)
    if shift is None or local < shift or second == 60 and (local - shift) % DAY:
        return None  # a leap second is the last of a day of UTC, and the instant at which the next one begins
    return (local - shift) * 1000 + rest.numerator // rest.denominator


def _rest_of(parts):
    """What stands behind the last unit, in ms."""
    for name, unit in (("part", 1000), ("minutes", 60000), ("hours", 3600000)):
        if parts.get(name):
            return Fraction(int(parts[name]) * unit, 10 ** len(parts[name]))
    return Fraction(0)


def _day_of(parts):
    """Midnight of the date as if it were of UTC, in seconds; None where it is none, or one before 1970."""
    year = int(parts["year"])
    if year < 1970:
        return None
    try:
        if parts.get("week"):
            day = date.fromisocalendar(year, int(parts["week"]), int(parts["weekday"]))
        elif parts.get("yearday"):
            day = date(year, 1, 1) + timedelta(int(parts["yearday"]) - 1)
            if day.year != year:
                return None
        else:
            month = int(parts["month"]) if parts.get("month") else MONTHS.get(parts["named"].lower(), 0)
            day = date(year, month, int(parts["day"]))
    except (ValueError, OverflowError):
        return None
    return calendar.timegm(day.timetuple())


def _shift(named, local, zone):
    """How far the text's clock is ahead of UTC, in seconds; None where nobody says."""
    if named is None:
        # fold=0: of an hour that comes twice the first; one that never was is read with the offset from before.
        at = datetime(1970, 1, 1) + timedelta(seconds=local)
        return None if zone is None else int(at.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset().total_seconds())
    shift = SHIFT.fullmatch(named)
    if shift is None:
        return 0
    hours, minutes, seconds = (int(shift[part] or 0) for part in ("hours", "minutes", "seconds"))
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return (hours * 3600 + minutes * 60 + seconds) * (1 if shift["sign"] == "+" else -1)
