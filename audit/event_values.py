"""What an event has for a metric, and for the names of a breakdown."""
from decimal_units import units
from definition import holds


def value_of(metric, values):
    """What an event has for a metric; None where its conditions do not hold, or the field is absent."""
    if metric.where and not holds(metric.where, values):
        return None
    value = 1 if metric.field is None else values[metric.field]
    return value if value is None or metric.decimals is None else units(value, metric.decimals)


def tuples_of(values):
    """One tuple for each value of the one list among them."""
    at = next((at for at, value in enumerate(values) if type(value) is tuple), None)
    if at is None:
        return [tuple(values)]
    return [(*values[:at], each, *values[at + 1:]) for each in values[at]]
