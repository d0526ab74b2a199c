"""Queries on archives with extreme numbers of sites, stacks and names need bounded memory, and sums are exact.

These tests are in a file of their own, because reading the long answers makes their process large.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from program import ROOT, SAMPLE_DIVISOR, SNAPQ, main
from test_hostile_archives import FEW, MEMORY_KIB, HostileArchive


class ManySites(HostileArchive):
    # Another process makes the snapshot, because memory of this process counts as the peak of programs that it starts.
    MAKE_SNAPSHOT = """
import pickle, sys
def event(i, size, file, function):
    frame = {"filename": file, "name": function, "line": i}
    return {"action": "alloc", "addr": 4096 * i, "size": size, "stream": 0, "frames": [frame]}
events = [event(*each) for each in eval(sys.argv[2])]
pickle.dump({"segments": [], "device_traces": [[dict(event) for event in events] for _ in range(int(sys.argv[3]))]}, open(sys.argv[1], "wb"))
"""

    def snapshot(self, name: str, events: str, devices: int = 1) -> str:
        """Makes an archive of allocations. `events` is Python for (number, size, file, function) of each."""
        source = self.directory / f"{name}.pickle"
        subprocess.run([sys.executable, "-c", self.MAKE_SNAPSHOT, source, events, str(devices)], check=True)
        self.convert(source, "--max-points", "4", target=f"{name}.zip")
        source.unlink()
        return f"{name}.zip"

    def bounded_json(self, *arguments: str) -> dict[str, Any]:
        result = self.run_bounded(MEMORY_KIB, *arguments, "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)


class Many(ManySites):
    def test_devices(self) -> None:
        numbers = "WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < {})"
        columns = "event_count, allocation_count, timesteps, has_trace, complete, preexisting_bytes, peak_requested_bytes, " \
                  "peak_event, end_requested_bytes, unfreed_bytes, pending_bytes, oom_events"  # fmt: skip
        more = f"INSERT INTO devices(device, {columns}) {numbers} SELECT x, {columns} FROM n, devices;"
        self.refuse(self.folder(more.format(300_000)), ["table devices has more than 1000 rows"])
        self.refuse(self.folder(more.format(1099)), ["table devices has more than 1000 rows"], FEW)
        self.answers(self.folder(more.format(1098)), commands=("info", "summary", "diff"))

    def test_rows_of_small_tables(self) -> None:
        numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)"
        for table, row, most in (("anomalies", "NULL, 'kind' || x, 1, NULL", 1001 * 11), ("settings", "'key' || x, 'value'", 2000),
                                 ("meta", "'label.' || x, 'value'", 2000)):  # fmt: skip
            with self.subTest(table):
                bad = self.folder(f"INSERT INTO {table} {numbers} SELECT {row} FROM n;")
                self.refuse(bad, [f"table {table} has more than {most} rows"], ("info", "summary", "diff", "diff, new"))

    def test_sites(self) -> None:
        """More sites than are kept apart in memory, scattered over the archive."""
        count = 60_000 // SAMPLE_DIVISOR
        own = f"((i, 512 * (1 + i % 7), f'/x/f{{i * 7919 % {count}}}.py', f'fn{{i}}') for i in range({count}))"
        many = self.snapshot("many", own)
        sizes = [512 * (1 + i % 7) for i in range(count)]
        for options in ((), ("--by", "stack"), ("--by", "function"), ("--at", f"event:{count - 1}")):
            with self.subTest(options):
                device = self.bounded_json("summary", many, *options)["devices"][0]
                self.assertEqual([row["bytes"] for row in device["top"][:-1]], [3584] * 10)
                self.assertEqual((device["live_bytes"], device["live_count"]), (sum(sizes), count))
                others = device["top"][-1]
                self.assertEqual((others["key"], others["bytes"], others["count"]),
                                 ("[other]", sum(sizes) - 35840, count - 10))  # fmt: skip
        top = self.bounded_json("summary", many)["devices"][0]["top"]
        largest = sorted(f"/x/f{i * 7919 % count}.py:{i} fn{i}" for i in range(count) if i % 7 == 6)
        self.assertEqual([row["key"] for row in top[:-1]], largest[:10])
        self.assertTrue(all(row["key"].endswith(f":{row['line']} {row['function']}") for row in top[:-1]))
        every = self.bounded_json("summary", many, "--top", "0")["devices"][0]["top"]
        self.assertEqual([row["key"] for row in every[:1000]], largest[:1000])
        self.assertEqual(sum(row["bytes"] for row in every), sum(sizes))

    def test_sites_compared(self) -> None:
        count = 60_000 // SAMPLE_DIVISOR

        def job(name: str, size: str) -> str:
            return self.snapshot(name, f"((i, {size}, f'/x/f{{i * 7919 % {count}}}.py', f'fn{{i}}') for i in range({count}))")

        base, new = job("base", "512"), job("new", "512 * (1 + i % 7)")
        grown = 512 * sum(i % 7 for i in range(count))
        asked = {"site": (), "stack": ("--by", "stack"), "event": ("--at", f"event:{count - 1}")}
        # All queries run before any answer is read, because reading takes memory of this process, which would count.
        for name, options in asked.items():
            result = self.run_bounded(MEMORY_KIB, "diff", base, new, *options, "--format", "json", "-o", name)
            self.assertEqual(result.returncode, 0, result.stderr)
        text = self.run_bounded(MEMORY_KIB, "diff", base, new, "--max-row-growth", "1kB")
        self.assertEqual(text.returncode, 1)
        self.assertIn(f"[{count - 10} others]", text.stdout.replace(",", ""))
        for name in asked:
            with self.subTest(name):
                rows = json.loads((self.directory / name).read_text())["devices"][0]["rows"]
                self.assertEqual([row["delta_bytes"] for row in rows[:100]], [3072] * 100)
                self.assertEqual(sum(row["delta_bytes"] for row in rows), grown)
                self.assertEqual(sum(row["new_count"] for row in rows), count)
                self.assertEqual(len({row["key"] for row in rows}), len(rows))
        rows = json.loads((self.directory / "site").read_text())["devices"][0]["rows"]
        largest = sorted(f"/x/f{i * 7919 % count}.py:{i} fn{i}" for i in range(count) if i % 7 == 6)
        self.assertEqual([row["key"] for row in rows[:1000]], largest[:1000])

    def test_names_of_a_megabyte(self) -> None:
        """The longest names that convert keeps."""
        count = 24 if SAMPLE_DIVISOR == 1 else 12  # more than the rows that summary shows
        last = count - 1

        def long_names(kind: str) -> str:
            name = f"'{kind}' + str(i) + 'x' * 1_000_000 + f'end{{i}}'"
            return self.snapshot(kind, f"((i, 512 * (i + 1), f'/x/f{{i}}.py', {name}) for i in range({count}))")

        sizes = [512 * (i + 1) for i in reversed(range(count))]

        base, new = long_names("old"), long_names("new")
        for by in ("site", "stack", "function", "user-frame", "file", "op"):
            with self.subTest(by):
                rows = self.bounded_json("summary", base, "--by", by)["devices"][0]["top"]
                self.assertEqual([row["bytes"] for row in rows][:4], [sum(sizes)] if by == "op" else sizes[:4])
                rows = self.bounded_json("diff", base, new, "--by", by)["devices"][0]["rows"]
                statuses = {"op": {"same"}, "file": {"same"}}.get(by, {"added", "removed"})
                self.assertEqual({row["status"] for row in rows}, statuses)
        first = self.bounded_json("summary", base)["devices"][0]["top"][0]
        self.assertTrue(first["function"].startswith(f"old{last}xxx") and first["function"].endswith(f"xend{last}"))
        self.assertIn("[1000010 bytes, ", first["function"])
        for command in (("summary", base), ("diff", base, new), ("summary", base, "--format", "markdown")):
            result = self.run_bounded(MEMORY_KIB, *command)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertLess(len(result.stdout), 20_000)


class LongNames(ManySites):
    MAKE = "import sys; sys.path.insert(0, sys.argv[1]); from lib.growth_shapes import SHAPES; " \
           "open(sys.argv[2], 'wb').write(SHAPES[sys.argv[3]](int(sys.argv[4])))"  # fmt: skip
    SIZE = 1_000_000 // SAMPLE_DIVISOR
    # Bytes of a temporary file. The archives have tables of 50 MB, in which texts of up to a megabyte are repeated.
    LARGEST_FILE = 40_000_000

    def archive(self, shape: str) -> str:
        command = [sys.executable, "-B", "-c", self.MAKE, str(ROOT / "scripts"), self.directory / "in", shape, str(self.SIZE)]
        subprocess.run(command, check=True)
        self.convert("in", "--max-points", "4")
        return "out.zip"

    def test_queries_and_pages_hold_short_forms_of_names(self) -> None:
        for shape in ("stacks of one long name", "frames of one long name"):
            archive = self.archive(shape)
            for query in ("top-sites", "at", "growth", "top-stacks", "stacks-of-site", "churn", "largest"):
                with self.subTest(f"{shape}: {query}"):
                    result = self.run_bounded(MEMORY_KIB, "query", archive, "--named", query, "--format", "json")
                    self.assertEqual(result.returncode, 0, result.stderr)
                    longest = max((len(value) for row in json.loads(result.stdout) for value in row.values()
                                   if isinstance(value, str) and "\n" not in value), default=0)  # fmt: skip
                    self.assertLess(longest, 1100)
            for options in ((), ("--no-paths",)):
                with self.subTest(f"{shape}: report {options}"):
                    limited = ["prlimit", f"--fsize={self.LARGEST_FILE}", SNAPQ, "report", archive, "-q", "-o", "page.html", "--force"]
                    page = self.run_program([*limited, *options])
                    self.assertEqual((page.returncode, page.stderr), (0, ""))


class ManySpans(ManySites):
    def test_numbers_of_spans(self) -> None:
        """Spans are numbered in memory, or by sorting if wide gaps are between their rowids; a window function gives the same
        numbers."""
        spans = 100_000
        few = 1000  # rows to print. Those with all rows come last: they make this process large, which counts
        for names, rowid, rows in ((100_000, "x", few), (150_000, "x - 1000000", few), (200_000, "x * 3 - (1 << 62)", few),
                                   (7, "x * 30000000000000 - (1 << 62)", few), (150_000, "x * 100", few),
                                   (1, "x", spans), (7, "x", spans), (150_000, "x", spans)):  # fmt: skip
            bad = self.folder(
                f"DELETE FROM spans; WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < {spans - 1})"
                "INSERT INTO spans(rowid, device, name, depth, cut, peak_event, start_time_us, end_time_us)"
                f"SELECT {rowid}, x % 2, 'span ' || (x * 7919 % {names}), 0, 0, CASE WHEN x % 5 THEN x END, 0, 1 FROM n;"
            )
            sql = """WITH asked AS MATERIALIZED (SELECT rowid AS id, span_number(rowid) AS number FROM spans ORDER BY rowid),
                counted AS MATERIALIZED (SELECT rowid AS id, count(*) OVER same AS count,
                    row_number() OVER (PARTITION BY device, name ORDER BY rowid) - 1 AS number
                    FROM spans WHERE peak_event IS NOT NULL WINDOW same AS (PARTITION BY device, name))
                SELECT count(*), sum(asked.number IS NOT CASE WHEN counted.count > 1 THEN counted.number END)
                FROM asked LEFT JOIN counted USING (id)"""
            with self.subTest(names, rowid=rowid):
                result = self.snapq("query", bad, sql, "--format", "csv", "--no-header")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(result.stdout, f"{spans},0\n")
                named = self.run_bounded(MEMORY_KIB, "query", bad, "--named", "spans", "--format", "csv", "--max-rows", str(rows))
                self.assertEqual((named.returncode, named.stdout.count("\n")), (0, rows + 1))


class ManyDevices(ManySites):
    def test_the_rows_of_all_devices_together_have_the_memory_of_those_of_one(self) -> None:
        count, devices = 8_000 // SAMPLE_DIVISOR, 24
        many = self.snapshot("many", f"((i, 512, f'/x/project/file{{i}}.py', f'fn{{i}}') for i in range({count}))", devices)
        asked = {"sites": (), "stacks": ("--by", "stack", "--stacks", "all")}
        # All are asked before any answer is read: that takes memory, which would count as the program's.
        for name, options in asked.items():
            result = self.run_bounded(MEMORY_KIB, "summary", many, *options, "--top", "0", "--format", "json", "-o", name)
            self.assertEqual(result.returncode, 0, result.stderr)
        for name in asked:
            with self.subTest(name):
                rows = [device["top"] for device in json.loads((self.directory / name).read_text())["devices"]]
                self.assertEqual([sum(row["count"] for row in top) for top in rows], [count] * devices)
                self.assertGreaterEqual(min(len(top) for top in rows), 11)


if __name__ == "__main__":
    main()
