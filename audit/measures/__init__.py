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
"""
from . import count, first, last, quantiles, stats, sum, uniques

MEASURES = {"count": count, "sum": sum, "stats": stats, "quantiles": quantiles, "uniques": uniques, "first": first, "last": last}
