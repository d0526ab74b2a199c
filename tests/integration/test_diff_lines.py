"""`diff` pairs lines as a second implementation does (scripts/diff_oracle.py), and its rows always add up."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SNAPQ = os.environ.get("SNAPQ", str(ROOT / "build" / "dev" / "snapq"))
CORPUS = ROOT / ".." / "shared" / "corpus"
SEED = 20_260_101

sys.path[:0] = [str(ROOT / "tests" / "golden" / "diff"), str(ROOT / "scripts"), str(ROOT / "scripts" / "lib")]
import line_pairs  # noqa: E402
import runs  # noqa: E402
from diff_oracle import Row, rows_of  # noqa: E402

OPS = ["", "mm", "add", "mul"]
Allocation = tuple[int, int, str, bool]  # line, bytes, op, live at the peak
Function = list[Allocation]  # in the order of the lines


def some_line(number: int, chance: random.Random) -> Allocation:
    # Few sizes, so that lines often hold the same bytes.
    return number, 512 * chance.choice([1, 1, 2, 3, 8, 50]), chance.choice(OPS), chance.random() < 0.8


def some_function(chance: random.Random) -> Function:
    numbers = sorted(chance.sample(range(10, 10 + chance.choice([6, 12, 40])), chance.choice([1, 2, 2, 3, 3, 4, 5])))
    return [some_line(number, chance) for number in numbers]


def push_down(function: Function, chance: random.Random) -> Function:
    """Source lines that do not allocate are added or removed above a line."""
    at = chance.randrange(len(function))
    least = 1 - (function[at][0] - (function[at - 1][0] if at else 0))
    by = chance.randint(max(least, -5), 6)
    return function[:at] + [(line + by, *rest) for line, *rest in function[at:]]


def add_line(function: Function, chance: random.Random) -> Function:
    at = chance.randrange(len(function) + 1)
    number = function[at][0] if at < len(function) else function[-1][0] + chance.randint(1, 5)
    return [*function[:at], some_line(number, chance), *[(line + 1, *rest) for line, *rest in function[at:]]]


def delete_line(function: Function, chance: random.Random) -> Function:
    at = chance.randrange(len(function))
    return function[:at] + [(line - 1, *rest) for line, *rest in function[at + 1:]] or [some_line(3, chance)]


def move_line(function: Function, chance: random.Random) -> Function:
    """A line swaps its place with another."""
    numbers = [line for line, *_ in function]
    contents = [rest for _, *rest in function]
    chance.shuffle(contents)
    return [(number, *content) for number, content in zip(numbers, contents, strict=True)]


def change_bytes(function: Function, chance: random.Random) -> Function:
    at = chance.randrange(len(function))
    line, size, op, live = function[at]
    return [*function[:at], (line, max(size * chance.choice([2, 3, 10]) // 2, 512), op, live), *function[at + 1:]]


def change_op(function: Function, chance: random.Random) -> Function:
    at = chance.randrange(len(function))
    line, size, _, live = function[at]
    return [*function[:at], (line, size, chance.choice(OPS), live), *function[at + 1:]]


def rewrite(function: Function, chance: random.Random) -> Function:
    return some_function(chance)


EDITS: list[Callable[[Function, random.Random], Function]] = [
    push_down, push_down, add_line, delete_line, move_line, change_bytes, change_op, rewrite]


def distinct(function: Function) -> Function:
    """Removes lines with the same number, which two edits can make."""
    return list({line: (line, *rest) for line, *rest in function}.values())


class Jobs:
    """Two runs of a program with many functions, each edited in its own way."""

    def __init__(self, seed: int, count: int) -> None:
        chance = random.Random(seed)
        self.base: dict[str, Function] = {}
        self.new: dict[str, Function] = {}
        for i in range(count):
            function = some_function(chance)
            self.base[f"f{i}"] = function
            for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
                function = sorted(distinct(chance.choice(EDITS)(function, chance)))
            renamed = chance.random() < 0.03
            self.new[f"g{i}" if renamed else f"f{i}"] = function

    @staticmethod
    def save(functions: dict[str, Function], path: Path) -> None:
        run = runs.Run()
        lines = [(name, *line) for name, function in functions.items() for line in function]
        for name, line, size, op, live in lines:
            if not live:
                run.free(run.alloc(size, Jobs.stack(run, name, line, op)))
        for name, line, size, op, live in lines:
            if live:
                run.alloc(size, Jobs.stack(run, name, line, op))
        run.save(str(path))

    @staticmethod
    def stack(run: runs.Run, name: str, line: int, op: str) -> list[dict[str, Any]]:
        cpp = [{"filename": "??", "line": 0, "name": f"at::_ops::{op}::call(at::Tensor const&)"}] if op else []
        return cpp + run.stack(f"model.py:{line} {name}", "train.py:20 main")


def snapq(*arguments: str | Path) -> str:
    return subprocess.run([SNAPQ, *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def open_database(archive: Path) -> sqlite3.Connection:
    copy = archive.with_suffix(".db")
    with zipfile.ZipFile(archive) as entries:
        copy.write_bytes(entries.read("elements.db"))
    return sqlite3.connect(copy)


def rows_of_lines(device: dict[str, Any], depth: int = 1) -> list[Row]:
    """The rows of a device that are lines (their keys have a number), as rows of the oracle."""
    rows = []
    for row in device["rows"]:
        if row["base_line"] is None and row["new_line"] is None:
            continue
        key = row["key"].removesuffix(" [removed]")
        frames = [re.fullmatch(r"(.*?):(\d+) (.*)", frame) for frame in (key.split(" < ") if depth > 1 else [key])]
        names = " < ".join(f"{file} {name}" for file, _, name in (frame.groups() for frame in frames))
        callers = tuple(int(frame[2]) for frame in frames[1:])
        rows.append(Row(names, row["base_line"], row["new_line"], callers, row["base_bytes"], row["new_bytes"],
                        row["base_count"], row["new_count"]))
    return rows


def sortable(row: Row) -> tuple[str, int, int, Any]:
    return row.function, row.base_line or -1, row.new_line or -1, row[3:]


class CalledJobs:
    """Two runs whose functions are called from several lines, and these from several lines again. Each function and
    each of its callers is edited on its own."""

    PLACES = ("model.py:{} f{}", "caller.py:{} g{}", "train.py:{} h{}")

    def __init__(self, seed: int, count: int) -> None:
        self.chance = random.Random(seed)
        self.base: list[list[Function]] = []
        self.new: list[list[Function]] = []
        for _ in range(count):
            levels = [some_function(self.chance)[:3] for _ in self.PLACES]
            self.base.append(levels)
            self.new.append([self.edited(level) for level in levels])

    def edited(self, function: Function) -> Function:
        for _ in range(self.chance.choice([0, 1, 1, 2])):
            function = sorted(distinct(self.chance.choice(EDITS)(function, self.chance)))
        return function

    def save(self, functions: list[list[Function]], path: Path) -> None:
        run = runs.Run()
        live = []
        for number, levels in enumerate(functions):
            for calls in itertools.product(*levels):
                if self.chance.random() < 0.7:
                    stack = run.stack(*(place.format(line[0], number) for place, line in zip(self.PLACES, calls, strict=True)))
                    live.append((calls[0][1] * calls[1][1] // 512, stack, all(line[3] for line in calls)))
        for size, stack, _ in (each for each in live if not each[2]):
            run.free(run.alloc(size, stack))
        for size, stack, _ in (each for each in live if each[2]):
            run.alloc(size, stack)
        run.save(str(path))


class DiffLines(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)

    def assert_adds_up(self, device: dict[str, Any]) -> None:
        for side in ("base", "new"):
            self.assertEqual(sum(row[f"{side}_bytes"] for row in device["rows"]), device["requested_bytes"][side])
        self.assertEqual(sum(row["delta_bytes"] for row in device["rows"]), device["requested_bytes"]["delta"])
        keys = [row["key"] for row in device["rows"]]
        self.assertEqual(len(set(keys)), len(keys))

    def compare(self, base: Path, new: Path) -> list[dict[str, Any]]:
        """Compares all devices with the oracle, and returns their reports."""
        devices = json.loads(snapq("diff", base, new, "--format", "json"))["devices"]
        by_function = json.loads(snapq("diff", base, new, "--by", "function", "--format", "json"))["devices"]
        with contextlib.closing(open_database(base)) as old, contextlib.closing(open_database(new)) as now:
            for device, functions in zip(devices, by_function, strict=True):
                expected = sorted(rows_of(old, now, device["device"]), key=sortable)
                self.assertEqual(sorted(rows_of_lines(device), key=sortable), expected)
                self.assert_adds_up(device)
                self.assert_adds_up(functions)
                self.assert_lines_are_the_same(device, functions)
        return devices

    def assert_lines_are_the_same(self, device: dict[str, Any], functions: dict[str, Any]) -> None:
        """The lines below the functions are the rows by site, and add up to their function. If there are very many,
        the last one is a sum."""
        lines = []
        for row in functions["rows"]:
            below = row.get("lines", [])
            lines += [line for line in below if line["key"] != "[other]"]
            for name in ("base_bytes", "new_bytes", "delta_bytes", "base_count", "new_count") if below else ():
                self.assertEqual(sum(line[name] for line in below), row[name])
        expected = [row for row in device["rows"] if row["base_line"] is not None or row["new_line"] is not None]
        if any(line["key"] == "[other]" for row in functions["rows"] for line in row.get("lines", [])):
            expected = [row for row in expected if row in lines]
        self.assertEqual(sorted(lines, key=lambda row: row["key"]), sorted(expected, key=lambda row: row["key"]))

    def archive(self, functions: dict[str, Function], name: str) -> Path:
        snapshot = self.directory / f"{name}.pickle"
        Jobs.save(functions, snapshot)
        snapq("convert", "-q", snapshot)
        return snapshot.with_suffix(".zip")

    def test_thousands_of_edits(self) -> None:
        jobs = Jobs(SEED, 3000)
        devices = self.compare(self.archive(jobs.base, "base"), self.archive(jobs.new, "new"))
        rows = devices[0]["rows"]
        moved = [row for row in rows if None not in (row["base_line"], row["new_line"])
                 and row["base_line"] != row["new_line"]]
        # Checks that the edits lead to all kinds of rows.
        self.assertGreater(len(moved), 1000)
        self.assertEqual({row["status"] for row in rows}, {"added", "removed", "grown", "shrunk", "same"})

    def test_lines_with_their_callers(self) -> None:
        jobs = CalledJobs(SEED, 120)
        archives = []
        for name, functions in (("base", jobs.base), ("new", jobs.new)):
            snapshot = self.directory / f"{name}.pickle"
            jobs.save(functions, snapshot)
            archives.append(snapshot.with_suffix(".zip"))
            snapq("convert", "-q", snapshot)
        for depth in (1, 2, 3, 9):
            with self.subTest(depth=depth):
                report = json.loads(snapq("diff", *archives, "--site-depth", str(depth), "--format", "json"))
                device = report["devices"][0]
                with contextlib.closing(open_database(archives[0])) as old, contextlib.closing(open_database(archives[1])) as now:
                    expected = sorted(rows_of(old, now, depth=depth), key=sortable)
                self.assertEqual(sorted(rows_of_lines(device, depth), key=sortable), expected)
                self.assert_adds_up(device)
                self.assertEqual({row["status"] for row in device["rows"]}, {"added", "removed", "grown", "shrunk", "same"})

    def test_a_moved_function_is_the_same(self) -> None:
        """Lines were added above it, and nothing else changed."""
        chance = random.Random(SEED)
        base = {f"f{i}": some_function(chance) for i in range(300)}
        new = {name: [(line + 7, *rest) for line, *rest in function] for name, function in base.items()}
        for row in self.compare(self.archive(base, "base"), self.archive(new, "new"))[0]["rows"]:
            self.assertEqual((row["status"], row["new_line"]), ("same", row["base_line"] + 7))

    def test_a_statement_put_into_a_function_is_the_only_change(self) -> None:
        """The lines have different sizes, and those after the new one move."""
        chance = random.Random(SEED)
        base, new = {}, {}
        for i in range(300):
            sizes = chance.sample(range(1, 60), 5)
            numbers = range(10, 15) if i % 2 else sorted(chance.sample(range(10, 40), 5))
            function = [(number, 512 * size, "", True) for number, size in zip(numbers, sizes, strict=True)]
            at = chance.randrange(6)
            number = function[at][0] if at < 5 else function[4][0] + 1
            base[f"f{i}"] = function
            new[f"f{i}"] = [*function[:at], (number, 512 * 60, "", True),
                            *[(line + 1, *rest) for line, *rest in function[at:]]]
        rows = self.compare(self.archive(base, "base"), self.archive(new, "new"))[0]["rows"]
        self.assertEqual({row["status"] for row in rows}, {"added", "same"})
        self.assertEqual({row["delta_bytes"] for row in rows}, {0, 512 * 60})

    def test_one_archive(self) -> None:
        """Two moments of one run have the same lines, so their numbers decide."""
        function = [(3, 512 * 200, "", True), (9, 512 * 50, "", True), (15, 512 * 100, "", True)]
        archive = self.archive({"main": function}, "run")
        report = json.loads(snapq("diff", archive, "--at-base", "event:0", "--at-new", "peak", "--format", "json"))
        rows = {row["new_line"]: row for row in report["devices"][0]["rows"]}
        self.assertEqual({number: row["delta_bytes"] // 512 for number, row in rows.items()}, {3: 0, 9: 50, 15: 100})
        self.assertEqual([rows[number]["base_line"] for number in (3, 9, 15)], [3, 9, 15])

    def test_functions_of_very_many_lines_are_paired_by_number(self) -> None:
        base = {"f": [(line, 512, "", True) for line in range(1, 700)]}
        new = {"f": [(line, 1024, "", True) for line in range(500, 1100)]}
        rows = self.compare(self.archive(base, "base"), self.archive(new, "new"))[0]["rows"]
        counts = Counter(row["status"] for row in rows)
        self.assertEqual(counts, {"removed": 499, "grown": 200, "added": 400})

    @unittest.skipUnless(CORPUS.is_dir(), "needs the corpus")
    def test_real_snapshots(self) -> None:
        archives = []
        for snapshot in sorted(CORPUS.glob("*.pickle")):
            archives.append(self.directory / f"{snapshot.stem}.zip")
            snapq("convert", "-q", snapshot, "-o", archives[-1])
        for base, new in itertools.pairwise(archives):
            with self.subTest(base=base.name, new=new.name):
                self.compare(base, new)
                for depth in ("2", "4"):
                    report = json.loads(snapq("diff", base, new, "--site-depth", depth, "--format", "json"))
                    for device in report["devices"]:
                        self.assert_adds_up(device)


class Oracle(unittest.TestCase):
    def test_listing_and_steps_find_the_same(self) -> None:
        chance = random.Random(SEED)
        for _ in range(300):
            base, new = ([line_pairs.Line(line, size, op) for line, size, op, _ in some_function(chance)]
                         for _ in range(2))
            self.assertEqual(line_pairs.best_by_listing(base, new), line_pairs.best_by_steps(base, new))


if __name__ == "__main__":
    unittest.main()
