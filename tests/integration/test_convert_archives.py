"""Archives of the samples, of recorded snapshots (where at hand) and of random ones hold all checks."""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
CORPUS = ROOT.parent / "shared" / "corpus"
SNAPQ = os.environ.get("SNAPQ", "")
RANDOM_SEEDS = range(100, 112)
sys.path.insert(0, str(SCRIPTS))

import random_snapshots  # noqa: E402


class ConvertArchives(unittest.TestCase):
    def setUp(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)
        self.directory = Path(self._directory.name)

    def convert(self, source: Path, *options: str) -> Path:
        target = self.directory / f"{source.stem}.zip"
        result = subprocess.run(
            [SNAPQ, "convert", source, "-o", target, "--force", "-q", *options],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return target

    def holds(self, script: str, *arguments: str | Path) -> None:
        result = subprocess.run(
            [sys.executable, "-B", SCRIPTS / script, *arguments], capture_output=True, text=True, check=False
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def holds_everything(self, source: Path, *options: str | Path) -> None:
        archive = self.convert(source)
        self.holds("check_archive.py", source, archive, *options)
        self.holds("roundtrip.py", source, archive)

    def test_samples(self) -> None:
        for source in sorted((ROOT / "examples").glob("*.pickle")):
            with self.subTest(source.name):
                self.holds_everything(source)

    def test_random_snapshots(self) -> None:
        for seed in RANDOM_SEEDS:
            with self.subTest(seed=seed):
                source = self.directory / f"random-{seed}.pickle"
                snapshot = random_snapshots.plausible_snapshot(random.Random(seed))
                source.write_bytes(pickle.dumps(snapshot, protocol=4))
                self.holds_everything(source)

    @unittest.skipUnless(CORPUS.is_dir(), "no recorded snapshots here")
    def test_recorded_snapshots(self) -> None:
        sources = sorted(CORPUS.glob("*.pickle"))
        self.assertGreater(len(sources), 0)
        for source in sources:
            with self.subTest(source.name):
                self.holds_everything(
                    source, "--figures", CORPUS / "expected" / f"{source.stem}.figures.json"
                )

    @unittest.skipUnless(CORPUS.is_dir(), "no recorded snapshots here")
    def test_what_snapviewer_makes_of_recorded_snapshots(self) -> None:
        for source in sorted(CORPUS.glob("*.pickle")):
            with self.subTest(source.name):
                archive = self.convert(source, "--preexisting", "freed")
                reference = CORPUS / "expected" / f"{source.stem}.trace.allocations.json.gz"
                self.holds(
                    "check_archive.py", source, archive, "--preexisting", "freed", "--reference", reference
                )

    def test_bytes_do_not_depend_on_the_number_of_threads(self) -> None:
        source = ROOT / "examples" / "sample-training-step.pickle"
        for compression in ("deflate", "zstd", "store"):
            archives = [
                self.convert(source, "--compression", compression, "--threads", threads).read_bytes()
                for threads in ("1", "2", "3")
            ]
            self.assertEqual(archives[0], archives[1], compression)
            self.assertEqual(archives[0], archives[2], compression)


if __name__ == "__main__":
    if not SNAPQ:
        print("SNAPQ does not name the program under test")
        sys.exit(77)
    unittest.main()
