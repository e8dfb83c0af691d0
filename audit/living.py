"""Who is remembered: entities and latest values have a budget, and are forgotten by the log clock (docs/store.md, "Rules a recount needs", 10)."""
from keys import DAY_MS

VALUES_AN_ENTITY = 4
NAME_BYTES, FIELD_BYTES = 256, 1024


class Living:
    """One kind: what each remembered name holds, a value whose first part is its time in ms."""

    def __init__(self, budget, longest):
        self.budget, self.longest = budget, longest
        self.held, self.past = {}, {}  # past: forgotten, and perhaps not yet out of the store
        self.first_day = None

    def day(self, first_day):
        """The clock came to another day: forgets what lies before `first_day`."""
        if first_day == self.first_day:
            return
        self.first_day = first_day
        for name in [name for name, value in self.held.items() if value[0] // DAY_MS < first_day]:
            self.past[name] = self.held.pop(name)

    def take(self, name, value, replaces):
        """False where it is new and finds no place. `replaces(value, held)`: whether it takes the place of what is held."""
        if name in self.held:
            if replaces(value, self.held[name]):
                self.held[name] = value
            return True
        if self.budget is not None and (len(self.held) >= self.budget or len(name) > self.longest):
            return False
        self.held[name] = value
        self.past.pop(name, None)
        return True

    def counts(self):
        days = {}
        for value in self.held.values():
            days[value[0] // DAY_MS] = days.get(value[0] // DAY_MS, 0) + 1
        return days
