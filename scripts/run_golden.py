#!/usr/bin/env python3
"""Runs the cases of tests/golden and compares what snapq prints with the expected files there.

The format is described in tests/golden/README.md. Exits 1 when a case differs, 2 when there is nothing to
run.

    scripts/run_golden.py                      all cases, with $SNAPQ or the newest build
    scripts/run_golden.py summary/ query/x     cases whose names begin with one of these
    scripts/run_golden.py --update             writes the current outputs as the expected ones
"""

from __future__ import annotations

import argparse
import difflib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
STREAMS = ("stdout", "stderr", "exit")
PATTERNS = {"<<any>>": ".*", "<<number>>": r"[0-9]+(?:\.[0-9]+)?"}
# The processor that the program under test was built for. It is not that of this machine if an emulator runs the program.
PROCESSOR = os.environ.get("SNAPQ_TEST_PROCESSOR", platform.machine())
TIME_LIMIT_S = 60 * int(os.environ.get("SNAPQ_TEST_PATIENCE", "1"))  # more for an emulated processor


@dataclass(frozen=True)
class Outcome:
    """What a case printed, without parts that depend on the machine. `exit` is the content of a file `exit`."""

    stdout: str
    stderr: str
    exit: str


def case_name(case: Path) -> str:
    return case.relative_to(GOLDEN).as_posix()


def missing_program(case: Path) -> str | None:
    matched = re.match(r"# skip-unless: (\S+)", (case / "cmd").read_text())
    return matched[1] if matched and shutil.which(matched[1]) is None else None


def run(case: Path, snapq: Path, version: str) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="golden-") as directory:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": directory,
            "TMPDIR": directory,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": "80",
            "SNAPQ": str(snapq),
            "SAMPLES": str(ROOT / "examples"),
            "CASE": str(case),
            "TOOLS": str(ROOT / "scripts"),
            # Sanitizer builds and coverage read their settings from here.
            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")},
        }
        result = subprocess.run(
            ["bash", "-eu", case / "cmd"],
            cwd=directory,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT_S,
        )

        def neutral(data: bytes) -> str:
            text = (
                data.decode("utf-8", "backslashreplace")
                .replace(directory, "$TMP")
                .replace(str(ROOT), "$ROOT")
            )
            return re.sub(rf"\b{re.escape(version)}\b", "$VERSION", text) if version else text

        return Outcome(neutral(result.stdout), neutral(result.stderr), f"{result.returncode}\n")


def expected_file(case: Path, name: str) -> Path:
    """Where a stream is expected: in a file for the processor, if there is one."""
    of_processor = case / f"{name}.{PROCESSOR}"
    return of_processor if of_processor.exists() else case / name


def expected(case: Path) -> Outcome:
    files = [expected_file(case, name) for name in STREAMS]
    texts = [file.read_text() if file.exists() else "" for file in files]
    return Outcome(texts[0], texts[1], texts[2] or "0\n")


def matches(wanted: str, found: str) -> bool:
    """Whether the lines are equal, or match the patterns of the expected line."""
    if wanted == found:
        return True
    if "<<" not in wanted:
        return False
    pieces = re.split("(" + "|".join(map(re.escape, PATTERNS)) + ")", wanted)
    return re.fullmatch("".join(PATTERNS.get(piece, re.escape(piece)) for piece in pieces), found) is not None


def with_patterns_kept(wanted: str, found: str) -> str:
    """`found`, but each line that matches an expected line with a pattern is replaced by that expected line."""
    old, new = wanted.splitlines(keepends=True), found.splitlines(keepends=True)
    for number in range(min(len(old), len(new))):
        if matches(old[number], new[number]):
            new[number] = old[number]
    return "".join(new)


def difference(case: Path, name: str, wanted: str, found: str) -> list[str]:
    """A unified diff of one stream; empty if it is as expected."""
    kept = with_patterns_kept(wanted, found)
    return list(
        difflib.unified_diff(
            wanted.splitlines(),
            kept.splitlines(),
            f"{case_name(case)}/{name} (expected)",
            f"{case_name(case)}/{name} (found)",
            lineterm="",
        )
    )


def write(case: Path, outcome: Outcome) -> None:
    """Writes the expected files of a case. An empty stream and exit code 0 have no file."""
    wanted = expected(case)
    for name in STREAMS:
        text = with_patterns_kept(getattr(wanted, name), getattr(outcome, name))
        file = expected_file(case, name)
        if file == case / name and text == ("0\n" if name == "exit" else ""):
            file.unlink(missing_ok=True)
        else:
            file.write_text(text)


def check(case: Path, snapq: Path, version: str, update: bool) -> tuple[str, list[str]]:
    """Runs a case. Returns "ok", "FAIL", "skip" or "updated", and the lines to show."""
    if program := missing_program(case):
        return "skip", [f"needs {program}"]
    try:
        outcome = run(case, snapq, version)
    except subprocess.TimeoutExpired:
        return "FAIL", [f"still running after {TIME_LIMIT_S} s"]
    wanted = expected(case)
    lines = [
        line
        for name in STREAMS
        for line in difference(case, name, getattr(wanted, name), getattr(outcome, name))
    ]
    if lines and update:
        write(case, outcome)
        return "updated", lines
    return ("FAIL", lines) if lines else ("ok", [])


def newest_build() -> Path | None:
    builds = [path for path in ROOT.glob("build/*/snapq") if os.access(path, os.X_OK)]
    return max(builds, key=lambda path: path.stat().st_mtime, default=None)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help="beginnings of case names, such as summary/")
    parser.add_argument("--update", action="store_true", help="write the current outputs as the expected ones")
    parser.add_argument("--snapq", type=Path, default=os.environ.get("SNAPQ") or newest_build())
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    cases = sorted(path.parent for path in GOLDEN.glob("*/*/cmd"))
    if options.cases:
        cases = [case for case in cases if case_name(case).startswith(tuple(options.cases))]
    if options.snapq is None or not cases:
        print(
            "run_golden: no program built" if options.snapq is None else "run_golden: no such case",
            file=sys.stderr,
        )
        return 2
    snapq = Path(options.snapq).resolve()
    said = subprocess.run([snapq, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+\.\d+\.\d+", said)
    version = found[0] if found else ""
    counts = {"ok": 0, "FAIL": 0, "skip": 0, "updated": 0}
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda case: check(case, snapq, version, options.update), cases)
        for case, (verdict, lines) in zip(cases, results, strict=True):
            counts[verdict] += 1
            if verdict != "ok":
                print(f"{verdict} {case_name(case)}", *lines, sep="\n    ")
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))
    return 1 if counts["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
