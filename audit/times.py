"""Event times: a number whose magnitude tells its unit, or an ISO 8601 text with its zone. All answers in ms since 1970 (UTC)."""
import calendar
import math
import re
from decimal import Decimal

TEXT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))")
# from (included), to (excluded), and how a number of that unit becomes ms
UNITS = ((1e8, 1e11, lambda s: s * 1000), (1e11, 1e14, lambda ms: ms), (1e14, 1e17, lambda us: us / 1000), (1e17, 1e20, lambda ns: ns / 1000000))


def from_number(number):
    """None where the magnitude fits no unit."""
    for low, high, to_ms in UNITS:
        if low <= number < high:
            return math.floor(to_ms(number))
    return None


def from_long(number):
    """The same of a number past 2^53, by its digits: microseconds and nanoseconds."""
    if not 2 ** 53 <= number < 2e20:
        return from_number(number)
    whole = int(Decimal(number.text))
    if whole < 10 ** 17:
        return whole // 1000
    return whole // 1000000 if whole < 10 ** 20 else None


def from_text(text):
    """None where the text is no time with a zone, no real date, or before 1970."""
    match = TEXT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    second = int(match.group(6) or 0)
    ms = int((match.group(7) or "")[:3].ljust(3, "0"))
    zone_hour, zone_minute = int(match.group(9) or 0), int(match.group(10) or 0)
    if year < 1970 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    if hour > 23 or minute > 59 or second > 59 or zone_hour > 23 or zone_minute > 59:
        return None
    shift = (zone_hour * 60 + zone_minute) * (-1 if match.group(8) == "-" else 1)
    at = (calendar.timegm((year, month, day, hour, minute, second)) - shift * 60) * 1000 + ms
    return at if at >= 0 else None
