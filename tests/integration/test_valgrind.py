"""Valgrind's memcheck finds nothing in any command: no use of uninitialised memory, no leak. Its cachegrind and callgrind
count the instructions for hostile files.

The inputs are small, because programs are about fifty times slower in valgrind. The tests are skipped (exit code 77)
without valgrind, and in sanitizer builds, which do not run in it.
"""

from __future__ import annotations

import itertools
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from program import ROOT, SNAPQ, ProgramTest, Result, is_sanitized, main

from lib.growth_shapes import RULES, SHAPES

FOUND = 99
SUPPRESSIONS = ROOT / "tests" / "support" / "valgrind.supp"
VALGRIND = (
    "valgrind", "--quiet", f"--error-exitcode={FOUND}", "--leak-check=full", "--errors-for-leak-kinds=definite",
    f"--suppressions={SUPPRESSIONS}",
)  # fmt: skip
SEEDS = ROOT / "tests" / "corpus"
SNAPSHOT = SEEDS / "snapshot" / "seed-protocol-4"


class ValgrindTest(ProgramTest):
    """Runs a copy of snapq without debug information, which valgrind would read at each start."""

    program: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.program = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="snapq-stripped-"))) / "snapq"
        subprocess.run(["strip", "--strip-debug", "-o", cls.program, SNAPQ], check=True)


class Memcheck(ValgrindTest):
    def checked(self, code: int, *arguments: str) -> Result:
        result = self.run_program([*VALGRIND, self.program, *arguments])
        if result.returncode == FOUND:  # once more, for a report with lines of sources
            result = self.run_program([*VALGRIND, SNAPQ, *arguments])
            self.fail(result.stderr)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_every_command(self) -> None:
        shutil.copy(SNAPSHOT, self.directory / "a.pickle")
        shutil.copy(SEEDS / "json" / "seed-odd", self.directory / "b.json")
        self.checked(0, "convert", "a.pickle", "--threads", "3", "-q")
        self.checked(0, "convert", "b.json", "--compression", "zstd", "-q")
        self.checked(0, "summary", "a.zip", "--by", "stack")
        self.checked(0, "query", "a.zip", "SELECT callstack(stack_id), format_bytes(size) FROM allocations")
        self.checked(0, "query", "b.zip", "--named", "at", "--param", "at=peak", "--format", "json")
        self.checked(0, "diff", "a.zip", "b.zip", "--by", "stack")
        self.checked(0, "info", "b.zip")
        self.checked(0, "verify", "b.zip")
        self.checked(0, "extract", "b.zip", "-d", "out", "-q")
        self.checked(0, "report", "a.zip", "--base", "b.zip", "--no-paths", "-q")
        self.checked(0, "export", "a.zip", "b.zip", "--format", "parquet", "-o", "lake", "--table", "events", "-q")
        (self.directory / "rules.txt").write_text(RULES)
        self.checked(0, "summary", "a.zip", "--by", "category", "--rules", "rules.txt")
        self.checked(0, "summary", "a.zip", "--by", "tree", "--stacks", "all")
        self.checked(0, "summary", "a.zip", "b.zip", "--across", "ranks", "-j", "2")

    def test_refused_inputs(self) -> None:
        data = SNAPSHOT.read_bytes()
        (self.directory / "cut.pickle").write_bytes(data[: len(data) // 2])
        self.checked(3, "convert", "cut.pickle")
        self.checked(2, "summary", "--top", "many", "cut.pickle")
        self.checked(3, "verify", "cut.pickle")


COUNT = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
# Counts from the start of one conversion to the start of the next: a run of valgrind takes longer to start than most
# files take.
COUNT_EACH = ("valgrind", "--tool=callgrind", "--dump-before=snapq::convert::convert_file*")
# Limits in instructions: for starting the program, for a conversion, and for each byte of input. They are about twice
# what these shapes need.
OF_A_START, OF_A_CONVERSION, OF_A_BYTE = 50_000_000, 35_000_000, 1000
# For each row of query --named spans, which needs 15,200 (SQLite 3.40). A million annotations are half a million rows.
OF_A_SPAN = 18_000
# For each device and each part of another device: tables by the number of the part are made for each device.
OF_A_PAIR = 25


def count_in(text: str, pattern: str) -> int:
    matched = re.search(pattern, text)
    assert matched is not None, text
    return int(matched[1].replace(",", ""))


class Counted(ValgrindTest):
    def instructions(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> int:
        result = self.run_program([*COUNT, self.program, *arguments])
        self.assertIn(result.returncode, codes, result.stderr)
        return count_in(result.stderr, r"I\s+refs:\s+([\d,]+)")

    def instructions_of_each(self, files: Iterable[bytes], *options: str, codes: tuple[int, ...] = (0,)) -> list[int]:
        """Converts the files in one run. Returns the instructions of each, without those that start the program."""
        names = []
        for number, data in enumerate(files):
            names.append(f"{number:03}.pickle")
            (self.directory / names[-1]).write_bytes(data)
        counts = self.directory / "counts"
        result = self.run_program(
            [*COUNT_EACH, f"--callgrind-out-file={counts}", self.program, "convert", *names, "-q", "-j", "1", *options]
        )
        self.assertIn(result.returncode, codes, result.stderr)
        # The last file has no number. The one before the first conversion has what starts the program.
        outputs = [f"{counts}.{number}" for number in range(2, len(names) + 1)] + [str(counts)]
        return [count_in(Path(output).read_text(), r"\ntotals: (\d+)\n") for output in outputs]


class Instructions(Counted):
    def test_a_long_text_of_many_rows_is_not_sorted_with_each(self) -> None:
        for shape, query in (("stacks of one long name", "stacks-by-frame"), ("frames of one long name", "stacks-by-frame"),
                             ("stacks of one long name", "top-stacks"), ("metadata, a long text", "by-metadata"),
                             ("categories, a long text", "by-pytorch-category"), ("OOMs of one long name", "ooms")):  # fmt: skip
            with self.subTest(shape, query=query):
                data = SHAPES[shape](1_000_000)
                (self.directory / "in").write_bytes(data)
                self.snapq("convert", "in", "-q", "-o", "out.zip", "--force", "--max-points", "16")
                used = self.instructions("query", "out.zip", "--named", query, "--format", "csv")
                self.assertLess(used, OF_A_START + OF_A_BYTE * len(data))

    def test_a_long_text_of_many_rows_is_read_once_while_rows_are_written(self) -> None:
        for shape, command in (("states of blocks, a long text", ("convert", "in", "-o", "other.zip", "-q")),
                               ("metadata, a long text", ("export", "out.zip", "--format", "parquet", "-q", "-o", "lake", "--table", "allocations"))):  # fmt: skip
            with self.subTest(shape):
                data = SHAPES[shape](300_000)
                (self.directory / "in").write_bytes(data)
                self.convert("in", "--max-points", "16")
                used = self.instructions(*command)
                self.assertLess(used, 2 * OF_A_START + OF_A_BYTE * len(data))

    def test_devices_do_not_look_through_what_others_have(self) -> None:
        def alloc(number: int, **fields: str) -> dict[str, object]:
            return {"action": "alloc", "addr": number, "size": 1, "stream": 0, **fields}

        parts: dict[str, Callable[[int], list[object]]] = {
            "segments": lambda count: [{"address": i * 512, "total_size": 512, "blocks": []} for i in range(count)],
            "metadata": lambda count: [alloc(i, user_metadata=f"m{i}") for i in range(count)],
        }
        for part, made in parts.items():
            files = []
            for devices, count in itertools.product((2, 102), (20, 10_020)):
                traces = [[alloc(1)] for _ in range(devices)] + ([made(count)] if part == "metadata" else [])
                data = {"device_traces": traces, "segments": made(count) if part == "segments" else []}
                files.append(pickle.dumps(data))
            with self.subTest(part):
                neither, count_alone, devices_alone, both = self.instructions_of_each(files, "--force")
                # What the other 100 devices and the other 10,000 cost, beyond what either costs alone.
                self.assertLess(both - count_alone - devices_alone + neither, OF_A_PAIR * 100 * 10_000)

    def test_spans_of_different_names_cost_little_each(self) -> None:
        for shape in ("annotations of many names", "annotations, two of each name", "annotations, one after the other",
                      "annotations, crossing", "annotations, every second without end"):  # fmt: skip
            with self.subTest(shape):
                (self.directory / "in").write_bytes(SHAPES[shape](300_000))
                self.snapq("convert", "in", "-q", "-o", "out.zip", "--force")
                spans = int(self.snapq("query", "out.zip", "SELECT count(*) FROM spans", "--no-header").stdout)
                self.assertGreater(spans, 5_000)
                used = self.instructions("query", "out.zip", "--named", "spans", "--format", "csv")
                self.assertLess(used, OF_A_START + OF_A_SPAN * spans)

    def test_a_long_name_of_many_stacks_is_read_once(self) -> None:
        (self.directory / "in").write_bytes(SHAPES["stacks of one long name"](1_000_000))
        self.snapq("convert", "in", "-q", "-o", "out.zip")
        for by in ("site", "module"):
            with self.subTest(by):
                used = self.instructions("summary", "out.zip", "--by", by)
                # Names that are repeated in rows have 40 MB, and each grouping reads them twice.
                self.assertLess(used, OF_A_START + 2 * OF_A_BYTE * 1_000_000)

    def test_spans_cost_little_each(self) -> None:
        (self.directory / "in").write_bytes(SHAPES["annotations, nested"](400_000))
        self.snapq("convert", "in", "-q", "-o", "out.zip")
        spans = int(self.snapq("query", "out.zip", "SELECT count(*) FROM spans", "--no-header").stdout)
        self.assertGreater(spans, 10_000)
        for layout in ("table", "csv", "json"):
            with self.subTest(layout):
                used = self.instructions("query", "out.zip", "--named", "spans", "--format", layout)
                self.assertLess(used, OF_A_START + OF_A_SPAN * spans)


class Conversions(Counted):
    """Shapes of the kinds whose work was once the product of two things that a file can repeat: containers that stay open,
    numbers with very many digits, long keys, settings, annotations in any order, and user-defined events."""

    KINDS = ("open ", "annotations", "events with ", "frames with ", "segments with ", "settings", "unknown keys", "user-defined events")

    # What a few bytes of these ask for is spelled out until the allowance that every file has is used up. That
    # alone costs more than the bound.
    UP_TO_THE_ALLOWANCE = ("settings, shared", "annotations and devices", "unknown keys in values")

    def test_work_of_each_is_in_proportion_to_the_file(self) -> None:
        shapes = [shape for shape in SHAPES if shape.startswith(self.KINDS) and shape not in self.UP_TO_THE_ALLOWANCE]
        self.assertGreater(len(shapes), 50)
        files = [SHAPES[shape](100_000) for shape in shapes]
        counts = self.instructions_of_each(files, "--dry-run", codes=(3,))  # some are refused
        for shape, data, used in zip(shapes, files, counts, strict=True):
            with self.subTest(shape):
                self.assertLess(used, OF_A_CONVERSION + OF_A_BYTE * len(data))


if __name__ == "__main__":
    if shutil.which("valgrind") is None or (SNAPQ and is_sanitized()):
        print("no valgrind, or a sanitizer build, which does not run in it")
        sys.exit(77)
    main()
