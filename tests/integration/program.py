"""The program under test and a fresh folder for every test; shared by the tests of this folder."""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
SAMPLE = ROOT / "examples" / "sample-training-step.pickle"
CPP_SAMPLE = ROOT / "examples" / "sample-cpp-pickler.pickle"
CORPUS = ROOT.parent / "shared" / "corpus"
SNAPQ = os.environ.get("SNAPQ", "")
TIME_LIMIT_S = 100
SKIPPED = 77  # exit code that CTest reports as "Skipped"
# Sanitizers make programs many times slower, so tests with very many cases run only every n-th one. The presets set n.
SAMPLE_DIVISOR = max(1, int(os.environ.get("SNAPQ_TEST_SAMPLE", "1")))
# Runs a command and prints its peak of memory in KiB as the last line. For this, Python starts as a process of its own,
# because Linux counts the memory that a process holds as the peak of the programs that it starts.
MEASURE = """
import os, sys
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
sys.path.insert(0, str(SCRIPTS))

Result = subprocess.CompletedProcess[str]
needs_recorded_snapshots = unittest.skipUnless(CORPUS.is_dir(), "there are no recorded snapshots")


class ProgramTest(unittest.TestCase):
    """Runs snapq in `self.directory`, which is empty at first and removed after the test."""

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory(prefix="snapq-integration-")
        self.addCleanup(holder.cleanup)
        self.directory = Path(holder.name)

    def snapq(self, *arguments: str | Path, **options: Any) -> Result:
        return self.run_program([SNAPQ, *arguments], **options)

    def run_program(self, command: Sequence[str | Path], **options: Any) -> Result:
        options.setdefault("cwd", self.directory)
        if "input" not in options and "stdin" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TIME_LIMIT_S, **options
        )

    def run_bounded(self, most_kib: int, *arguments: str | Path) -> Result:
        """Runs snapq and checks its peak of memory. Its temporary files are in the folder of the test."""
        with tempfile.TemporaryFile() as errors, subprocess.Popen(
            [SNAPQ, *arguments],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "TMPDIR": str(self.directory)},
        ) as process:
            assert process.stdout is not None
            output = process.stdout.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            said = errors.read().decode()
        if not is_sanitized():
            self.assertLessEqual(usage.ru_maxrss, most_kib, arguments)
        return Result(process.args, process.returncode, output, said)

    def convert(self, source: str | Path, *options: str | Path, target: str = "out.zip", **how: Any) -> Path:
        """Converts a source, which must succeed, and returns the path of the archive."""
        result = self.snapq("convert", source, "-o", target, "--force", "-q", *options, **how)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.directory / target

    def names(self, folder: str = ".") -> list[str]:
        """The names of everything in a folder of the test, including hidden files."""
        return sorted(path.name for path in (self.directory / folder).iterdir())

    def assert_refused(self, result: Result, code: int, *words: str) -> None:
        """Checks the exit code, for one error line with the words (and perhaps a hint), and for an empty stdout."""
        lines = result.stderr.splitlines()
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertTrue(lines and lines[0].startswith("snapq: error: "), result.stderr)
        self.assertTrue(all(line.startswith("snapq: hint: ") for line in lines[1:]), result.stderr)
        self.assertLessEqual(len(lines), 2, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, lines[0])


def bytes_of(archive: Path) -> dict[str, bytes]:
    """Every byte of a zip, or of a directory's files by name."""
    if archive.is_dir():
        return {path.name: path.read_bytes() for path in archive.iterdir()}
    return {"": archive.read_bytes()}


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def extracted(archive: Path, folder: Path) -> Path:
    """The database of an archive, unpacked by snapq itself (zipfile does not know zstd)."""
    subprocess.run([SNAPQ, "extract", "-q", archive, "-d", folder], check=True)
    return folder / "elements.db"


def content(archive: Path, folder: Path) -> list[str]:
    """All rows of all tables as text, without the rows that name the input."""
    with sqlite3.connect(f"file:{extracted(archive, folder)}?mode=ro", uri=True) as database:
        lines = [line for line in database.iterdump() if '"meta" VALUES(\'source' not in line]
    database.close()
    return lines


def meta(archive: Path, folder: Path) -> dict[str, Any]:
    with sqlite3.connect(f"file:{extracted(archive, folder)}?mode=ro", uri=True) as database:
        found = dict(database.execute("SELECT key, value FROM meta"))
    database.close()
    return found


@functools.cache
def is_sanitized() -> bool:
    """Whether snapq is a sanitizer build. It reserves terabytes of addresses and must load its own library first."""
    # Uses grep, because Linux counts the memory that this process holds as the peak of the programs that it starts.
    return subprocess.run(["grep", "-qe", "__asan_init", "-e", "__tsan_init", SNAPQ], check=False).returncode == 0


def main(needs_program: bool = True) -> None:
    """Runs the tests of the calling file. Exit code 77 tells CTest that none of them can run here."""
    if needs_program and not SNAPQ:
        print("SNAPQ does not name the program under test")
        sys.exit(SKIPPED)
    sys.exit(exit_code(unittest.main(exit=False).result))


def exit_code(result: unittest.TestResult) -> int:
    if not result.wasSuccessful():
        return 1
    skipped = {test.id() for test, _ in result.skipped if not isinstance(test, unittest.case._SubTest)}
    if result.skipped:
        reasons = "; ".join(sorted({reason for _, reason in result.skipped}))
        print(f"{len(skipped)} of {result.testsRun} tests skipped: {reasons}", flush=True)
    return SKIPPED if skipped and len(skipped) >= result.testsRun else 0
