"""Compares `diff` with SQL on the databases of both sides: totals, counts and rows add up for every key and moment."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SNAPQ = os.environ.get("SNAPQ", str(ROOT / "build" / "dev" / "snapq"))
CORPUS = ROOT / ".." / "shared" / "corpus"
KEYS = ["site", "user-frame", "op", "function", "file", "stack", "stream", "pool", "size"]
MOMENTS = ["peak", "reserved-peak", "start", "end", "event:100", "timestep:50"]
LIVE = ("FROM allocations WHERE device = ? AND coalesce(alloc_event, -1) <= ? AND "
        "(end_event IS NULL OR end_event > ?)")

sys.path.insert(0, str(ROOT / "tests" / "golden" / "diff"))
import runs  # noqa: E402


def snapq(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SNAPQ, *map(str, arguments)], capture_output=True, text=True, check=False)


def diff(*arguments: str | Path) -> dict[str, Any]:
    result = snapq("diff", *arguments, "--format", "json")
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout)


class Archive:
    """The archive of a snapshot, with its database opened by Python's sqlite3."""

    def __init__(self, folder: Path, snapshot: Path) -> None:
        self.path = folder / (snapshot.name + ".zip")
        made = snapq("convert", "-q", snapshot, "-o", self.path)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        with zipfile.ZipFile(self.path) as archive, archive.open("elements.db") as source:
            copy = folder / (snapshot.name + ".db")
            with copy.open("wb") as target:
                shutil.copyfileobj(source, target)
        self.database = sqlite3.connect(copy)

    def live(self, device: int, event: int) -> tuple[int, int]:
        row = self.database.execute(f"SELECT coalesce(sum(size), 0), count(*) {LIVE}", (device, event, event))
        return tuple(row.fetchone())

    def site_rows(self, device: int, event: int) -> dict[str, int]:
        """Bytes by file and function of the site, for stacks that have such a frame."""
        rows = self.database.execute(
            f"SELECT f.filename, f.name, sum(size) FROM (SELECT stack_id, size {LIVE}) JOIN stacks USING(stack_id) "
            "JOIN frames f ON f.frame_id = site_frame_id GROUP BY 1, 2", (device, event, event))
        return {f"{file} {function}".replace("\\", "/"): size for file, function, size in rows}

    def figure(self, name: str, device: int) -> int | None:
        return self.database.execute(f"SELECT {name} FROM devices WHERE device = ?", (device,)).fetchone()[0]


def number_of(device: dict[str, Any], side: str) -> int:
    """Two archives that used one device each are compared, whatever its number."""
    return device.get("base_device", device["device"]) if side == "base" else device["device"]


class Diff(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]
    archives: list[Archive]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        path = Path(cls.folder.name)
        runs.step(runs.Run(), extra=True).save(str(path / "tiny.pickle"))
        snapshots = [path / "tiny.pickle", *sorted((ROOT / "examples").glob("*.pickle"))]
        snapshots += sorted(CORPUS.glob("*.pickle"))
        cls.archives = [Archive(path, snapshot) for snapshot in snapshots]

    @classmethod
    def tearDownClass(cls) -> None:
        for archive in cls.archives:
            archive.database.close()
        cls.folder.cleanup()

    def assert_agrees(self, device: dict[str, Any], base: Archive, new: Archive) -> None:
        for side, archive in (("base", base), ("new", new)):
            size = sum(row[f"{side}_bytes"] for row in device["rows"])
            count = sum(row[f"{side}_count"] for row in device["rows"])
            if not device[f"in_{side}"]:
                self.assertEqual((size, count), (0, 0))
                continue
            event = device[f"{side}_at"]["event"]
            number = number_of(device, side)
            self.assertEqual((size, count), archive.live(number, event))
            self.assertEqual(device["requested_bytes"][side], size)
            for name in ("peak_requested_bytes", "peak_reserved_bytes"):
                self.assertEqual(device[name][side], archive.figure(name, number))
        for row in device["rows"]:
            self.assertEqual(row["delta_bytes"], row["new_bytes"] - row["base_bytes"])
            for side in ("base", "new"):
                if row[f"{side}_max_bytes"] is not None:
                    self.assertGreaterEqual(row[f"{side}_max_bytes"], row[f"{side}_bytes"])

    def test_rows_add_up_to_what_is_live_for_every_key(self) -> None:
        for base, new in itertools.pairwise(self.archives):
            for key in KEYS:
                with self.subTest(base=base.path.name, new=new.path.name, by=key):
                    report = diff(base.path, new.path, "--by", key)
                    for device in report["devices"]:
                        self.assert_agrees(device, base, new)

    def test_rows_add_up_at_every_moment(self) -> None:
        for archive in self.archives[1:]:
            for base, new in itertools.pairwise(MOMENTS):
                with self.subTest(archive=archive.path.name, base=base, new=new):
                    report = diff(archive.path, "--at-base", base, "--at-new", new)
                    self.assertTrue(report["devices"])
                    for device in report["devices"]:
                        self.assert_agrees(device, archive, archive)

    def test_rows_by_function_are_those_of_the_database(self) -> None:
        for base, new in itertools.pairwise(self.archives):
            for device in diff(base.path, new.path, "--by", "function")["devices"]:
                for side, archive in (("base", base), ("new", new)):
                    if not device[f"in_{side}"]:
                        continue
                    wanted = archive.site_rows(number_of(device, side), device[f"{side}_at"]["event"])
                    found = {row["key"]: row[f"{side}_bytes"] for row in device["rows"]
                             if row[f"{side}_count"] and not row["key"].startswith("[")}
                    self.assertEqual(found, wanted)

    def test_the_same_run_twice_is_the_same(self) -> None:
        for archive, key in itertools.product(self.archives, KEYS):
            report = diff(archive.path, archive.path, "--by", key, "--max-growth", "0", "--max-row-growth", "0")
            for device in report["devices"]:
                self.assertEqual({row["status"] for row in device["rows"]}, {"same"}, (archive.path, key))

    def test_a_raw_snapshot_gives_the_rows_of_its_archive(self) -> None:
        snapshot = ROOT / "examples" / "sample-training-step.pickle"
        archive = next(archive for archive in self.archives if archive.path.name.startswith(snapshot.name))
        other = self.archives[0]
        self.assertEqual(diff(other.path, snapshot)["devices"], diff(other.path, archive.path)["devices"])

    def test_output_is_the_same_each_time(self) -> None:
        for form in ("text", "json", "csv", "markdown"):
            seen = {snapq("diff", self.archives[0].path, self.archives[1].path, "--format", form).stdout
                    for _ in range(20)}
            self.assertEqual(len(seen), 1)
            self.assertNotIn("\x1b", seen.pop())

    def test_markdown_stays_below_the_limit_of_a_comment(self) -> None:
        result = snapq("diff", self.archives[0].path, self.archives[-1].path, "--by", "size", "--format", "markdown")
        self.assertLessEqual(len(result.stdout.encode()), 60_000)


if __name__ == "__main__":
    unittest.main()
