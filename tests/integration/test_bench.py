"""The naive route of the benchmark means the same as snapq, and the benchmark's report is whole."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
SAMPLE = ROOT / "examples" / "sample-training-step.pickle"
sys.path.insert(0, str(SCRIPTS))

import oracle  # noqa: E402

# Stands in for snapq: `convert INPUT -o OUTPUT …` writes something, questions answer nothing.
FAKE = """#!/bin/sh
if [ "$1" = convert ]; then head -c 1000 "$2" > "$4"; echo '{"phases": []}'; fi
"""


class NaiveRoute(unittest.TestCase):
    def test_its_timeline_is_the_one_of_the_rules(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            target = Path(directory) / "naive.zip"
            subprocess.run(
                [sys.executable, "-B", SCRIPTS / "lib" / "naive_convert.py", SAMPLE, target], check=True
            )
            with zipfile.ZipFile(target) as archive:
                found = json.loads(archive.read("allocations.json"))
        self.assertEqual(found, oracle.allocations_json(oracle.timeline(oracle.load(SAMPLE), 0).elements))


class Bench(unittest.TestCase):
    def test_report_has_every_job_and_the_comparisons(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory)
            fake = folder / "fake"
            fake.write_text(FAKE)
            fake.chmod(0o755)
            report = folder / "report.json"
            result = subprocess.run(
                [
                    sys.executable,
                    "-B",
                    SCRIPTS / "bench",
                    "--sizes",
                    "S",
                    "--runs",
                    "1",
                    "--naive",
                    "never",
                    "--snapq",
                    fake,
                    "--folder",
                    folder,
                    "--json",
                    report,
                    "--markdown",
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            entry = json.loads(report.read_text())["inputs"][0]
        names = [item["name"] for item in entry["results"]]
        for name in (
            "cat",
            "convert deflate, 1 thread",
            "convert zstd, 2 threads",
            "summary",
            "query idx = ?",
        ):
            self.assertIn(name, names)
            self.assertIn(f"| {name} |", result.stdout)
        self.assertTrue(all(item["median_s"] > 0 and item["peak_kib"] > 0 for item in entry["results"]))
        self.assertIn("deflate, 1 -> 2 threads (speed-up)", entry["ratios"])
        self.assertEqual(entry["stats"], {"phases": []})

    def test_a_failing_command_ends_the_benchmark(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            result = subprocess.run(
                [
                    sys.executable,
                    "-B",
                    SCRIPTS / "bench",
                    "--sizes",
                    "S",
                    "--runs",
                    "1",
                    "--naive",
                    "never",
                    "--snapq",
                    "/bin/false",
                    "--folder",
                    directory,
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        self.assertEqual(result.returncode, 1)
        self.assertIn("ended with 1", result.stderr)


if __name__ == "__main__":
    unittest.main()
