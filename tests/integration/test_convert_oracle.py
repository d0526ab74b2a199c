"""The archives of a thousand small random snapshots agree with scripts/oracle.py.

    SNAPQ=build/release/snapq tests/integration/test_convert_oracle.py --seeds 5000 6000     other seeds by hand
"""

from __future__ import annotations

import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

from program import SAMPLE_DIVISOR, ProgramTest, main

import random_snapshots
from lib import oracle_checks
from lib.archive_checks import Case, CheckFailed
from lib.archive_view import ArchiveView
from lib.snapshot_view import SnapshotView, load

BATCH = 250  # inputs of one call of snapq, so that starting processes does not dominate
seeds = range(1, 1 + 1000 // SAMPLE_DIVISOR)


class Oracle(ProgramTest):
    def test_archives_agree_with_the_rules(self) -> None:
        for first in range(seeds.start, seeds.stop, BATCH):
            with tempfile.TemporaryDirectory(dir=self.directory) as name:
                self.check_batch(Path(name), range(first, min(first + BATCH, seeds.stop)))

    def check_batch(self, folder: Path, batch: range) -> None:
        sources = [self.write(folder, seed) for seed in batch]
        for mode in ("all", "freed"):
            target = folder / mode
            target.mkdir()
            options = ("--preexisting", mode, "--compression", "store", "--threads", "1", "-j", "2", "-q")
            result = self.snapq("convert", *sources, "-o", target, *options)
            self.assertEqual(result.returncode, 0, result.stderr)
            for source in sources:
                with self.subTest(seed=source.stem, preexisting=mode):
                    self.check(source, target / f"{source.stem}.zip")

    def write(self, folder: Path, seed: int) -> Path:
        path = folder / f"{seed:05}.pickle"
        path.write_bytes(pickle.dumps(random_snapshots.random_snapshot(seed), protocol=seed % 6))
        return path

    def check(self, source: Path, target: Path) -> None:
        snapshot: Any = load(source)
        with tempfile.TemporaryDirectory(dir=self.directory) as name:
            with ArchiveView(target, Path(name)) as archive:
                case = Case(SnapshotView(snapshot), archive)
                for what, check in oracle_checks.CHECKS:
                    try:
                        check(case)
                    except CheckFailed as difference:
                        self.fail(f"{what}: {difference}")


if __name__ == "__main__":
    if "--seeds" in sys.argv:
        at = sys.argv.index("--seeds")
        seeds = range(int(sys.argv[at + 1]), int(sys.argv[at + 2]))
        del sys.argv[at : at + 3]
    main()
