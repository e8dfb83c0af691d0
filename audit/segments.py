"""A log on disk: `<dir>/<topic>-<partition>/<20 digits>.log`, each file record batches one after the other."""
import mmap
import os
import re
import struct

from batches import ABORT, COMMIT, HEADER_BYTES, LENGTH_ENDS_AT, Batch
from faults import CannotRecount

SEGMENT = re.compile(r"[0-9]{20}\.log")


class SegmentLog:
    """Gives the records of a partition as `read_committed` sees them."""

    sees_markers = True

    def __init__(self, folder):
        if not os.path.isdir(folder):
            raise CannotRecount(f"there is no log folder {folder}")
        self.folder = folder

    def partitions(self, topic):
        found = (re.fullmatch(re.escape(topic) + "-([0-9]+)", name) for name in os.listdir(self.folder))
        return sorted(int(match.group(1)) for match in found if match)

    def open(self, topic, partition):
        return SegmentPartition(os.path.join(self.folder, f"{topic}-{partition}"))


class SegmentPartition:
    """One partition: `start` and `end` offsets, `torn` (bytes of a half-written last batch), and its records."""

    def __init__(self, folder):
        self.torn = 0
        self.batches = self._read(folder)
        self.start = self.batches[0].base if self.batches else None
        self.end = self.batches[-1].last + 1 if self.batches else 0
        self.fate = _fates(self.batches)

    def _read(self, folder):
        names = sorted(name for name in os.listdir(folder) if SEGMENT.fullmatch(name))
        batches = []
        for name in names:
            path, last_file = os.path.join(folder, name), name == names[-1]
            batches.extend(self._segment(path, last_file))
        for before, after in zip(batches, batches[1:]):
            if after.base <= before.last:
                raise CannotRecount(f"{folder}: the batch at offset {after.base} follows one that ends at {before.last}")
        return batches

    def _segment(self, path, last_file):
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                return
            data, at = memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)), 0
        while at < size:
            end = at + LENGTH_ENDS_AT + struct.unpack_from(">i", data, at + 8)[0] if at + LENGTH_ENDS_AT <= size else size + 1
            whole = at + HEADER_BYTES <= end <= size
            batch = Batch(data[at:end]) if whole else None
            if batch is None or not batch.intact():
                if last_file and end >= size:
                    self.torn = size - at
                    return
                raise CannotRecount(f"{path}: the batch at byte {at} is {'damaged (checksum)' if batch else 'cut'} and others follow it")
            yield batch
            at = end

    def records(self):
        """
        Yields in offset order `("data", offset, ts, key, value, headers)`, and for what is no producer's record
        `("control" | "aborted" | "open", offset, ts, None, None, None)`, one for each offset of the batch.
        """
        for batch, fate in zip(self.batches, self.fate):
            if fate == "data":
                for record in batch.records():
                    yield ("data",) + record
            else:
                for offset in range(batch.base, batch.last + 1):
                    yield fate, offset, batch.max_ts, None, None, None


def _fates(batches):
    """What each batch turned out to be. A transaction's batches wait for the marker of their producer."""
    fates, waiting = [], {}
    for index, batch in enumerate(batches):
        if batch.control:
            fates.append("control")
            marker = batch.marker()
            if marker in (ABORT, COMMIT):
                for earlier in waiting.pop(batch.producer_id, ()):
                    fates[earlier] = "aborted" if marker == ABORT else "data"
        elif batch.transactional:
            fates.append("open")
            waiting.setdefault(batch.producer_id, []).append(index)
        else:
            fates.append("data")
    return fates
