"""check_archive and roundtrip accept a correct archive and name the error in a wrong one."""

from __future__ import annotations

import pickle
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from lib.allocator import CachingAllocator, Clock, segment_dicts  # noqa: E402
from lib.training_model import Shape, TrainingRun, allocator_settings  # noqa: E402
from python_archive import PythonArchive  # noqa: E402

SPOILERS = {
    "events": "UPDATE other_events SET time_us = time_us + 1 WHERE event = 40",
    "allocation stacks": "UPDATE allocations SET stack_id = (SELECT max(stack_id) FROM stacks) WHERE idx = 3",
    "peak": "UPDATE devices SET peak_requested_bytes = peak_requested_bytes + 512",
    "elements": "UPDATE allocations SET end_timestep = end_timestep + 1 WHERE idx = 7",
    "stack totals": "UPDATE stack_totals SET max_bytes = max_bytes + 1 WHERE stack_id = 2",
    "live stacks": "UPDATE live_stacks SET count = count + 1 WHERE moment = 'end'",
    "timeline": "UPDATE timeline SET requested_bytes = requested_bytes - 1 WHERE event = 12",
    "stacks": "UPDATE stacks SET depth = depth + 1 WHERE stack_id = 1",
    "query plan": "DROP VIEW allocs; CREATE VIEW allocs AS SELECT idx + 0 AS idx, size, "
    "start_timestep AS start_time, "
    "end_timestep AS end_time, '' AS callstack FROM allocations",
    "fragmentation": "INSERT INTO fragmentation VALUES (0, 'peak', 1, 100, 40, 30, 20, 11, 1, 0, 0, 0)",
    "meta": "UPDATE meta SET value = 'freed' WHERE key = 'preexisting'",
}


LOSSES = {
    "segments": "UPDATE segments SET is_expandable = NULL WHERE segment_id = 1",
    "blocks": "DELETE FROM blocks WHERE segment_id = 0 AND block = 0",
    "settings": "UPDATE settings SET value = '0' WHERE key = 'max_split_size'",
    "unknown keys": "DELETE FROM extra",
    "annotations": "DELETE FROM annotations WHERE annotation = 1",
    "events": "DELETE FROM other_events WHERE event = 5",
    "stacks and frames": "UPDATE stacks SET callstack = callstack || 'x' WHERE stack_id = 1",
}


def small_snapshot() -> dict[str, object]:
    allocator = CachingAllocator(capacity=1 << 30, clock=Clock(1_767_225_600_000_000))
    run = TrainingRun(allocator, Shape(layers=1, width=64, sequence=32, vocabulary=256, batch=2))
    run.create()
    run.train_step()
    trace: list[dict[str, object]] = []
    allocator.recorder = trace.append
    run.train_step()
    return {
        "segments": segment_dicts(allocator),
        "device_traces": [trace],
        "allocator_settings": allocator_settings(),
        "external_annotations": run.annotations,
        "run": {"rank": 3, "rate": 0.25, "tags": ("a", None, True)},
    }


class CheckArchive(unittest.TestCase):
    def setUp(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)
        self.directory = Path(self._directory.name)
        raw = small_snapshot()
        (self.directory / "run.pickle").write_bytes(pickle.dumps(raw, protocol=4))
        PythonArchive(raw).write(self.directory / "run.zip")

    def check(
        self, archive: str = "run.zip", script: str = "check_archive.py"
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-B",
                ROOT / "scripts" / script,
                self.directory / "run.pickle",
                self.directory / archive,
            ],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_correct_archive_passes(self) -> None:
        result = self.check()
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertNotIn("FAIL", result.stdout)

    def test_each_changed_table_is_named(self) -> None:
        for name, sql in SPOILERS.items():
            with self.subTest(name):
                self.spoil(sql)
                result = self.check("spoilt.zip")
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn(f"FAIL {name}:", result.stdout)

    def test_roundtrip_finds_nothing_lost(self) -> None:
        result = self.check(script="roundtrip.py")
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def test_roundtrip_names_each_loss(self) -> None:
        for name, sql in LOSSES.items():
            with self.subTest(name):
                self.spoil(sql)
                result = self.check("spoilt.zip", "roundtrip.py")
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn(f"FAIL {name}:", result.stdout)

    def test_a_damaged_zip_is_an_unreadable_file(self) -> None:
        (self.directory / "broken.zip").write_bytes(b"PK\x03\x04 not a zip")
        self.assertEqual(self.check("broken.zip").returncode, 3)

    def spoil(self, sql: str) -> None:
        with zipfile.ZipFile(self.directory / "run.zip") as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        file = self.directory / "spoilt.db"
        file.write_bytes(entries["elements.db"])
        database = sqlite3.connect(file)
        database.executescript(sql)
        database.commit()
        database.close()
        entries["elements.db"] = file.read_bytes()
        with zipfile.ZipFile(self.directory / "spoilt.zip", "w") as archive:
            for name, data in entries.items():
                archive.writestr(name, data)


if __name__ == "__main__":
    unittest.main()
