"""The same input gives the same bytes; threads, clock, time zone and paths do not matter."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from program import CORPUS, CPP_SAMPLE, SAMPLE, ProgramTest, is_sanitized, main, meta


class Determinism(ProgramTest):
    def sources(self) -> list[Path]:
        recorded = CORPUS / "medium-1024-training-torch211.pickle"
        return [SAMPLE, CPP_SAMPLE, *([recorded] if recorded.exists() else [])]

    def assert_one_result(self, archives: list[Path]) -> None:
        first = archives[0].read_bytes()
        for archive in archives[1:]:
            self.assertTrue(archive.read_bytes() == first, f"{archive.name} differs from {archives[0].name}")

    def test_the_number_of_threads_does_not_matter(self) -> None:
        for source in self.sources():
            every = source.parent != CORPUS or not is_sanitized()
            for compression in ("deflate", "zstd", "store") if every else ("deflate",):
                with self.subTest(source=source.name, compression=compression):
                    options = ("--compression", compression, "--threads")
                    self.assert_one_result(
                        [self.convert(source, *options, n, target=f"{n}.zip") for n in ("1", "2", "4")]
                    )

    def test_the_number_of_jobs_does_not_matter(self) -> None:
        sources = [SAMPLE, CPP_SAMPLE]
        for jobs in ("1", "2"):
            (self.directory / jobs).mkdir()
            result = self.snapq("convert", *sources, "-o", jobs, "-j", jobs)
            self.assertEqual(result.returncode, 0, result.stderr)
        for name in self.names("1"):
            self.assert_one_result([self.directory / "1" / name, self.directory / "2" / name])

    def test_the_clock_does_not_matter(self) -> None:
        first = self.convert(SAMPLE, target="first.zip")
        time.sleep(2.1)  # zip entries have times in steps of two seconds
        self.assert_one_result([first, self.convert(SAMPLE, target="second.zip")])

    def test_time_zone_and_locale_do_not_matter(self) -> None:
        archives = []
        for number, more in enumerate(
            ({"TZ": "UTC"}, {"TZ": "Asia/Tokyo"}, {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"})
        ):
            name = f"{number}.zip"
            result = self.snapq("convert", SAMPLE, "-o", name, env={**os.environ, **more})
            self.assertEqual(result.returncode, 0, result.stderr)
            archives.append(self.directory / name)
        self.assert_one_result(archives)

    def test_paths_do_not_matter(self) -> None:
        here = self.convert(SAMPLE)
        (self.directory / "a" / "b").mkdir(parents=True)
        shutil.copy(SAMPLE, self.directory / "a" / "b" / SAMPLE.name)
        result = self.snapq("convert", SAMPLE.name, "-o", "../elsewhere.zip", cwd=self.directory / "a" / "b")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_one_result([here, self.directory / "a" / "elsewhere.zip"])

    def test_names_of_inputs_are_base_names(self) -> None:
        self.assertEqual(meta(self.convert(SAMPLE), self.directory / "named")["source_name"], SAMPLE.name)
        with SAMPLE.open("rb") as stream:
            result = self.snapq("convert", "-", "-o", "piped.zip", stdin=stream)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(meta(self.directory / "piped.zip", self.directory / "piped")["source_name"], "stdin")

    def test_directory_archives_have_the_same_bytes_too(self) -> None:
        for threads in ("1", "4"):
            self.convert(SAMPLE, "--layout", "dir", "--threads", threads, target=threads)
        self.assertEqual(self.names("1"), ["allocations.json", "elements.db", "manifest.json"])
        for name in self.names("1"):
            self.assert_one_result([self.directory / "1" / name, self.directory / "4" / name])


if __name__ == "__main__":
    main()
