#!/usr/bin/env python3
"""A second implementation of the rows of `snapq diff`, in plain and slow Python, over two elements.db.

    diff_oracle.py BASE.db NEW.db [--device N]       the lines at the peaks, largest change first

It reads only the tables allocations, stacks and frames. lib/line_pairs.py pairs the lines.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from line_pairs import Line, pair_lines  # noqa: E402

LINES = ("SELECT a.stack_id, a.origin, a.size, coalesce(a.alloc_event, -1), a.end_event, f.filename, f.name, f.line, "
         "coalesce(s.op, '') FROM allocations a JOIN stacks s USING(stack_id) JOIN frames f ON f.frame_id = "
         "s.site_frame_id WHERE a.device = ? ORDER BY a.stack_id, a.origin")


class Row(NamedTuple):
    function: str
    base_line: int | None
    new_line: int | None
    base_bytes: int
    new_bytes: int
    base_count: int
    new_count: int


@dataclass
class Usage:
    """The memory of one line at the moment, and the maxima of its stacks."""
    bytes: int = 0
    count: int = 0
    most: int = 0
    op: str = ""
    op_bytes: int = field(default=-1)


def stable(file: str) -> str:
    """The file name without the parts that differ between runs of one notebook."""
    file = re.sub(r"(ipykernel|xpython)_\d+/", r"\1/", file.replace("\\", "/"))
    return re.sub(r"([</]ipython-input-)\d+-", r"\1", file)


def highest(changes: list[tuple[int, int]]) -> int:
    """The highest sum of the changes (event, bytes). A change counts in the state after its event."""
    level = most = 0
    changes.sort()
    for i, (event, size) in enumerate(changes):
        level += size
        if i + 1 == len(changes) or changes[i + 1][0] != event:
            most = max(most, level)
    return most


def functions_of(database: sqlite3.Connection, device: int, moment: int) -> dict[str, dict[int, Usage]]:
    functions: dict[str, dict[int, Usage]] = defaultdict(lambda: defaultdict(Usage))
    changes: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    places: dict[tuple[int, str], tuple[Usage, str]] = {}
    for stack, origin, size, start, end, file, name, number, op in database.execute(LINES, (device,)):
        usage = functions[f"{stable(file)} {name}"][number]
        places[stack, origin] = usage, op
        changes[stack, origin].append((start, size))
        if end is not None:
            changes[stack, origin].append((end, -size))
        if start <= moment and (end is None or end > moment):
            usage.bytes += size
            usage.count += 1
    for key, (usage, op) in places.items():
        most = highest(changes[key])
        usage.most += most
        if most > usage.op_bytes or (most == usage.op_bytes and op < usage.op):
            usage.op, usage.op_bytes = op, most
    return functions


def lines_of(usages: dict[int, Usage]) -> list[Line]:
    return [Line(number, usage.most, usage.op) for number, usage in sorted(usages.items())]


def rows_of_function(name: str, base: dict[int, Usage], new: dict[int, Usage]) -> list[Row]:
    base_lines, new_lines = lines_of(base), lines_of(new)
    pairs = [(base_lines[i].number, new_lines[j].number) for i, j in pair_lines(base_lines, new_lines)]
    paired = {old for old, _ in pairs}, {now for _, now in pairs}
    both: list[tuple[int | None, int | None]] = [*pairs]
    both += [(number, None) for number in base if number not in paired[0]]
    both += [(None, number) for number in new if number not in paired[1]]
    rows = []
    for old, now in both:
        before = base[old] if old is not None else Usage()
        after = new[now] if now is not None else Usage()
        if before.count or after.count:
            rows.append(Row(name, old, now, before.bytes, after.bytes, before.count, after.count))
    return rows


def rows_of(base: sqlite3.Connection, new: sqlite3.Connection, device: int = 0) -> list[Row]:
    """The rows at the peaks, in any order. Only rows whose site is a line."""
    sides = []
    for database in (base, new):
        peak = database.execute("SELECT peak_event FROM devices WHERE device = ?", (device,)).fetchone()
        sides.append(functions_of(database, device, peak[0]) if peak and peak[0] is not None else {})
    names = sides[0].keys() | sides[1].keys()
    return [row for name in names for row in rows_of_function(name, sides[0].get(name, {}), sides[1].get(name, {}))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--device", type=int, default=0)
    options = parser.parse_args()
    databases = [sqlite3.connect(f"file:{path}?mode=ro", uri=True) for path in (options.base, options.new)]
    rows = rows_of(*databases, device=options.device)
    for row in sorted(rows, key=lambda row: (-abs(row.new_bytes - row.base_bytes), row)):
        print(f"{row.new_bytes - row.base_bytes:+d}\t{row.base_bytes}\t{row.new_bytes}\t{row.base_line} → "
              f"{row.new_line}\t{row.function}")


if __name__ == "__main__":
    main()
