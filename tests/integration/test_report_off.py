#!/usr/bin/env python3
"""-DSNAPQ_REPORT=OFF: the build needs no esbuild, and the program says that it has no page and does everything else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SNAPQ")
WITHOUT_PAGE = os.environ.get("SNAPQ_WITHOUT_PAGE")
SAMPLE = ROOT / "examples" / "sample-training-step.pickle"


@unittest.skipUnless(WITHOUT_PAGE, "the program without a page was not built")
class ProgramWithoutPage(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="report-off-")))

    def run_program(self, *arguments: str, program: str | None = WITHOUT_PAGE) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(program), *arguments], cwd=self.directory, capture_output=True, text=True, check=False)

    def test_report_is_refused_and_writes_nothing(self) -> None:
        ended = self.run_program("report", str(SAMPLE), "-o", "page.html")
        self.assertEqual((ended.returncode, ended.stdout), (2, ""))
        self.assertEqual(
            ended.stderr, "snapq: error: this snapq was built without the command report (SNAPQ_REPORT=OFF)\n"
        )
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_other_commands_answer_as_usual(self) -> None:
        self.assertEqual(self.run_program("convert", "-q", str(SAMPLE), "-o", "run.zip").returncode, 0)
        for arguments in (["summary", "run.zip"], ["query", "run.zip", "--named", "largest"], ["verify", "run.zip"]):
            with self.subTest(command=arguments[0]):
                self.assertEqual(
                    self.run_program(*arguments).stdout, self.run_program(*arguments, program=PROGRAM).stdout
                )


class Configuration(unittest.TestCase):
    """CMake's first step. The value OFF of SNAPQ_ESBUILD is what CMake sees on a machine without esbuild."""

    def configure(self, *options: str) -> subprocess.CompletedProcess[str]:
        build = self.enterContext(tempfile.TemporaryDirectory(prefix="report-off-"))
        return subprocess.run(
            ["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DSNAPQ_TESTS=OFF", "-DSNAPQ_BENCH=OFF",
             "-DSNAPQ_ESBUILD=OFF", *options],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def test_esbuild_is_named_when_it_is_missing(self) -> None:
        ended = self.configure()
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("apt-get install esbuild", ended.stderr)
        self.assertIn("-DSNAPQ_REPORT=OFF", ended.stderr)

    def test_without_the_report_esbuild_is_not_needed(self) -> None:
        ended = self.configure("-DSNAPQ_REPORT=OFF")
        self.assertEqual(ended.returncode, 0, ended.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
