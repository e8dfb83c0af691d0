"""Where a partition stands, its ledgers, and presence: recounted against stored."""
from findings import DIFFERENT, EXTRA, MISSING, shown
from javascript import stringify, utf8
from joined import compare_tables
from keys import DAY_MS
from readings import compare_readings

OFFSETS = ("data", "control", "aborted", "compacted", "skipped")
EVENTS = ("counted", "late", "rejected", "duplicate")


def number(pos, field):
    """A decimal number of pos; None where it is absent, the text itself where it is no number."""
    text = pos.get(field.encode())
    if text is None:
        return None
    return int(text) if text.lstrip(b"-").isdigit() else shown(text)


def compare_pos(source, partition, fold, keys, definition_hash, sees_markers, findings):
    pos = keys["pos"]

    def same(field, expected, found):
        findings.checked["pos"] += 1
        findings.same({"source": source.name, "partition": partition, "key": "pos", "name": field}, expected, found)

    def stored(field):
        return number(pos, field) or 0

    same("topic", source.topic, shown(pos.get(b"topic")))
    if definition_hash is not None:
        same("def", definition_hash, shown(pos.get(b"def")))
    same("since", fold.clock.since(), number(pos, "since"))
    same("logClock", fold.clock.now, number(pos, "logClock"))
    same("newest", fold.clock.newest, number(pos, "newest"))
    same("ahead", fold.clock.ahead, stored("ahead"))
    if fold.last_offset is not None:
        same("clock", fold.clock.text(), pos.get(b"clock", b"").decode("utf-8", "replace"))
    if fold.last_offset is not None:
        same("lastTs", fold.last_ts, number(pos, "lastTs"))
        same("lastOffset", fold.last_offset, number(pos, "lastOffset"))
    if sees_markers:
        for each in OFFSETS:
            same(f"o:{each}", fold.offsets[each], stored(f"o:{each}"))
    else:
        same("o:data", fold.offsets["data"], stored("o:data"))
        same("o:control + o:aborted + o:compacted", fold.offsets["compacted"], sum(stored(f"o:{each}") for each in OFFSETS[1:4]))
        same("o:skipped", fold.offsets["skipped"], stored("o:skipped"))
    same("sum of o:*", fold.next - fold.first, sum(stored(f"o:{each}") for each in OFFSETS))
    for each in EVENTS:
        same(f"e:{each}", fold.events[each], stored(f"e:{each}"))
    if source.entity_budget is not None:
        for each in ("entities", "values"):
            same(f"over:{each}", fold.over[each], stored(f"over:{each}"))
    if source.id is not None:
        same("over:ids", fold.over["ids"], stored("over:ids"))
        compare_ids(source, partition, fold, keys, findings)
    if fold.readings:
        for each in ("series", "readings"):
            same(f"over:{each}", sum(readings.over[each] for readings in fold.readings), stored(f"over:{each}"))
    compare_readings(source, partition, fold, keys, findings)
    compare_tables(source, fold, pos, same)
    for interval in source.intervals:
        same(f"late:{interval.name}", fold.late[interval.name], stored(f"late:{interval.name}"))


def compare_ids(source, partition, fold, keys, findings):
    """`i:*`: every id that is remembered, in the order in which they came, and no others."""
    fold.ids.forget(fold.clock.now)
    expected = {f"i:{bucket}": b"".join(digests) for bucket, digests in fold.ids.buckets.items()}
    found = {suffix: b"".join(fields[name] for name in sorted(fields, key=int)) for suffix, fields in keys.items() if suffix.startswith("i:")}
    for suffix in sorted(set(expected) | set(found)):
        findings.checked["ids"] += 1
        if expected.get(suffix) != found.get(suffix):
            where = {"source": source.name, "partition": partition, "key": suffix}
            kind = MISSING if suffix not in found else EXTRA if suffix not in expected else DIFFERENT
            findings.differ(kind, where, f"{len(expected.get(suffix, b'')) // 16} ids", f"{len(found.get(suffix, b'')) // 16} ids")


def compare_presence(source, partition, fold, stored, findings):
    """`seen` and `last`: each entity's latest event, each of its latest values; what is forgotten may linger, as it was. `living`: how many of a day."""
    if source.forget_days is not None and fold.clock.now is not None:
        for each in (fold.seen, fold.last):
            each.day(fold.clock.now // DAY_MS - source.forget_days)
    for key, living, spelled in (("seen", fold.seen, lambda value: b"%d" % value[0]), ("last", fold.last, lambda value: utf8(stringify(list(value))))):
        found = stored.get(key, {})
        expected = {name: spelled(value) for name, value in living.held.items()}
        for name in sorted(expected.keys() | found.keys()):
            where = {"source": source.name, "partition": partition, "key": key, "name": shown(name)}
            if name not in expected and name in living.past and spelled(living.past[name]) == found[name]:
                continue
            findings.same(where, expected.get(name), found.get(name))
        findings.checked[key] += len(expected)
    if source.entity_budget is None:
        return
    counts = {f"{letter}:{day}".encode(): b"%d" % count for letter, living in (("s", fold.seen), ("l", fold.last)) for day, count in living.counts().items()}
    found = stored.get("living", {})
    for name in sorted(counts.keys() | found.keys()):
        if name not in counts and int(name.partition(b":")[2]) < (fold.seen.first_day or 0):
            continue  # its day is past, and no event came since
        findings.same({"source": source.name, "partition": partition, "key": "living", "name": shown(name)}, counts.get(name), found.get(name))
