"""The wheel: what `scripts/package wheel` makes, and what pip installs from it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path

from program import ROOT, SAMPLE, SCRIPTS, SNAPQ, ProgramTest, Result, main
from python_package import DEBIAN_PYTHON, PackageTest, has_modules, python_with_pytest

STATIC_TAGS = "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"
VERSION = re.findall(r"^project\(snapq VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[0]
SMALLEST_PROGRAM = '#include <stdio.h>\nint main(void) { return puts("snapq %s") < 0; }\n'
RUN_DOCTESTS = """
import doctest, importlib, pkgutil, snapq
tried = 0
for name in ("snapq", *(f"snapq.{module.name}" for module in pkgutil.iter_modules(snapq.__path__))):
    if name != "snapq.pytest_plugin":  # needs pytest
        module = importlib.import_module(name)
        result = doctest.testmod(module, extraglobs={"snapq": snapq}, optionflags=doctest.ELLIPSIS)
        assert not result.failed, name
        tried += result.attempted
print(tried)
"""


def require_wheel_tools() -> None:
    if not has_modules(DEBIAN_PYTHON, "build", "setuptools", "wheel") or not shutil.which("readelf"):
        raise unittest.SkipTest("no tools to build a wheel")


def package(*arguments: str | Path, **environment: str) -> Result:
    command = [SCRIPTS / "package", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def stripped_program(directory: Path) -> Path:
    """The program without its debug symbols, so that its wheel is made much faster."""
    path = directory / "snapq"
    subprocess.run(["strip", "-o", path, SNAPQ], check=True)
    return path


class Wheel(ProgramTest):
    """What `scripts/package wheel` makes and refuses."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        require_wheel_tools()

    def program(self, version: str, name: str, *options: str) -> Path:
        """Makes a program that can only print its version."""
        path = self.directory / name
        compiler = ["cc", *options, "-x", "c", "-", "-o", str(path)]
        subprocess.run(compiler, input=SMALLEST_PROGRAM % version, text=True, check=True)
        return path

    def wheel(self, program: Path, folder: str = "out") -> Result:
        return package("wheel", "--binary", program, "--output", self.directory / folder)

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_static_program_runs_everywhere(self) -> None:
        program = self.program(VERSION, "program", "-static")
        digests = set()
        for folder in ("first", "second"):
            self.assertEqual(self.wheel(program, folder).stderr, "")
            self.assertEqual(self.names(folder), [f"snapq-{VERSION}-{STATIC_TAGS}.whl"])
            wheel = self.directory / folder / self.names(folder)[0]
            digests.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
        self.assertEqual(len(digests), 1, "the same sources give the same bytes")
        with zipfile.ZipFile(wheel) as archive:
            metadata = archive.read(f"snapq-{VERSION}.dist-info/WHEEL").decode()
        self.assertEqual(re.findall("^Tag: (.*)", metadata, re.M), [
            "py3-none-manylinux_2_17_x86_64", "py3-none-manylinux2014_x86_64", "py3-none-musllinux_1_1_x86_64"
        ])  # fmt: skip

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_other_programs_are_refused(self) -> None:
        text = self.directory / "text"
        text.write_text("#!/bin/sh\n")
        for program, words in (
            (self.program(VERSION, "dynamic"), "needs shared libraries, so it would not start on most machines"),
            (self.program("99.0", "other", "-static"), f"has version 99.0, but the sources have {VERSION}"),
            (text, "is not a program for x86_64 or aarch64"),
            (self.directory / "none", "there is no such file"),
        ):
            result = self.wheel(program)
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn(words, result.stderr)
            self.assertNotIn("out", self.names())

    def test_wrong_usage(self) -> None:
        for arguments, words in (
            ("wheel", "--binary is missing"),
            ("wheel --what", "unknown argument --what"),
            ("nothing", "there is no kind nothing"),
        ):
            result = package(*arguments.split())
            self.assertEqual(result.returncode, 2)
            self.assertIn(words, result.stderr)

    def test_kinds_are_listed(self) -> None:
        self.assertRegex(package().stdout, r"(?m)^  wheel +The wheel for pip")
        self.assertIn("--binary PROGRAM", package("wheel", "--help").stdout)


class Installed(PackageTest):
    """The wheel in a fresh virtual environment, installed without network."""

    wheel: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        require_wheel_tools()
        if not has_modules(sys.executable, "pip", "venv"):
            raise unittest.SkipTest("no pip")
        program = stripped_program(cls.folder)
        result = package("wheel", "--binary", program, "--for-testing", "--output", cls.folder)
        assert result.returncode == 0, result.stderr
        cls.wheel = Path(result.stdout.strip())
        base = python_with_pytest() or sys.executable
        subprocess.run([base, "-m", "venv", "--without-pip", cls.folder / "venv"], check=True)
        cls.pip("install", cls.wheel)

    @classmethod
    def pip(cls, command: str, *arguments: str | Path) -> None:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        environment = ["--python", str(cls.venv("python"))]
        subprocess.run([*pip, *environment, command, "--no-index", *map(str, arguments)], check=True)

    @classmethod
    def venv(cls, name: str) -> Path:
        return cls.folder / "venv" / "bin" / name

    def installed(self, *arguments: str, **environment: str) -> Result:
        clean = {"PYTHONPATH": "", "SNAPQ_PROGRAM": "", **environment}
        return self.run_python("-B", *arguments, python=str(self.venv("python")), **clean)

    def test_program_is_on_the_path(self) -> None:
        self.assertEqual(self.wheel.name, f"snapq-{VERSION}-py3-none-linux_x86_64.whl")
        result = self.run_program([self.venv("snapq"), "--version"])
        self.assertEqual(result.stdout.splitlines()[0], f"snapq {VERSION}")

    def test_module_finds_the_program_beside_it(self) -> None:
        shutil.copy(SAMPLE, self.directory / "run.pickle")
        text = "import snapq; print(snapq.__version__, snapq.convert('run.pickle'), snapq._program.find_program())"
        result = self.installed("-c", text, PATH="/nowhere")
        self.assertEqual(result.stdout, f"{VERSION} run.zip {self.venv('snapq')}\n", result.stderr)

    def test_module_finds_the_program_in_a_target_directory(self) -> None:
        self.pip("install", "--target", self.directory / "lib", self.wheel)
        text = "import snapq; print(snapq._program.find_program())"
        result = self.run_python("-S", "-c", text, PYTHONPATH=str(self.directory / "lib"), SNAPQ_PROGRAM="")
        self.assertEqual(result.stdout, f"{self.directory}/lib/bin/snapq\n", result.stderr)

    def test_examples_of_the_docstrings_hold(self) -> None:
        shutil.copy(SAMPLE, self.directory / "run.pickle")
        self.convert("run.pickle", target="run.zip")
        result = self.installed("-c", RUN_DOCTESTS)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertGreaterEqual(int(result.stdout), 19)

    def test_pytest_loads_the_plugin(self) -> None:
        """pytest itself is not in the environment."""
        python = python_with_pytest()
        if python is None:
            self.skipTest("pytest is not installed")
        where = self.run_program([python, "-c", "import pytest; print(pytest.__file__)"]).stdout
        result = self.installed("-m", "pytest", "--markers", PYTHONPATH=str(Path(where).parents[1]))
        self.assertIn("@pytest.mark.max_peak(size): ", result.stdout, result.stderr)


if __name__ == "__main__":
    main()
