#!/usr/bin/env python3
"""Runs the examples of README.md that are marked with <!-- run --> and compares what they print.

A marked ```console block holds commands ("$ snapq …") and their real output, stdout and stderr together. All blocks
run in one temporary folder, in order, where `snapq` is the program of $SNAPQ and run.pickle is the sample training
step, ranks/rank0.pickle and ranks/rank1.pickle are the two samples.

    SNAPQ=build/dev/snapq scripts/check_readme.py            exit 1 and a diff when an output changed
    SNAPQ=build/dev/snapq scripts/check_readme.py --update   writes the outputs of today
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SIZE = re.compile(r" *\d+(\.\d+)? ([KMG]i)?B|\b\d+ chunks")
COMPRESSED = re.compile(r" -> |^size |\.json |elements\.db ")
BLOCK = re.compile(r"(<!-- run -->\n```console\n)(.*?)(```\n)", re.S)


def prepare(folder: Path, snapq: Path) -> dict[str, str]:
    """The folder in which the examples run, and their environment."""
    training = ROOT / "examples" / "sample-training-step.pickle"
    shutil.copy(training, folder / "run.pickle")
    ranks = folder / "ranks"
    ranks.mkdir()
    shutil.copy(training, ranks / "rank0.pickle")
    shutil.copy(ROOT / "examples" / "sample-cpp-pickler.pickle", ranks / "rank1.pickle")
    programs = folder / ".programs"
    programs.mkdir()
    (programs / "snapq").symlink_to(snapq)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "LANG": "C.UTF-8", "HOME": str(folder), "TZ": "UTC"}


def run_block(text: str, folder: Path, environment: dict[str, str]) -> str:
    """The block as it would read today: each command followed by what it printed."""
    shown: list[str] = []
    for line in text.splitlines():
        if not line.startswith("$ "):
            continue
        done = subprocess.run(
            ["bash", "-c", line[2:].split("   # ")[0]],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        shown.append(line + "\n" + done.stdout.decode())
    return "".join(shown)


def masked(text: str) -> str:
    """Without sizes after compression: they differ by a few bytes between processors."""
    lines = [SIZE.sub("SIZE", line) if COMPRESSED.search(line) else line for line in text.splitlines(True)]
    return "".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write today's outputs into README.md")
    arguments = parser.parse_args()
    snapq = Path(os.environ.get("SNAPQ", ROOT / "build" / "dev" / "snapq")).resolve()
    before = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = prepare(folder, snapq)
        after = BLOCK.sub(lambda found: found[1] + run_block(found[2], folder, environment) + found[3], before)
    if arguments.update:
        README.write_text(after, encoding="utf-8")
        return 0
    same = masked(before) == masked(after)
    if not same:
        lines = (before.splitlines(True), after.splitlines(True))
        sys.stdout.writelines(difflib.unified_diff(*lines, "README.md", "today"))
    print(f"{len(BLOCK.findall(before))} blocks of README.md, {'as printed' if same else 'CHANGED'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
