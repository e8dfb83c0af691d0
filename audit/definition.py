"""A source's definition as the store's catalog keeps it, made ready for counting."""
from collections import namedtuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conditions import predicate
from derived import derived_of
from faults import CannotRecount
from fields import compute_of, tables_of
from joined import Joined
from keys import DAY_MS
from measures import MEASURES

# decimals: of every metric that needs it in units; paths: in the order of trying; takes: what it may be in JSON
Field = namedtuple("Field", "name type optional decimals paths takes absent clean query list compute", defaults=((), None, (), None, False, None))
Metric = namedtuple("Metric", "kind name field decimals where slot rank series breakdowns", defaults=(None,))  # field: index; decimals: None but of numbers; slot: its place in a cell; rank: names of breakdowns; breakdowns: names of those that keep it, None: all
Series = namedtuple("Series", "by among hold_ms forget_ms budget")  # of a metric that goes by series; by: indices
Id = namedtuple("Id", "paths within_ms budget")
Breakdown = namedtuple("Breakdown", "name fields")  # fields: indices
Interval = namedtuple("Interval", "name ms keep_ms")


class Source:
    def __init__(self, plain):
        try:
            self._take(plain)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CannotRecount(f"the definition of the source cannot be read: {error!r}")

    def _take(self, plain):
        self.name, self.topic = plain["name"], plain["topic"]
        self.time = (_path(plain.get("timePath", [plain["time"]])), *map(_path, plain.get("timeElse", ())))
        self.zone, self.framed = plain.get("zone"), plain.get("framed")
        self.id = None if plain.get("id") is None else Id(_paths(plain["id"]["from"]), int(plain["id"]["withinMs"]), int(plain["id"]["budget"]))
        self.bare = "rows" not in plain and self.framed is None  # a record may be its one event, as it lies there
        self.rows = {"lines": False, "in": None, "pairs": None, "verdict": "all", **plain.get("rows", {})}
        names = [field["name"] for field in plain["fields"]]
        self.index = {name: index for index, name in enumerate(names)}
        self._types = [field["type"] for field in plain["fields"]]
        self.metrics = []
        for metric in plain["metrics"]:
            where = [predicate(self._place, each) for each in metric["where"]]
            takes = MEASURES[metric["kind"]].INPUT
            field = None if takes is None else self.index[metric["field"]]
            decimals = int(metric["decimals"]) if takes == "number" else None
            self.metrics.append(Metric(metric["kind"], metric["name"], field, decimals, where, len(self.metrics), metric.get("rank", []), self._series(metric.get("series")), _kept(metric.get("breakdowns"))))
        self.derived = derived_of(plain.get("derived", ()), {metric.name: metric.slot for metric in self.metrics})
        self.kinds = [metric.kind for metric in self.metrics]
        self.blank = [MEASURES[kind].BLANK for kind in self.kinds]
        tables = tables_of(plain.get("lookups", ()))
        self.joined = Joined(plain.get("joins", ()), plain["topic"])
        self.fields = [
            Field(field["name"], field["type"], bool(field["optional"]),
                  sorted({metric.decimals for metric in self.metrics if metric.field == index and metric.decimals is not None}),
                  () if "compute" in field else _paths(field.get("from", [[field["name"]]])),
                  frozenset(field.get("takes", (field["type"],))), field.get("absent"), field.get("clean", ()), field.get("query"), field.get("list", False),
                  compute_of(field.get("compute"), self.index, tables, self.joined))
            for index, field in enumerate(plain["fields"])
        ]
        paths = [*self.time, *(path for field in self.fields for path in field.paths), *(self.id.paths if self.id else ())]
        self.names_read = {path[0] for path in paths if path[0] != "$"}
        if self.zone is not None:
            _check_zone(self.zone)
        self.breakdowns = [Breakdown(each["name"], [self.index[name] for name in each["fields"]]) for each in plain["breakdowns"]]
        self.kept = [[metric.slot for metric in self.metrics if metric.breakdowns is None or each.name in metric.breakdowns]
                     for each in self.breakdowns]  # by breakdown: the metrics in its cells
        self.intervals = [Interval(each["name"], int(each["ms"]), None if each["keepMs"] is None else int(each["keepMs"]))
                          for each in plain["intervals"]]
        self.future_ms, self.budget = int(plain["futureMs"]), int(plain["budget"])
        self.key = self.index[plain["key"]]
        self.sessions, self.funnels = plain.get("sessions"), plain.get("funnels", [])
        self.journeys = plain.get("journeys")
        self.retention = plain.get("retention", [])
        for each in self.retention:
            _check_zone(each["zone"])
        self.keyed_by_record = (self.fields[self.key].paths or ((),))[0][:2] == ("$", "key")
        self.entity = self.by = self.of = self.forget_days = self.entity_budget = None
        if plain.get("entity") is not None:
            self.entity = self.index[plain["key"]]
            if "forgetMs" in plain["entity"]:
                self.forget_days, self.entity_budget = -(-int(plain["entity"]["forgetMs"]) // DAY_MS), int(plain["entity"]["budget"])
            last = plain["entity"].get("last")
            if last is not None:
                self.by, self.of = self.index[last["by"]], [self.index[name] for name in last["of"]]
        if self.breakdowns[0].name != "all" or self.breakdowns[0].fields:
            raise ValueError("the first breakdown must be the total, `all`")

    def test_of(self, condition):
        return predicate(self._place, condition)

    def _place(self, name):
        return self.index[name], self._types[self.index[name]] == "number"

    def _series(self, given):
        if given is None:
            return None
        return Series([self.index[name] for name in given["by"]], frozenset(given.get("is", ())), given.get("holdMs"), int(given["forgetMs"]), int(given["budget"]))


def _kept(names):
    return None if names is None else frozenset(names)


def _check_zone(name):
    try:
        ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        raise CannotRecount(f"the zone {name} is not in the tables of this machine's Python")


def _path(names):
    """Names of objects inside each other, outermost first. Definitions from before there were paths have none: a field stood under its name."""
    if type(names) is not list or not names or not all(type(name) is str for name in names):
        raise ValueError(f"a path is a list of names, not {names!r}")
    return tuple(names)


def _paths(paths):
    if type(paths) is not list or not paths:
        raise ValueError(f"a field needs at least one path, not {paths!r}")
    return tuple(map(_path, paths))


def holds(where, values):
    """Whether all conditions hold."""
    return all(test(values) for test in where)
