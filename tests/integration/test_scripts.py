"""The layer check and the golden runner work, and every script describes itself with --help."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from program import ROOT, SCRIPTS, main


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def load_script(name: str) -> Any:
    """A script as a module; its file has no ending by which Python would know it."""
    loader = importlib.machinery.SourceFileLoader(name, str(SCRIPTS / name))
    module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(name, loader, origin=str(SCRIPTS / name)))
    module.__file__ = str(SCRIPTS / name)
    sys.modules[name] = module  # dataclasses look there
    loader.exec_module(module)
    return module


class InTemporaryFolder(unittest.TestCase):
    def setUp(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)
        self.directory = Path(self._directory.name)

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path


class Layers(InTemporaryFolder):
    def violations(self, name: str, include: str) -> str:
        path = self.write(name, f"#pragma once\n#include {include}\n")
        result = run(sys.executable, "-B", SCRIPTS / "check_layers", self.directory)
        path.unlink()
        self.assertEqual(result.returncode, 1 if f"{name}:2:" in result.stdout else 0, result.stdout)
        return result.stdout

    def test_the_sources_follow_the_layers(self) -> None:
        result = run(sys.executable, "-B", SCRIPTS / "check_layers")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_violations_are_found(self) -> None:
        for name, include in (
            ("src/io/a.cpp", '"timeline/tables/rows.hpp"'),
            ("src/timeline/a.cpp", '"zip/writer.hpp"'),
            ("src/support/a.hpp", '"io/source.hpp"'),
            ("src/archive/a.cpp", "<sqlite3.h>"),
            ("src/analysis/a.cpp", "<thread>"),
            ("src/convert/a.cpp", "<CLI/CLI.hpp>"),
            ("src/analysis/a.cpp", '"render/summary.hpp"'),
            ("src/json/a.cpp", '"pickle/handler.hpp"'),
            ("src/render/a.cpp", '"archive/archive_reader.hpp"'),
            ("src/cellar/a.cpp", '"support/error.hpp"'),
            ("src/analysis/a.cpp", '"snapq/archive.hpp"'),
            ("src/commands/a.cpp", '"api/report_values.hpp"'),
            ("include/snapq/a.hpp", "<fmt/format.h>"),
            ("include/snapq/a.hpp", '"support/error.hpp"'),
        ):
            with self.subTest(name=name, include=include):
                self.assertIn(f"{name}:2:", self.violations(name, include))

    def test_what_lies_below_may_be_included(self) -> None:
        for name, include in (
            ("src/convert/a.cpp", '"timeline/tables/rows.hpp"'),
            ("src/convert/a.cpp", "<thread>"),
            ("src/analysis/a.cpp", '"archive/archive_reader.hpp"'),
            ("src/archive/sqlite/a.cpp", "<sqlite3.h>"),
            ("src/archive/a.cpp", '"archive/b.hpp"'),
            ("src/api/a.cpp", '"snapq/archive.hpp"'),
            ("include/snapq/a.hpp", '"snapq/error.hpp"'),
            ("include/snapq/a.hpp", "<string>"),
            ("src/snapshot/decoder.cpp", '"pickle/machine.hpp"'),
        ):
            with self.subTest(name=name, include=include):
                self.assertIn("0 violations", self.violations(name, include))


class Golden(InTemporaryFolder):
    """Runs the runner in a copy of its own folder structure, with a fake program."""

    def setUp(self) -> None:
        super().setUp()
        self.write("scripts/run_golden.py", (SCRIPTS / "run_golden.py").read_text())
        self.program = self.write(
            "fake",
            '#!/bin/sh\n[ "$1" = --version ] && echo fake 1.2.3 && exit\n'
            'echo "said $*"; echo "took 17 ms, in $PWD" >&2; exit 3\n',
            0o755,
        )
        self.case = "tests/golden/fake/says"
        self.write(f"{self.case}/cmd", '"$SNAPQ" hello\n')

    def golden(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return run(
            sys.executable,
            "-B",
            self.directory / "scripts" / "run_golden.py",
            *arguments,
            SNAPQ=str(self.program),
            **environment,
        )

    def test_a_case_passes_by_text_and_by_pattern(self) -> None:
        self.write(f"{self.case}/stdout", "said hello\n")
        self.write(f"{self.case}/stderr", "took <<number>> ms, in $TMP\n")
        self.write(f"{self.case}/exit", "3\n")
        result = self.golden()
        self.assertEqual((result.returncode, result.stdout), (0, "1 ok\n"))

    def test_each_stream_is_compared(self) -> None:
        result = self.golden()
        self.assertEqual(result.returncode, 1)
        for line in ("+said hello", "+took 17 ms, in $TMP", "-0", "+3"):
            self.assertIn(line, result.stdout)

    def test_update_writes_expectations_and_keeps_patterns(self) -> None:
        self.write(f"{self.case}/stderr", "took <<number>> ms, in $TMP\n")
        self.assertEqual(self.golden("--update").returncode, 0)
        self.assertEqual((self.directory / self.case / "stderr").read_text(), "took <<number>> ms, in $TMP\n")
        self.assertEqual((self.directory / self.case / "exit").read_text(), "3\n")
        self.assertEqual(self.golden().stdout, "1 ok\n")

    def test_a_processor_may_have_an_expected_file_of_its_own(self) -> None:
        self.write(f"{self.case}/stdout", "said hello\n")
        self.write(f"{self.case}/stderr", "took 16 ms, in $TMP\n")
        self.write(f"{self.case}/stderr.z80", "took 17 ms, in $TMP\n")
        self.write(f"{self.case}/exit", "3\n")
        self.assertEqual(self.golden(SNAPQ_TEST_PROCESSOR="z80").returncode, 0)
        self.assertEqual(self.golden(SNAPQ_TEST_PROCESSOR="6502").returncode, 1)
        self.write(f"{self.case}/stderr.z80", "")
        self.assertEqual(self.golden("--update", SNAPQ_TEST_PROCESSOR="z80").returncode, 0)
        self.assertEqual((self.directory / self.case / "stderr.z80").read_text(), "took 17 ms, in $TMP\n")
        self.assertEqual((self.directory / self.case / "stderr").read_text(), "took 16 ms, in $TMP\n")

    def test_a_case_that_needs_a_missing_program_is_skipped(self) -> None:
        self.write(f"{self.case}/cmd", "# skip-unless: no-such-program\nfalse\n")
        self.assertIn("1 skip", self.golden().stdout)


class Scripts(unittest.TestCase):
    def test_python_scripts_explain_themselves(self) -> None:
        for path in sorted(SCRIPTS.glob("*.py")):
            if "argparse" in path.read_text():
                result = run(sys.executable, "-B", path, "--help")
                self.assertEqual((result.returncode, "usage:" in result.stdout), (0, True), path.name)

    @unittest.skipIf(importlib.util.find_spec("torch"), "PyTorch is here")
    def test_recording_without_pytorch_says_so(self) -> None:
        result = run(sys.executable, "-B", SCRIPTS / "record_snapshots.py")
        self.assertEqual(result.returncode, 2)
        self.assertIn("PyTorch is not installed", result.stderr)

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_the_document_names_the_packages_that_the_scripts_install(self) -> None:
        listed = run("bash", "-c", f"source {SCRIPTS}/lib/packages.sh; printf '%s\\n' \"${{build_packages[@]}}\"").stdout
        document = (ROOT / "docs/install.md").read_text().partition("## From source")[2]
        command = re.search(r"^apt-get install ((?:.*\\\n)*.*?) +# as root$", document, re.MULTILINE)
        assert command is not None
        self.assertEqual(command[1].replace("\\\n", " ").split(), [entry.partition(":")[0] for entry in listed.split()])

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_shell_scripts_parse(self) -> None:
        scripts = [
            path
            for path in [
                *SCRIPTS.iterdir(), *SCRIPTS.glob("lib/*.sh"), *(ROOT / "packaging").iterdir(), ROOT / ".ci" / "run"
            ]  # fmt: skip
            if path.is_file()
            and (path.suffix == ".sh" or path.read_bytes().startswith(b"#!/usr/bin/env bash"))
        ]
        self.assertGreater(len(scripts), 4)
        for path in scripts:
            self.assertEqual(run("bash", "-n", path).stderr, "", path.name)


class Exponents(unittest.TestCase):
    """What scripts/growth marks."""

    def marks(self, cost: Callable[[float], float], written: Callable[[float], float] = lambda size: size) -> list[str]:
        growth = load_script("growth")

        def measured(size: int) -> Any:
            return growth.Cost(size, 0, cost(size), 0, int(written(size)), int(written(size)))

        return growth.Growth(measured(1), measured(250_000), measured(500_000), True).marks()

    def test_more_than_proportional_is_steep_whatever_a_start_costs(self) -> None:
        self.assertEqual(self.marks(lambda size: 5e9 + size**2), ["steep"])
        self.assertEqual(self.marks(lambda size: 100 * size**1.2), ["steep"])

    def test_proportional_is_not_marked(self) -> None:
        self.assertEqual(self.marks(lambda size: 1e8 + 1000 * size), [])
        self.assertEqual(self.marks(lambda size: 1000 * size * math.log(size)), [])
        self.assertEqual(self.marks(lambda size: 1e9), [])

    def test_a_small_cost_is_not_marked(self) -> None:
        self.assertEqual(self.marks(lambda size: 1e9 + size**2 / 10_000), [])

    def test_what_is_written_for_the_file_is_noted(self) -> None:
        self.assertEqual(self.marks(lambda size: size**2 / 1000, lambda size: size**2 / 2000), ["spelled out"])
        self.assertEqual(self.marks(lambda size: size**2, lambda size: size**2 / 1000), ["spelled out", "written"])


if __name__ == "__main__":
    main(needs_program=False)
