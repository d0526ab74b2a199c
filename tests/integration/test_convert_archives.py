"""Archives of samples, random snapshots and recorded snapshots pass scripts/check_archive.py and scripts/roundtrip.py."""

from __future__ import annotations

import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from program import CORPUS, ROOT, SAMPLE_DIVISOR, SCRIPTS, SNAPQ, main, needs_recorded_snapshots

import random_snapshots

RANDOM_SEEDS = range(100, 112, SAMPLE_DIVISOR)


class ArchiveTest(unittest.TestCase):
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


class ConvertArchives(ArchiveTest):
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

    def repacked(self, folder: Path) -> Path:
        """Packs the files of a folder into a zip that Python can read."""
        target = self.directory / f"{folder.name}-again.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for name in [
                "allocations.json",
                "elements.db",
                *sorted(path.name for path in folder.glob("*.device*")),
            ]:
                archive.write(folder / name, name)
            if (folder / "manifest.json").exists():
                archive.write(folder / "manifest.json", "manifest.json")
            else:
                archive.writestr("manifest.json", "{}")
        return target

    def test_all_layouts_and_methods(self) -> None:
        """Python cannot read zstd in zips, so snapq unpacks these archives first."""
        sources = [*sorted((ROOT / "examples").glob("*.pickle"))]
        if CORPUS.is_dir():
            sources.append(CORPUS / "annotated-forward-torch26.pickle")
        for source in sources:
            for options in (["--layout", "dir"], ["--compression", "zstd"], ["--compression", "store"]):
                with self.subTest(source=source.name, options=options):
                    archive = self.convert(source, *options)
                    if "zstd" in options:
                        folder = self.directory / f"{source.stem}-unpacked"
                        subprocess.run([SNAPQ, "extract", "-q", "-f", archive, "-d", folder], check=True)
                        archive = self.repacked(folder)
                    elif "dir" in options:
                        archive = self.repacked(archive)
                    self.holds("check_archive.py", source, archive)
                    self.holds("roundtrip.py", source, archive)
                    shutil.rmtree(self.directory / f"{source.stem}.zip", ignore_errors=True)


@needs_recorded_snapshots
class RecordedSnapshots(ArchiveTest):
    def test_recorded_snapshots(self) -> None:
        sources = sorted(CORPUS.glob("*.pickle"))[::SAMPLE_DIVISOR]
        self.assertGreater(len(sources), 0)
        for source in sources:
            with self.subTest(source.name):
                self.holds_everything(
                    source, "--figures", CORPUS / "expected" / f"{source.stem}.figures.json"
                )

    def test_timelines_of_recorded_snapshots_equal_those_of_snapviewer(self) -> None:
        for source in sorted(CORPUS.glob("*.pickle"))[::SAMPLE_DIVISOR]:
            with self.subTest(source.name):
                archive = self.convert(source, "--preexisting", "freed")
                reference = CORPUS / "expected" / f"{source.stem}.trace.allocations.json.gz"
                self.holds(
                    "check_archive.py", source, archive, "--preexisting", "freed", "--reference", reference
                )


if __name__ == "__main__":
    main()
