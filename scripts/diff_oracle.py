#!/usr/bin/env python3
"""A second implementation of the rows of `snapq diff`, in plain and slow Python, over two elements.db.

    diff_oracle.py BASE.db NEW.db [--device N]       the lines at the peaks, largest change first
    diff_oracle.py BASE.db NEW.db --site-depth 3     lines with their two callers

It reads only the tables allocations, stacks, stack_frames and frames. lib/line_pairs.py pairs the lines.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from line_pairs import Line, pair_lines  # noqa: E402

LINES = ("SELECT a.stack_id, a.origin, a.size, coalesce(a.alloc_event, -1), a.end_event, f.frame_id, f.filename, f.name, "
         "f.line, coalesce(s.op, '') FROM allocations a JOIN stacks s USING(stack_id) JOIN frames f ON f.frame_id = "
         "s.site_frame_id WHERE a.device = ? ORDER BY a.stack_id, a.origin")
FRAMES = ("SELECT f.frame_id, f.filename, f.name, f.line FROM stack_frames s JOIN frames f USING(frame_id) WHERE "
          "s.stack_id = ? ORDER BY s.depth")
LinePath = tuple[int, ...]  # the number of a line, then those of the lines that called it
Usages = dict[LinePath, "Usage"]


class Row(NamedTuple):
    function: str  # with its callers: "model.py forward < train.py main"
    base_line: int | None
    new_line: int | None
    callers: LinePath  # the lines of the callers on the new side; on the base if the new side has no such row
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


def is_own(file: str) -> bool:
    """Whether a frame can be a caller in the name of a row, for files as the tests have them."""
    return not file.startswith("<") and not re.search(r"site-packages|dist-packages|/lib/python|\.(cpp|cc|h|so)$|^\?\?$", file)


def callers_of(database: sqlite3.Connection, stack: int, site: int, count: int) -> list[tuple[str, int]]:
    """The own frames outside the site, as their names and lines."""
    frames = iter(database.execute(FRAMES, (stack,)))
    for frame, *_ in frames:
        if frame == site:
            break
    own = [(f"{stable(file)} {name}", line) for _, file, name, line in frames if is_own(file)]
    return own[:count]


def functions_of(database: sqlite3.Connection, device: int, moment: int, depth: int) -> dict[str, Usages]:
    functions: dict[str, Usages] = defaultdict(lambda: defaultdict(Usage))
    changes: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    places: dict[tuple[int, str], tuple[Usage, str]] = {}
    for stack, origin, size, start, end, site, file, name, number, op in database.execute(LINES, (device,)):
        if (stack, origin) not in places:
            frames = [(f"{stable(file)} {name}", number)]
            frames += callers_of(database, stack, site, depth - 1) if depth > 1 else []
            usage = functions[" < ".join(function for function, _ in frames)][tuple(line for _, line in frames)]
            places[stack, origin] = usage, op
        usage = places[stack, origin][0]
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


def by_line(usages: Usages, level: int) -> dict[int, Usages]:
    lines: dict[int, Usages] = defaultdict(dict)
    for path, usage in sorted(usages.items()):
        lines[path[level]][path] = usage
    return lines


def line_of(number: int, usages: Usages) -> Line:
    op = min(usages.values(), key=lambda usage: (-usage.most, usage.op)).op
    return Line(number, sum(usage.most for usage in usages.values()), op)


def pairs_of(base: Usages, new: Usages, level: int = 0) -> Iterator[tuple[LinePath, LinePath]]:
    """Pairs the lines, then the lines that called a pair of lines, and so on outwards."""
    old_lines, new_lines = by_line(base, level), by_line(new, level)
    found = pair_lines([line_of(*item) for item in old_lines.items()], [line_of(*item) for item in new_lines.items()])
    olds, news = list(old_lines.values()), list(new_lines.values())
    for i, j in found:
        if level + 1 == len(next(iter(olds[i]))):
            yield next(iter(olds[i])), next(iter(news[j]))
        else:
            yield from pairs_of(olds[i], news[j], level + 1)


def rows_of_function(name: str, base: Usages, new: Usages) -> list[Row]:
    pairs = list(pairs_of(base, new))
    paired = {old for old, _ in pairs}, {now for _, now in pairs}
    both: list[tuple[LinePath | None, LinePath | None]] = [*pairs]
    both += [(path, None) for path in base if path not in paired[0]]
    both += [(None, path) for path in new if path not in paired[1]]
    rows = []
    for old, now in both:
        before = base[old] if old is not None else Usage()
        after = new[now] if now is not None else Usage()
        if before.count or after.count:
            rows.append(Row(name, old and old[0], now and now[0], (now or old)[1:], before.bytes, after.bytes,
                            before.count, after.count))
    return rows


def rows_of(base: sqlite3.Connection, new: sqlite3.Connection, device: int = 0, depth: int = 1) -> list[Row]:
    """At the peaks, in any order. Only rows whose site is a line."""
    sides = []
    for database in (base, new):
        peak = database.execute("SELECT peak_event FROM devices WHERE device = ?", (device,)).fetchone()
        sides.append(functions_of(database, device, peak[0], depth) if peak and peak[0] is not None else {})
    names = sides[0].keys() | sides[1].keys()
    return [row for name in names for row in rows_of_function(name, sides[0].get(name, {}), sides[1].get(name, {}))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--device", type=int, default=0)
    parser.add_argument("--site-depth", type=int, default=1)
    options = parser.parse_args()
    databases = [sqlite3.connect(f"file:{path}?mode=ro", uri=True) for path in (options.base, options.new)]
    rows = rows_of(*databases, device=options.device, depth=options.site_depth)
    for row in sorted(rows, key=lambda row: (-abs(row.new_bytes - row.base_bytes), str(row))):
        print(f"{row.new_bytes - row.base_bytes:+d}\t{row.base_bytes}\t{row.new_bytes}\t{row.base_line} → "
              f"{row.new_line}\t{row.function}\t{' '.join(map(str, row.callers))}")


if __name__ == "__main__":
    main()
