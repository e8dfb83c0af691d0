"""Numbers as they change, with nothing but Python's standard library.  python3 watch.py http://127.0.0.1:4400 clicks.events [COUNT]"""
import json, sys, urllib.parse, urllib.request

base, metric, most = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None
query = "series?" + urllib.parse.urlencode({"metric": metric, "from": "now-15m", "interval": "1m"})
points, shown = {}, 0
with urllib.request.urlopen(f"{base}/v1/live?" + urllib.parse.urlencode({"q": query}), timeout=15) as stream:
    event = ""
    for line in stream:  # `event: NAME`, `data: JSON`, and a blank line after each frame
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            event = value
        elif name == "data" and event == "error":
            sys.exit(json.loads(value)["problem"]["detail"])
        elif name == "data" and event in ("reset", "patch"):
            frame = json.loads(value)
            if event == "reset":  # the whole answer
                answer = frame["answer"]
                points, news, meta = {}, [(answer["timesMs"], answer["series"][0]["values"])], answer["meta"]
            else:  # what changed: new points, and older ones that a late event revised
                points = {at: one for at, one in points.items() if frame["dropBeforeMs"] <= at < min(frame["timesMs"], default=2**63)}
                news, meta = [(frame["timesMs"], frame["values"][0])], frame["meta"]
                news += [([one["timeMs"]], [one["is"]]) for one in frame.get("revised", []) if one["column"] == 0]
            for times, values in news:
                points.update(zip(times, values))
            print(json.dumps({"total": sum(one or 0 for one in points.values()), "asOfMs": meta["asOfMs"], "complete": meta["complete"]}), flush=True)
            shown += 1
            if shown == most:
                break
