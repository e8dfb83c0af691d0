"""
The kinds of metrics, each by its rule in docs/measures.md. A module has:
INPUT       what it takes of its field: None, "number" (in units of 10^-decimals) or "text"
STATISTICS  the names by which answers are asked; one alone is asked for without its name
ROUNDED     of these, those that are rounded on the way
BLANK       what a cell without events has; never changed in place
add(state, value, place)     one event; place: (time, offset, index in the record). Answers the new state
merge(a, b)                  both together; neither is changed
pack(state, out), unpack(reader)
read(state, statistic, decimals)   None where there is nothing to say
words(state)                 for findings
buckets(state, decimals)     where it has a histogram: [(from, to, count), ...]
One that goes by series has, in place of `add`:
value_of(value, series)      what is remembered of an event
step(first, second, ms, series)    what the step from one reading to the next adds: [(window of ms, reading whose names it has, state), ...]
merge(a, b, times)           times -1 takes b back
"""
from . import count, counter, first, last, quantiles, stats, sum, time_in_state, uniques

MEASURES = {"count": count, "sum": sum, "stats": stats, "quantiles": quantiles, "uniques": uniques, "first": first, "last": last,
            "counter": counter, "time_in_state": time_in_state}
