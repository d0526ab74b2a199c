"""Commands work on archives of older versions, which lack tables and columns; values that these do not have are
null."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

from program import ROOT, SNAPQ, main

sys.path.insert(0, str(ROOT / "tests" / "golden"))

import make_snapshots  # noqa: E402

# NAME.at.sql is the form of query NAME for a moment, and has no name of its own.
QUERIES = sorted(path.stem for path in (ROOT / "examples" / "queries").glob("*.sql") if "." not in path.stem)

# What version 0.1.0 did not have: dropped tables, and columns by table.
ADDED_TABLES = ("pool_fragmentation", "oom_unusable", "pending", "leaks", "steps", "category_totals", "category_timeline")
ADDED_COLUMNS = {
    "fragmentation": ("largest_cached_segment_bytes",),
    "oom": ("stream", "pool_id", "pool_inferred", "segment_bytes", "usable_bytes", "usable_largest_bytes",
            "verdict_lacks"),
    "devices": ("kind",),
    "stacks": ("forward_stack_id", "phase"),
    "allocations": ("category_id", "category"),
}
KEYS = ("site", "user-frame", "op", "function", "file", "stack", "node", "stream", "pool", "size", "state", "metadata",
        "pytorch-category", "category", "phase", "module")


def run(*arguments: object) -> str:
    result = subprocess.run([SNAPQ, *map(str, arguments)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{arguments}: exit {result.returncode}: {result.stderr}")
    return result.stdout


class OlderArchives(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="older-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def older(self, name: str, changes: str = "") -> Path:
        """The folder form of an archive, with the tables of version 0.1.0."""
        make_snapshots.write(name, self.folder / f"{name}.pickle")
        run("convert", "-q", self.folder / f"{name}.pickle", "-o", self.folder / f"{name}.zip")
        target = self.folder / name
        with zipfile.ZipFile(self.folder / f"{name}.zip") as archive:
            for entry in ("allocations.json", "elements.db"):
                archive.extract(entry, target)
        with sqlite3.connect(target / "elements.db") as database:
            # SQLite cannot drop a column behind which a comment follows.
            database.execute("PRAGMA writable_schema = ON")
            for table, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
                database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (re.sub(r" *--[^\n]*", "", sql), table))
        database.close()
        with sqlite3.connect(target / "elements.db") as database:
            database.execute("DELETE FROM meta WHERE key IN ('category_basis', 'step_basis')")
            for table in ADDED_TABLES:
                database.execute(f"DROP TABLE {table}")
            for table, columns in ADDED_COLUMNS.items():
                for column in columns:
                    database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            database.executescript(changes)
        database.close()
        return target

    def device(self, archive: Path) -> dict[str, Any]:
        return json.loads(run("summary", archive, "--format", "json"))["devices"][0]

    def test_every_built_in_query_runs(self) -> None:
        archive = self.older("oom-fits")
        for name in QUERIES:
            with self.subTest(query=name):
                run("query", archive, "--named", name)
        self.assertEqual(run("query", archive, "--named", "pools", "--format", "jsonl"), "")

    def answer(self, *arguments: object) -> str:
        """Exit code 0, or an error that says what to do."""
        result = subprocess.run([SNAPQ, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=self.folder)
        if result.returncode != 0:
            self.assertEqual(result.returncode, 3, f"{arguments}: {result.stderr}")
            self.assertIn("an earlier version of snapq wrote it", result.stderr)
            self.assertIn("convert the snapshot again", result.stderr)
        return result.stdout

    def test_every_command_answers(self) -> None:
        archive = self.older("oom-fits")
        newer = f"{archive}.zip"
        for form in ("text", "json", "csv", "markdown"):
            for commands in (("summary", archive), ("diff", archive, newer), ("diff", newer, archive)):
                with self.subTest(commands=commands, form=form):
                    self.assertNotEqual(self.answer(*commands, "--format", form), "")
        folder = self.folder
        for command in (("info",), ("verify",), ("report", "-o", folder / "page.html"), ("extract", "-d", folder / "viewer"),
                        ("export", "--format", "parquet", "-o", folder / "lake", "--partition", "job=1")):
            with self.subTest(command=command):
                run(command[0], archive, *command[1:])
        (self.folder / "ranks").mkdir()
        archive.rename(self.folder / "ranks" / "rank0")
        Path(newer).rename(self.folder / "ranks" / "rank1.zip")
        for more in ((), ("--across", "ranks"), ("--format", "json")):
            self.assertNotEqual(run("summary", self.folder / "ranks", *more), "")

    def test_every_key_answers(self) -> None:
        archive = self.older("oom-fits")
        refused = []
        for key in KEYS:
            for at in ("peak", "event:1"):
                with self.subTest(key=key, at=at):
                    if not self.answer("summary", archive, "--by", key, "--at", at):
                        refused.append(key)
                    self.answer("diff", archive, archive, "--by", key, "--at-base", "start", "--at-new", at)
        self.assertEqual(refused, ["category", "category", "phase", "phase"])
        self.answer("summary", archive, "--by", "tree")
        self.answer("summary", archive, "--at", "step:0")

    def test_sql_that_names_a_later_column_gets_a_hint(self) -> None:
        archive = self.older("oom-fits")
        for sql, column in (("SELECT kind FROM devices", "devices.kind"), ("SELECT s.Phase FROM stacks s", "stacks.phase"),
                            ("SELECT category FROM allocations", "allocations.category")):
            with self.subTest(sql=sql):
                result = subprocess.run([SNAPQ, "query", archive, sql], capture_output=True, text=True, check=False)
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"an earlier version of snapq wrote this archive, without {column}; convert", result.stderr)

    def test_a_verdict_that_may_be_wrong_is_unknown(self) -> None:
        oom = self.device(self.older("oom-fits"))["ooms"][0]
        self.assertIsNone(oom["fits_without_fragmentation"])
        self.assertIn("older version", oom["verdict"])
        for name in ("usable_bytes", "usable_largest_bytes", "pool", "stream", "segment_bytes"):
            self.assertIsNone(oom[name], name)
        self.assertEqual(oom["asked_bytes"], 30 << 20)

    def test_a_verdict_that_was_right_stays(self) -> None:
        oom = self.device(self.older("oom-does-not-fit"))["ooms"][0]
        self.assertIs(oom["fits_without_fragmentation"], False)

    def test_a_largest_hole_that_may_be_a_cached_segment_is_unknown(self) -> None:
        wrong = f"UPDATE fragmentation SET largest_hole_bytes = {40 << 20} WHERE moment = 'end'"
        archive = self.older("cached", wrong)
        ends = json.loads(run("query", archive, "SELECT * FROM fragmentation WHERE moment = 'end'", "--format", "json"))
        self.assertEqual(ends[0]["cached_segments"], 1)
        self.assertIsNone(ends[0]["largest_hole_bytes"])
        self.assertIsNone(ends[0]["largest_cached_segment_bytes"])
        full = json.loads(run("query", self.older("fragmentation-0"),
                              "SELECT * FROM fragmentation WHERE moment = 'end'", "--format", "json"))
        self.assertEqual((full[0]["largest_hole_bytes"], full[0]["largest_cached_segment_bytes"]), (0, 0))

    def test_no_advice_is_given_without_pools(self) -> None:
        self.assertFalse([text for text in self.device(self.older("stranded"))["remarks"] if "expandable" in text])

    def test_the_answers_of_text_and_markdown(self) -> None:
        archive = self.older("oom-fits")
        self.assertIn("verdict    unknown: an older version", run("summary", archive))
        self.assertIn("Verdict: unknown", run("summary", archive, "--format", "markdown"))
        self.assertEqual(run("summary", archive, "--get", "oom_requested_bytes"), f"{30 << 20}\n")
        run("diff", archive, archive)

    def test_the_database_is_not_changed(self) -> None:
        archive = self.older("oom-fits")
        before = (archive / "elements.db").read_bytes()
        run("query", archive, "SELECT count(*) FROM oom")
        self.assertEqual((archive / "elements.db").read_bytes(), before)
        attempt = subprocess.run([SNAPQ, "query", archive, "CREATE TEMP VIEW v AS SELECT 1"], capture_output=True,
                                 check=False)
        self.assertEqual(attempt.returncode, 2)


if __name__ == "__main__":
    main()
