"""The simple converter of the benchmark (naive_convert.py) agrees with snapq, and its report is complete."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
SAMPLE = ROOT / "examples" / "sample-training-step.pickle"
sys.path.insert(0, str(SCRIPTS))

import oracle  # noqa: E402
from lib.bench_checks import Check, checks_of, linearity_checks  # noqa: E402
from lib.bench_inputs import with_imports  # noqa: E402
from lib.bench_jobs import Measured  # noqa: E402

# Used in place of snapq: `convert INPUT -o OUTPUT …` writes something, and prints its phases.
FAKE = """#!/bin/sh
case "$1" in
convert)
    head -c 1000 "$2" > "$4"
    echo '{"conversions": [{"events": 36000, "phases": [{"phase": "write", "wall_seconds": 0.5}]}]}' ;;
info) echo '{"entries": [{"name": "elements.db", "compressed_size": 100}]}' ;;
esac
"""


def measured(name: str, seconds: float, **others: Any) -> Measured:
    return Measured(name, [seconds], [seconds], **others)


class NaiveRoute(unittest.TestCase):
    def test_its_timeline_is_that_of_the_oracle(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            target = Path(directory) / "naive.zip"
            subprocess.run(
                [sys.executable, "-B", SCRIPTS / "lib" / "naive_convert.py", SAMPLE, target], check=True
            )
            with zipfile.ZipFile(target) as archive:
                found = json.loads(archive.read("allocations.json"))
        self.assertEqual(found, oracle.allocations_json(oracle.timeline(oracle.load(SAMPLE), 0).elements))


class Inputs(unittest.TestCase):
    def test_a_generated_file_depends_on_every_module_of_the_model(self) -> None:
        found = {path.name for path in with_imports(SCRIPTS / "generate_snapshot.py", set())}
        self.assertLessEqual(
            {"generate_snapshot.py", "cpp_pickler.py", "steady_run.py", "allocator.py"}, found
        )
        self.assertNotIn("naive_convert.py", found)


class Checks(unittest.TestCase):
    def test_verdicts(self) -> None:
        self.assertEqual(Check("a", 3, 4, 2).verdict(), "met, goal missed")
        self.assertEqual(Check("a", 2, 4, 2).verdict(), "met, goal too")
        self.assertEqual(Check("a", 4.01, 4, 2).verdict(), "MISSED")
        self.assertEqual(Check("a", 24.9, 25, at_least=True).verdict(), "MISSED")
        self.assertEqual(Check("a", 25, 25, at_least=True).verdict(), "met")
        self.assertEqual(
            Check("a", 0.0123, 0.02, 0.005, unit="s").row()[1:4], ["12.3 ms", "≤ 20.0 ms", "≤ 5.0 ms"]
        )

    def test_a_figure_that_was_not_measured_has_no_check(self) -> None:
        entry = {"bytes": 1000, "events": 10, "decoder": None}
        self.assertEqual(checks_of(entry, {"cat": measured("cat", 1)}), [])

    def test_checks_take_the_right_figures(self) -> None:
        results = {
            "naive Python": measured("naive Python", 60, peak_kib=7000),
            "gzip -1": measured("gzip -1", 4),
            "convert deflate, 1 thread": measured("", 3, stats=[{"phases": [write_phase(2.0)]}]),
            "convert deflate, 2 threads": measured(
                "", 2, peak_kib=100, output_bytes=400, stats=[{"phases": [write_phase(1.0)]}]
            ),
        }
        entry = {"bytes": 1000, "events": 10, "decoder": None, "database_packed_bytes": 50}
        found = {check.name: check.value for check in checks_of(entry, results)}
        self.assertEqual(
            found,
            {
                "naive Python / convert deflate, time": 30,
                "naive Python / convert deflate, memory": 70,
                "convert deflate / gzip -1, time": 0.5,
                "writing phases, deflate, 1 → 2 threads": 2,
                "pickle / archive, deflate, size": 2.5,
                "pickle / elements.db in the deflate archive, size": 20,
                "convert, peak memory": 100 * 1024,
            },
        )

    def test_large_sizes_must_have_the_same_cost_per_event(self) -> None:
        def entry(size: str, factor: int, seconds: float) -> dict[str, Any]:
            found = {"output_bytes": 100_000_000 * factor}
            return {
                "size": size,
                "bytes": 300_000_000 * factor,
                "events": 1_000_000 * factor,
                "by_name": {"convert deflate, 2 threads": found},
                "growth": {"lowest_s": seconds, "lowest_cpu_s": 2 * seconds},
            }

        small = {**entry("300kB", 1, 9.0), "bytes": 30_000_000}
        time, output = linearity_checks([small, entry("M", 1, 1.0), entry("L", 4, 4.8)])
        self.assertTrue(time.name.startswith("M → L"))
        self.assertAlmostEqual(time.value, 1.2)
        self.assertEqual((time.verdict(), output.value, output.verdict()), ("MISSED", 1.0, "met"))
        self.assertEqual(linearity_checks([small, entry("M", 1, 1.0)]), [])


def write_phase(seconds: float) -> dict[str, Any]:
    return {"phase": "write", "wall_seconds": seconds}


class Bench(unittest.TestCase):
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        # The tests share the generated snapshots, which the benchmark keeps.
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def bench(self, sizes: str, program: str | Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-B", SCRIPTS / "bench", "--sizes", sizes, "--runs", "1", "--naive", "never",
                   "--snapq", program, "--folder", self.folder, *options]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_report_has_every_job_and_the_comparisons(self) -> None:
        fake, report = self.folder / "fake", self.folder / "report.json"
        fake.write_text(FAKE)
        fake.chmod(0o755)
        result = self.bench("300kB,600kB", fake, "--json", report, "--markdown")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        entry, larger = json.loads(report.read_text())["inputs"]
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
        checks = {check["name"]: check for check in entry["checks"]}
        self.assertEqual(checks["writing phases, deflate, 1 → 2 threads"]["value"], 1)
        self.assertFalse(checks["writing phases, deflate, 1 → 2 threads"]["floor_met"])
        self.assertTrue(checks["convert, peak memory"]["floor_met"])
        for each in (entry, larger):
            self.assertGreater(each["growth"]["lowest_s"], 0)
            self.assertIn(f"| {each['size']}, training, cpython |", result.stdout)
        self.assertRegex(result.stdout, r"(?m)^\| writing phases, deflate, 1 → 2 threads .*\| MISSED \|$")

    def test_a_failing_command_ends_the_benchmark(self) -> None:
        result = self.bench("300kB", "/bin/false")
        self.assertEqual(result.returncode, 1)
        self.assertIn("ended with 1", result.stderr)


if __name__ == "__main__":
    unittest.main()
