#!/usr/bin/env python3
"""Rebuilds a snapshot from its archive by SQL alone and compares it with what Python reads from the pickle.

It compares events, frames, segments, blocks, annotations, settings and unknown keys: nothing of the input may be lost.
Prints one line for each part. Exits 1 if a part differs, 3 if a file cannot be read at all.

    scripts/roundtrip.py run.pickle run.zip
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lib.archive_checks import Case, CheckFailed  # noqa: E402
from lib.archive_view import UNREADABLE, ArchiveView  # noqa: E402
from lib.roundtrip_checks import CHECKS  # noqa: E402
from lib.snapshot_view import SnapshotView, load  # noqa: E402


def compare(case: Case) -> int:
    failed = 0
    for name, check in CHECKS:
        try:
            print(f"ok   {name}: {check(case)}")
        except CheckFailed as difference:
            print(f"FAIL {name}: {difference}")
            failed += 1
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("archive", type=Path)
    options = parser.parse_args()
    try:
        snapshot = SnapshotView(load(options.snapshot))
        with tempfile.TemporaryDirectory() as directory, ArchiveView(
            options.archive, Path(directory)
        ) as archive:
            return 1 if compare(Case(snapshot, archive)) else 0
    except UNREADABLE as error:
        print(f"roundtrip: {options.archive.name}: {type(error).__name__}: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
