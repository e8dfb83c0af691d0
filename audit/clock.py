"""The log clock of a partition and since when its log says all (docs/store.md, rules 8 and 10): what no single key can move."""
import json

from javascript import number_text

HOUR, DAY = 3_600_000, 86_400_000
LEAD_UP = 300_000  # a history that leads up to when the log began
KEYS, FORGOTTEN, ALONE, DATING, WITNESSES = 8, 1024, 16, 15, 8


def key_hash(key):
    """FNV-1a, 32 bits, over UTF-16 code units; 0 where there is no key."""
    if key is None:
        return 0
    units = (key if isinstance(key, str) else number_text(key)).encode("utf-16-le", "surrogatepass")
    value = 0x811C9DC5
    for at in range(0, len(units), 2):
        value = (value ^ (units[at] | units[at + 1] << 8)) * 0x01000193 & 0xFFFFFFFF
    return value


class Heard:
    def __init__(self, key, at):
        self.key, self.at, self.number, self.ahead, self.witnesses = key, at, 0, 0, 0


class Clock:
    def __init__(self, future_ms, from_the_beginning):
        self.future_ms, self.from_the_beginning = future_ms, from_the_beginning
        self.now = self.newest = None
        self.counted = self.ahead = 0
        self.keys = []  # heard last comes last
        self.alone = []  # times of the block under way
        self.run = None  # [start, last, how many, up to 16]
        self.arrivals, self.begun, self.lived_since = [], None, None
        self._hashes = {}

    def hear(self, key, at):
        """One counted event."""
        self.counted += 1
        self.newest = at if self.newest is None else max(self.newest, at)
        one = self._move_to_end(self._hash(key), at)
        self._judge(one, at)
        one.at, one.number = at, self.counted
        if len(self.keys) == 1:
            self._hear_alone(at)
        else:
            self.alone = []
            times = sorted(each.at for each in self.keys)
            self._live(times[len(times) // 2])
            self._raise(times[(len(times) - 1) // 2])
        for each in self.keys:
            if self.now is not None and each.at <= self.now + self.future_ms:
                each.ahead = each.witnesses = 0

    def arrive(self, at):
        """One data record, at its Kafka timestamp or, without one, the time of its first event."""
        if at is None or self.begun is not None:
            return
        self.arrivals.append(at)
        if len(self.arrivals) == DATING:
            self.begun, self.arrivals = self._begun_at(), []

    def since(self):
        known = [self._begun_at()] + ([self.lived_since] if self.from_the_beginning else [])
        known = [at for at in known if at is not None]
        return min(known) if known else None

    def text(self):
        """As `pos` keeps it."""
        return json.dumps([[[one.key, one.at, one.number, one.ahead, one.witnesses] for one in self.keys],
                           [len(self.alone), min(self.alone) if self.alone else None], self.run, self.arrivals, self.begun, self.lived_since],
                          separators=(",", ":"))

    def _hash(self, key):
        if key not in self._hashes:
            if len(self._hashes) > 100_000:
                self._hashes.clear()
            self._hashes[key] = key_hash(key)
        return self._hashes[key]

    def _move_to_end(self, key, at):
        one = next((each for each in self.keys if each.key == key), None)
        if one is None:
            one = Heard(key, at)
        else:
            self.keys.remove(one)
        self.keys.append(one)
        while len(self.keys) > 1 and (len(self.keys) > KEYS or self.counted - self.keys[0].number > FORGOTTEN):
            self.ahead += self.keys.pop(0).ahead
        return one

    def _judge(self, one, at):
        if self.now is None or at > self.now + self.future_ms:
            if one.ahead > 0 and one.at - at > DAY:
                self._settle(one)
                one.witnesses = 0
            one.ahead += 1
            if one.witnesses >= WITNESSES:
                self._settle(one)
            return
        self._settle(one)
        one.witnesses = 0
        for other in self.keys:
            if other is not one and (other.ahead or other.witnesses):
                other.witnesses = min(other.witnesses + 1, WITNESSES)
                if other.witnesses == WITNESSES:
                    self._settle(other)

    def _settle(self, one):
        self.ahead += one.ahead
        one.ahead = 0

    def _hear_alone(self, at):
        self._live(at)
        self.alone.append(at)
        if len(self.alone) < ALONE:
            return
        least, self.alone = min(self.alone), []
        if self.now is not None and least - self.now <= DAY or least - self.run[0] >= DAY:
            self._raise(least)

    def _raise(self, at):
        self.now = at if self.now is None else max(self.now, at)

    def _live(self, at):
        run, begun = self.run, self._begun_at()
        leaps = run is None or at < run[0] - DAY or at > run[1] + DAY
        arrives = run is not None and begun is not None and run[2] < ALONE and at > run[1] + HOUR and at >= begun - HOUR
        if leaps or arrives:
            run = self.run = [at, at, 0]
        run[1] = max(run[1], at)
        run[2] = min(run[2] + 1, ALONE)
        history = LEAD_UP if begun is not None and run[0] >= begun - DAY else HOUR
        if run[2] == ALONE and run[1] - run[0] >= history:
            self.lived_since = run[0] if self.lived_since is None else min(self.lived_since, run[0])

    def _begun_at(self):
        if self.begun is not None or not self.arrivals:
            return self.begun
        times = sorted(self.arrivals)
        middle = times[len(times) // 2]
        followed = (at for at, later in zip(times, times[1:]) if at >= middle - DAY and later - at <= HOUR)
        return next(followed, middle)
