"""What the scripts of packaging/ made, and roots of distributions to try it in; shared by the tests of this folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from program import ROOT, SAMPLE, ProgramTest, Result, main  # noqa: E402

BUILD = ROOT / "build"
PACKAGES = BUILD / "package"
STATIC = BUILD / "static" / "snapq"
STATIC_AARCH64 = BUILD / "static-aarch64" / "snapq"
ROOTS = BUILD / "roots"
TIME_LIMIT_S = 900  # making a package may build the program first

__all__ = ["BUILD", "PACKAGES", "ROOT", "SAMPLE", "STATIC", "STATIC_AARCH64", "PackageTest", "Result", "emulator", "main", "made",
           "root_of"]


def made(path: Path, how: str) -> Path:
    """The newest file of a pattern. A test that needs it is skipped where nobody has made it."""
    found = sorted(path.parent.glob(path.name), key=lambda each: each.stat().st_mtime)
    if not found:
        raise unittest.SkipTest(f"there is no {path.name}; 'scripts/package {how}' makes it")
    return found[-1]


def emulator(processor: str) -> str:
    """The program that runs those of another processor. It is static, so it also runs in the root of a distribution."""
    found = shutil.which(f"qemu-{processor}-static")
    if found is None:
        raise unittest.SkipTest("needs qemu-user-static")
    return found


def mirror() -> str:
    """Where this machine gets the packages of its distribution from."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Component: main"],
        capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()[0]


def root_of(release: str, *packages: str) -> Path:
    """The files of a minimal Debian of a release, made by debootstrap once."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise unittest.SkipTest("a root of a distribution needs root and debootstrap")
    root = ROOTS / release
    done = ROOTS / f"{release}.complete"
    if not done.exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        include = [f"--include={','.join(packages)}"] if packages else []
        print(f"debootstrap of {release} in {root}", flush=True)
        subprocess.run(["debootstrap", "--variant=minbase", *include, release, root, mirror()],
                       stdout=subprocess.DEVNULL, check=True)
        done.touch()
    return root


class PackageTest(ProgramTest):
    """A test of a package; the program under test is that of the package."""

    def run_program(self, command: Sequence[str | Path], **options: Any) -> Result:
        options.setdefault("cwd", self.directory)
        if "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIME_LIMIT_S, **options)

    def checked(self, *command: str | Path, **options: Any) -> str:
        result = self.run_program(command, **options)
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}{result.stderr}")
        return result.stdout

    def assert_same_bytes(self, *kind: str) -> None:
        """Makes a package twice. That of build/package may be of an earlier commit."""
        made = []
        for name in ("once", "again"):
            self.checked(ROOT / "scripts" / "package", *kind, "--output", self.directory / name, cwd=ROOT)
            made.append({path.name: path.read_bytes() for path in (self.directory / name).iterdir()})
        self.assertEqual(len(made[0]), 1)
        self.assertTrue(made[0] == made[1], f"{list(made[0])} differ")

    def in_root(self, root: Path, *command: str | Path, **options: Any) -> Result:
        """Runs a command of a root in it. Without root, in a namespace of our own."""
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        return self.run_program(["unshare", *as_root, f"--root={root}", "--wd=/", *command], **options)
