"""Conditions of the catalog and of queries (docs/store.md, rule 5): predicates over the values of an event, in declared order."""

COMPARE = {
    "gt": lambda value, bounds: value > bounds[0],
    "ge": lambda value, bounds: value >= bounds[0],
    "lt": lambda value, bounds: value < bounds[0],
    "le": lambda value, bounds: value <= bounds[0],
    "between": lambda value, bounds: bounds[0] <= value <= bounds[1],
}


def predicate(place, plain):
    """`place`: name of a field -> (its index, whether it is a number). Raises KeyError, ValueError on what is no condition."""
    if "any" in plain:
        tests = [predicate(place, one) for one in plain["any"]]
        return lambda values: any(test(values) for test in tests)
    at, is_number = place(plain["field"])
    op, given = plain["op"], list(plain["values"])
    if op == "exists":
        return lambda values: (values[at] is not None) == (given == ["true"])
    if is_number:
        return of_number(at, op, [float(each) for each in given])
    if op in ("is", "not"):
        among = frozenset(given)
        return lambda values: any(each in among for each in texts(values[at])) == (op == "is")
    if op == "prefix":
        return lambda values: any(each.startswith(tuple(given)) for each in texts(values[at]))
    if op == "contains":
        return lambda values: any(part in each for each in texts(values[at]) for part in given)
    raise ValueError(f"{op} is no operator for texts")


def of_number(at, op, numbers):
    """An absent number is none that is compared, and `not` any."""
    if op in ("is", "not"):
        return lambda values: (values[at] is not None and values[at] in numbers) == (op == "is")
    compare = COMPARE[op]
    return lambda values: values[at] is not None and compare(values[at], numbers)


def texts(value):
    """None, one, or those of a list."""
    return () if value is None else value if type(value) is tuple else (value,)
