"""
Whether everything that was counted is still known: sources without a catalog, generations that no catalog names, topics that a worker has read and
no source of the store counts. What a lost catalog leaves behind is keys and commits of its group; either is a difference.
"""
import json
import os
import re
import struct

from faults import CannotRecount
from findings import EXTRA, MISSING

GROUP = re.compile(r"tidemark-(?P<source>.+)-g(?P<generation>[0-9]+)")


def missed(sources, orphans, committed, wanted, topics, findings):
    """
    `sources`: name -> topic, of all that have a catalog. `orphans`: source -> number of keys, of those that have none. `committed`: (source, topic) of
    the groups that a log knows. `wanted`: sources or topics that must be there. `topics`: those that were given to be recounted, or none.
    """
    counted = set(sources.values())
    for name, keys in sorted(orphans.items()):
        findings.differ(EXTRA, _where(name, "catalog"), "a catalog", f"none, and {keys} keys of this source")
    for name, topic in sorted(committed):
        if name not in sources and name not in orphans:
            findings.differ(MISSING, _where(name, "catalog"), f"a source that counts the topic {topic}: a worker has read it", None)
    for name in wanted:
        if name not in sources and name not in counted:
            findings.differ(MISSING, _where(name, "catalog"), "a source or topic of this name", f"sources {', '.join(sorted(sources)) or '(none)'}")
    for topic in sorted(set(topics) - counted):
        findings.differ(MISSING, _where(topic, "catalog"), f"a source that counts the topic {topic}", None)


def _where(name, key):
    return {"source": name, "partition": "?", "key": key}


def groups_of(folder):
    """`{(source, topic)}` by the commits of Tidemark's groups: of an embedded broker's file, or of the topic that Apache Kafka keeps them in."""
    found = {}
    path = os.path.join(folder, "committed-offsets.jsonl")
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    group, topic, _partition, *offset = json.loads(line)
                    found[group, topic] = bool(offset)
                except (ValueError, TypeError):
                    continue  # a torn line was never acknowledged
    return {(match["source"], topic) for (group, topic), there in found.items() if there and (match := GROUP.fullmatch(group))}


def groups_of_kafka(log):
    """The same of `__consumer_offsets`, whose newest record of a group and topic counts; it is compacted, and read as far as it can be."""
    found = {}
    for partition in log.partitions("__consumer_offsets"):
        try:
            for kind, _offset, _ts, key, value, _headers in log.open("__consumer_offsets", partition).records():
                place = _commit_key(key) if kind == "data" and key else None
                if place is not None:
                    found[place] = value is not None
        except (CannotRecount, struct.error):
            continue
    return {(match["source"], topic) for (group, topic, _partition), there in found.items() if there and (match := GROUP.fullmatch(group))}


def _commit_key(key):
    """`(group, topic, partition)`; None where the record is of another kind."""
    if struct.unpack_from(">h", key)[0] not in (0, 1):
        return None
    texts, at = [], 2
    for _ in range(2):
        size = struct.unpack_from(">h", key, at)[0]
        texts.append(key[at + 2:at + 2 + size].decode("utf-8", "replace"))
        at += 2 + size
    return texts[0], texts[1], struct.unpack_from(">i", key, at)[0]
