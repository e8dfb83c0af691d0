"""One question, with nothing but Python's standard library.  python3 query.py http://127.0.0.1:4400 clicks.events country"""
import json, sys, urllib.error, urllib.parse, urllib.request

base, metric, by = sys.argv[1:4]
query = urllib.parse.urlencode({"metric": metric, "by": by, "from": "now-1h", "limit": 5})
try:
    with urllib.request.urlopen(f"{base}/v1/top?{query}", timeout=30) as response:
        answer = json.load(response)
except urllib.error.HTTPError as error:  # application/problem+json says what is wrong, and where
    sys.exit(json.load(error)["detail"])
for row in answer["rows"]:
    print(row["labels"][by] if row["labels"][by] is not None else "(none)", row["value"], sep="\t")
meta = answer["meta"]
print(f"# {meta['topic']} up to {meta['vector']}, complete {meta['complete']}, from {meta['from']}")
