"""Numbers as they change, with nothing but Python's standard library.  python3 watch.py http://127.0.0.1:4400 clicks.events [COUNT]"""
import itertools, json, sys, urllib.parse, urllib.request

base, metric, most = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None
query = "series?" + urllib.parse.urlencode({"metric": metric, "from": "now-15m", "interval": "1m"})
stream = urllib.request.urlopen(f"{base}/v1/live?" + urllib.parse.urlencode({"q": query}), timeout=15)
points = {}
for frame in itertools.islice((json.loads(line[6:]) for line in stream if line.startswith(b'data: {"q"')), most):
    if "problem" in frame:
        sys.exit(frame["problem"]["detail"])
    news = frame.get("answer", frame)  # the whole answer, or what changed: the newest points, and older ones that a late event revised
    points = {at: one for at, one in points.items() if news is frame and frame["dropBeforeMs"] <= at < min(frame["timesMs"], default=2**63)}
    points.update(zip(news["timesMs"], news["series"][0]["values"] if "series" in news else news["values"][0]))
    points.update((one["timeMs"], one["is"]) for one in frame.get("revised", []) if one["column"] == 0)
    print(json.dumps({"total": sum(one or 0 for one in points.values()), "asOfMs": news["meta"]["asOfMs"], "complete": news["meta"]["complete"]}), flush=True)
