"""Commands work on archives of older versions, which lack tables and columns; values that these do not have are
null."""

from __future__ import annotations

import json
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
}


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
