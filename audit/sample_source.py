"""For tests: a small source as the catalog keeps it, and the shortest way to fold a few values with it."""
import json

from definition import Source
from rules import Partition

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
T0 = 1_700_000_040_000  # 2023-11-14T22:14:00Z: day 19675, minute 28333334, hour 472222

PLAIN = {
    "name": "clicks", "topic": "web", "key": "visitor", "time": "ts",
    "fields": [
        {"name": "path", "type": "string", "optional": True},
        {"name": "visitor", "type": "string", "optional": False},
        {"name": "amount", "type": "number", "optional": True},
    ],
    "breakdowns": [{"name": "all", "fields": []}, {"name": "path", "fields": ["path"]}],
    "metrics": [
        {"kind": "count", "name": "events", "where": []},
        {"kind": "sum", "name": "home", "field": "amount", "decimals": 2, "rank": ["path"],
         "where": [{"field": "path", "op": "is", "values": ["/", "/home"]}]},
        {"kind": "stats", "name": "spread", "field": "amount", "decimals": 1, "where": [{"field": "path", "op": "not", "values": ["/x"]}]},
    ],
    "intervals": [{"name": "1m", "ms": MINUTE, "keepMs": 10 * MINUTE}, {"name": "1h", "ms": HOUR, "keepMs": 2 * HOUR}],
    "futureMs": MINUTE, "budget": 2,
    "entity": {"onlineMs": 2 * MINUTE, "last": {"by": "path", "of": ["amount", "visitor"]}},
}


def fold(values, plain=PLAIN, ts=None, watched=frozenset()):
    """Folds record values (bytes, or anything JSON) as offsets 0, 1, 2 ...; Kafka timestamps far ahead unless given."""
    partition = Partition(Source(plain), 0, watched)
    for offset, value in enumerate(values):
        value = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
        partition.take("data", offset, T0 + 400 * DAY if ts is None else ts, None, value, [])
    return partition


def event(at_ms=T0, visitor="v", **more):
    return {"ts": at_ms, "visitor": visitor, **more}
