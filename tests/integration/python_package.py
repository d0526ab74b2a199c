"""Runs Python with the package of packaging/python; shared by the tests of this folder."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from program import ROOT, SNAPQ, ProgramTest, Result

PACKAGE = ROOT / "packaging" / "python"
STAND_IN = Path(__file__).resolve().parent / "stand_in"
DEBIAN_PYTHON = "/usr/bin/python3"


def has_modules(python: str, *modules: str) -> bool:
    text = f"import importlib.util as i, sys; sys.exit(not all(map(i.find_spec, {modules})))"
    return Path(python).exists() and subprocess.run([python, "-c", text], check=False).returncode == 0


@functools.cache
def python_with_pytest() -> str | None:
    """An interpreter that has pytest: this one, or Debian's."""
    return next((python for python in (sys.executable, DEBIAN_PYTHON) if has_modules(python, "pytest")), None)


class PackageTest(ProgramTest):
    """Tests with the package of the source tree, and with the stand-in for PyTorch."""

    folder: Path  # shared by all tests of a class

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.folder = Path(tempfile.mkdtemp(prefix="snapq-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def python(self, text: str, *, python: str = sys.executable, **environment: str) -> Result:
        return self.run_python("-c", textwrap.dedent(text), python=python, **environment)

    def run_python(self, *arguments: str, python: str = sys.executable, **environment: str) -> Result:
        paths = {
            "PYTHONPATH": f"{PACKAGE}{os.pathsep}{STAND_IN}",
            "PYTHONPYCACHEPREFIX": str(self.folder / "cache"),  # the source tree stays clean
            "SNAPQ_PROGRAM": SNAPQ,
        }
        return self.run_program([python, *arguments], env={**os.environ, **paths, **environment})

    def says(self, text: str, **environment: str) -> str:
        """Runs a program, which must succeed without messages, and returns what it prints."""
        result = self.python(text, **environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def raises(self, text: str, **environment: str) -> str:
        """The last lines of the traceback: the exception and its message."""
        result = self.python(text, **environment)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        return re.split(r"^(?=snapq\.|\w+Error: )", result.stderr, flags=re.M)[-1]
