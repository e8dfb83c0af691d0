"""The outcome in words, or as one JSON object."""
import json


def as_json(outcome):
    return json.dumps(outcome, ensure_ascii=True, separators=(",", ":"), default=repr)


def as_text(outcome):
    lines = []
    for source in outcome["sources"]:
        lines.append(f"{source['source']}  generation {source['generation']}  topic {source['topic']}")
        for partition in source["partitions"]:
            lines.append("  " + _partition(partition))
        lines += _table(source["cells"])
        events = source["events"]
        lines.append("  events: " + ", ".join(f"{number:,} {name}" for name, number in events.items()))
        if source["rejects"]:
            lines.append("  rejects: " + ", ".join(f"{number:,} {reason}" for reason, number in sorted(source["rejects"].items())))
        lines.append("")
    lines += [_difference(each) for each in outcome["examples"]]
    total = outcome["differences"]
    if sum(total.values()) > len(outcome["examples"]):
        lines.append(f"... and {sum(total.values()) - len(outcome['examples']):,} more")
    compared = ", ".join(f"{number:,} {name}" for name, number in outcome["compared"].items() if number)
    lines.append(f"compared: {outcome['cells']:,} cells, {compared or 'nothing else'}; lingering past their time: {outcome['lingering']:,} cells")
    lines.append(f"{total['missing']:,} missing, {total['extra']:,} extra, {total['different']:,} different ({outcome['seconds']} s)")
    lines.append(outcome["verdict"])
    return "\n".join(lines)


def _partition(partition):
    words = f"partition {partition['partition']}: offsets {partition['first']} to {partition['next']}, log ends at {partition['logEnd']}"
    if partition["tornBytes"]:
        words += f"; {partition['tornBytes']} bytes of a half-written last batch ignored"
    return words


def _table(cells):
    """One row a breakdown, one column an interval: the cells that must be there."""
    if not cells:
        return []
    intervals = list(next(iter(cells.values())))
    rows = [["cells expected"] + intervals] + [[name] + [f"{row[each]:,}" for each in intervals] for name, row in cells.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  " + "  ".join(text.ljust(width) if column == 0 else text.rjust(width) for column, (text, width) in enumerate(zip(row, widths)))
            for row in rows]


def _difference(each):
    where = [f"{key} {each[key]}" for key in ("slot", "window", "name", "field") if key in each]
    return (f"{each['kind'].upper()}  {each['source']}/{each['partition']} {each['key']}  {', '.join(where)}\n"
            f"    expected {_value(each['expected'])}\n    found    {_value(each['found'])}")


def _value(value):
    return "nothing" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
