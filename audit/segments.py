"""A log on disk: `<dir>/<topic>-<partition>/<20 digits>.log`, each file record batches one after the other."""
import mmap
import os
import re
import struct

from batches import ABORT, COMMIT, HEADER_BYTES, LENGTH_ENDS_AT, Batch, InflatedTooLarge
from faults import CannotRecount
from skips import covered, inside

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

    def records(self, skips=()):
        """
        Yields in offset order `("data", offset, ts, key, value, headers)`, and for what is no producer's record
        `("control" | "aborted" | "open", offset, ts, None, None, None)`, one for each offset of the batch. A batch that inflates too
        far is one `("bomb", last offset, ts, first offset, None, None)`. What lies in `skips` is left out, be it readable or not.
        """
        for batch, fate in zip(self.batches, self.fate):
            if fate == "data":
                yield from self._data(batch, skips)
            else:
                for offset in (each for each in range(batch.base, batch.last + 1) if not inside(skips, each)):
                    yield fate, offset, batch.max_ts, None, None, None

    @staticmethod
    def _data(batch, skips):
        at = batch.base
        if covered(skips, at, batch.last + 1):
            return
        try:
            for record in batch.records():
                if not inside(skips, record[0]):
                    yield ("data",) + record
                at = record[0] + 1
        except InflatedTooLarge:
            yield "bomb", batch.last, batch.max_ts, batch.base, None, None
        except CannotRecount:
            if not covered(skips, at, batch.last + 1):
                raise


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
