"""Decodes records as the recount does. In: JSON of sources and records; out: JSON of what became of each. For twin.test.ts."""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "audit"))

from decode import Record, Reject, judged  # noqa: E402
from definition import Source  # noqa: E402


def data(text):
    return None if text is None else base64.b64decode(text)


def outcome(source, value, ts, key, headers):
    try:
        events, refused = judged(source, data(value), Record(ts, data(key), [(name.encode(), data(head)) for name, head in headers]))
    except Reject as reject:
        return {"reject": [reject.args[0], reject.events]}
    return {"events": [[at, values] for at, values, *_ in events], "refused": [[row.row, row.reason] for row in refused]}


given = json.load(sys.stdin)
sources = [Source(plain) for plain in given["sources"]]
json.dump([outcome(sources[index], *rest) for index, *rest in given["records"]], sys.stdout)
