"""Small files that could cost much: converting them, and every question to their archives, stays within memory and bytes
that are in proportion to the file. test_growth.py does the same with the conversion of more shapes, and
test_valgrind.py counts instructions.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import unittest
from collections.abc import Iterator
from pathlib import Path

from program import CORPUS, SNAPQ, ProgramTest, Result, is_sanitized, main
from text_readers import page_effects, terminal_effects, workflow_commands

from lib.growth_shapes import RULES, SHAPES

MIB = 1 << 20
# For each byte of the unpacked input: bytes of memory, in addition to 64 MiB, and bytes written.
MEMORY, WRITTEN = 40, 20
WRITTEN_AT_LEAST = 200_000_000
QUESTION_KIB, EXPORT_KIB = 48 << 10, 64 << 10
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
HANDED = CORPUS.parent / "cases" / "hostile"
QUESTIONS: dict[str, tuple[str, ...]] = {
    "info": ("info", "{}"),
    "verify": ("verify", "{}"),
    "summary": ("summary", "{}"),
    "stacks": ("summary", "{}", "--by", "stack", "--stacks", "all", "--top", "0"),
    "tree": ("summary", "{}", "--by", "tree", "--stacks", "all", "--min-share", "0%"),
    "metadata": ("summary", "{}", "--by", "metadata"),
    "rules": ("summary", "{}", "--by", "category", "--rules", "rules.txt"),
    "markdown": ("summary", "{}", "--format", "markdown"),
    "diff": ("diff", "{}", "{}", "--at-base", "start"),
    "report": ("report", "{}", "-q", "-f", "-o", "made"),
    "export": ("export", "{}", "--format", "parquet", "-q", "-o", "made"),
}


class SmallFiles(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.directory / "rules.txt").write_text(RULES)
        # Three formats in turn, so that each query is asked in several over the files.
        self.layouts = itertools.cycle(("csv", "table", "markdown"))

    def named_queries(self) -> list[str]:
        listed = self.snapq("query", "--list-named", "--format", "csv", "--no-header").stdout
        return [row[0] for row in csv.reader(io.StringIO(listed))]

    def run_into_file(self, *command: str) -> Result:
        """The output goes to the file `out`: this process must stay small, because Linux counts its memory as that of the
        programs that it starts."""
        with (self.directory / "out").open("wb") as out:
            return subprocess.run(command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                                  text=True, check=False)  # fmt: skip

    def ask(self, most_kib: int, unpacked: int, *question: str) -> int:
        """Checks the memory, the bytes of the output and that it is safe on a terminal. Returns the exit code."""
        limit = max(WRITTEN_AT_LEAST, WRITTEN * unpacked)
        memory = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); " \
                 "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ); _, status, usage = os.wait4(pid, 0); " \
                 "sys.stderr.write(f'\\n{usage.ru_maxrss}'); sys.exit(os.waitstatus_to_exitcode(status) & 255)"  # fmt: skip
        asked = self.run_into_file(sys.executable, "-S", "-c", memory, SNAPQ, *question)
        said, _, peak_kib = asked.stderr.rpartition("\n")
        self.assertIn(asked.returncode, (0, 1, 3), said)
        if not is_sanitized():
            self.assertLessEqual(int(peak_kib), most_kib)
        self.assertIsNone(CONTROL.search(said.encode()))
        return asked.returncode

    def convert_within_bounds(self, source: str | Path, unpacked: int, *options: str) -> bool:
        """Whether the file is converted, and not refused."""
        asked = self.snapq("convert", source, "-o", "out.zip", "--force", "--stats=json", *options)
        self.assertIn(asked.returncode, (0, 3), asked.stderr)
        if asked.returncode == 3:
            self.assertTrue(asked.stderr.startswith("snapq: error: "), asked.stderr)
            return False
        report = json.loads(asked.stdout)["conversions"][0]
        if not is_sanitized():
            peak = max(phase["vm_hwm_bytes"] for phase in report["phases"])
            self.assertLessEqual(peak, 64 * MIB + MEMORY * unpacked, report)
        self.assertLessEqual(report["database_bytes"] + report["timeline_bytes"], max(WRITTEN_AT_LEAST, WRITTEN * unpacked))
        return True

    def ask_all(self, archive: str, unpacked: int, questions: dict[str, tuple[str, ...]], queries: Iterator[str]) -> None:
        for name, question in questions.items():
            with self.subTest(name):
                self.ask(EXPORT_KIB if name == "export" else QUESTION_KIB, unpacked, *(part.format(archive) for part in question))
                shutil.rmtree(self.directory / "made", ignore_errors=True)
                (self.directory / "made").unlink(missing_ok=True)
        for query in queries:
            layout = next(self.layouts)
            with self.subTest(query, layout=layout):
                self.ask(QUESTION_KIB, unpacked, "query", archive, "--named", query, "--format", layout)


@unittest.skipIf(is_sanitized(), "a sanitizer needs memory of its own")
class LongNames(SmallFiles):
    """One name that many stacks share: in the archive, and in an export, it is in each of their texts."""

    def test_an_export_keeps_few_of_the_texts_in_memory(self) -> None:
        for shape, size in (("frames of one long name", 100_000), ("stacks of one long name", 2_000_000)):
            with self.subTest(shape, size=size):
                (self.directory / "in").write_bytes(SHAPES[shape](size))
                self.convert("in")
                self.assertEqual(self.ask(EXPORT_KIB, size, "export", "out.zip", "--format", "parquet", "-q", "-o", "made"), 0)
                shutil.rmtree(self.directory / "made")


@unittest.skipUnless(HANDED.is_dir(), "there are no hostile files")
class Handed(SmallFiles):
    """Files that strangers made. Each was once converted without end, or with gigabytes of memory or of output."""

    def test_snapshots(self) -> None:
        for file in sorted(HANDED.glob("*.pickle*")):
            with self.subTest(file.name):
                packed = file.read_bytes()
                unpacked = len(gzip.decompress(packed)) if file.suffix == ".gz" else len(packed)
                if self.convert_within_bounds(file, unpacked):
                    # A sanitizer does not measure memory, and the queries run the same code for every file.
                    self.ask_all("out.zip", unpacked, QUESTIONS, iter([] if is_sanitized() else self.named_queries()))

    def test_no_reader_acts_on_their_texts(self) -> None:
        for file in sorted(HANDED.glob("terminal_github*")):
            self.convert(file)
            for question in (*QUESTIONS.values(), *(("query", "{}", "--named", query) for query in self.named_queries())):
                command = [SNAPQ, *(part.format("out.zip") for part in question)]
                with self.subTest(question=question):
                    in_job = subprocess.run(command, cwd=self.directory, env={**os.environ, "GITHUB_ACTIONS": "true"},
                                            stdin=subprocess.DEVNULL, capture_output=True, check=False)  # fmt: skip
                    said = in_job.stdout.decode()
                    self.assertEqual(workflow_commands(said), [])
                    self.assertEqual(page_effects(said) if "markdown" in question else terminal_effects(said), [] if "markdown" in question else set())
                    shutil.rmtree(self.directory / "made", ignore_errors=True)
                    (self.directory / "made").unlink(missing_ok=True)

    def test_archives_are_refused(self) -> None:
        for file in sorted(HANDED.glob("*.zip")):
            for name, question in QUESTIONS.items():
                with self.subTest(file.name, question=name):
                    code = self.ask(QUESTION_KIB, file.stat().st_size, *(part.format(file) for part in question))
                    self.assertEqual(code, 3)

    def test_folders_are_refused(self) -> None:
        for file in sorted(HANDED.glob("*.tgz")):
            with tarfile.open(file) as packed:
                packed.extractall(self.directory)
            for database in sorted(self.directory.glob("*/elements.db")):
                with self.subTest(file.name, folder=database.parent.name):
                    extracted = ("extract", str(database.parent), "--device", "1", "-d", "made")
                    self.assertEqual(self.ask(QUESTION_KIB, file.stat().st_size, *extracted), 3)
                    self.assertFalse((self.directory / "made").exists())


if __name__ == "__main__":
    main()
