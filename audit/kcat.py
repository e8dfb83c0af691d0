"""A log as `kcat -C -J -e -X isolation.level=read_committed` prints it: one JSON envelope a line. For real Kafka clusters."""
import json
import sys

from faults import CannotRecount
from skips import inside


class KcatLog:
    """What kcat does not print (transaction markers, aborted and compacted records) shows as gaps in the offsets."""

    sees_markers = False

    def __init__(self, path):
        self.topics = {}
        try:
            with sys.stdin.buffer if path == "-" else open(path, "rb") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        self._take(line, number)
        except OSError as error:
            raise CannotRecount(f"cannot read {path}: {error}")
        for partitions in self.topics.values():
            for records in partitions.values():
                records.sort(key=lambda record: record[1])

    def _take(self, line, number):
        try:
            # Bytes that are not UTF-8 pass through kcat as they are; surrogateescape carries them here and back.
            envelope = json.loads(line.decode("utf-8", "surrogateescape"))
            topic, partition, offset = envelope["topic"], envelope["partition"], envelope["offset"]
            flat = [_bytes(text) for text in envelope.get("headers") or []]
            record = ("data", offset, envelope["ts"], _bytes(envelope.get("key")), _bytes(envelope.get("payload")),
                      list(zip(flat[::2], flat[1::2])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotRecount(f"line {number} is no envelope of `kcat -J`: {error!r}")
        self.topics.setdefault(topic, {}).setdefault(partition, []).append(record)

    def partitions(self, topic):
        return sorted(self.topics.get(topic, {}))

    def open(self, topic, partition):
        return KcatPartition(self.topics[topic][partition])


class KcatPartition:
    torn = 0

    def __init__(self, records):
        self._records = records
        self.start = records[0][1] if records else None
        self.end = records[-1][1] + 1 if records else 0

    def records(self, skips=()):
        return (record for record in self._records if not inside(skips, record[1]))


def _bytes(text):
    return None if text is None else text.encode("utf-8", "surrogateescape")
