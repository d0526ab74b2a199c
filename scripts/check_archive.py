#!/usr/bin/env python3
"""Checks an archive against its snapshot with zipfile, sqlite3 and a restricted unpickler only.

Prints one line per check and exits 1 when one fails, 3 when a file cannot be read at all.

    scripts/check_archive.py run.pickle run.zip --figures run.figures.json
    scripts/check_archive.py run.pickle freed.zip --preexisting freed --reference run.allocations.json.gz
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lib import oracle_checks  # noqa: E402
from lib.archive_checks import CHECKS, Case, CheckFailed  # noqa: E402
from lib.archive_view import UNREADABLE, ArchiveView  # noqa: E402
from lib.snapshot_view import SnapshotView, load  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("archive", type=Path)
    parser.add_argument(
        "--preexisting", choices=["all", "freed"], default="all", help="how the archive was made"
    )
    parser.add_argument("--figures", type=Path, help="expected figures, one JSON object for each device")
    parser.add_argument("--reference", type=Path, help="gzipped allocations.json to compare with")
    parser.add_argument("-q", "--quiet", action="store_true", help="print failures only")
    return parser.parse_args()


def failures(case: Case, preexisting: str, quiet: bool) -> int:
    failed = 0
    if case.archive.preexisting != preexisting:
        print(f"FAIL meta: the archive was made with --preexisting {case.archive.preexisting}")
        failed += 1
    for name, check in [*CHECKS, *oracle_checks.CHECKS]:
        try:
            seen = check(case)
        except CheckFailed as difference:
            print(f"FAIL {name}: {difference}")
            failed += 1
        else:
            if not quiet:
                print(f"ok   {name}: {seen}")
    return failed


def main() -> int:
    options = arguments()
    try:
        snapshot = SnapshotView(load(options.snapshot))
        with tempfile.TemporaryDirectory() as directory, ArchiveView(
            options.archive, Path(directory)
        ) as archive:
            case = Case(snapshot, archive, options.figures, options.reference)
            return 1 if failures(case, options.preexisting, options.quiet) else 0
    except UNREADABLE as error:
        print(f"check_archive: {options.archive.name}: {type(error).__name__}: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
