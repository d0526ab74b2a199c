"""The cost of a file grows in proportion to its size, for many shapes of hostile files and for traces whose exact
timeline grows with the square of the input.

The latter are converted within the limit of memory, with as many points as the rule allows and a warning that says so.
With the default limit of points, the tests use --dry-run, because 50 million points are a gigabyte of text; tests that
write the timeline use a smaller --max-points.
"""

from __future__ import annotations

import json
import struct
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from program import SAMPLE_DIVISOR, ProgramTest, is_sanitized, main

from lib.growth_shapes import SHAPES

MIB = 1 << 20
# Bytes of memory per event, in addition to 64 MiB: if an allocation has two or three events, as PyTorch records them;
# and in the worst case, if every event is another allocation.
USUAL, WORST = 32, 80
MOST_POINTS, MOST_OF_EVENT = 50_000_000, 64


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


KEYS = [text(key) for key in ("action", "alloc", "free_completed", "addr", "size")]
ACTION, ALLOC, FREE, ADDRESS, SIZE = (b"h" + bytes([index]) for index in range(len(KEYS)))


def event(action: bytes, address: int, size: int = 512) -> bytes:
    """One event as the C++ pickler writes it; its texts come from the memo."""
    return (b"}(" + ACTION + action + ADDRESS + b"\x8a\x08" + struct.pack("<q", address) + SIZE + b"J" + struct.pack("<i", size)
            + b"u")  # fmt: skip


def write_trace(path: Path, events: Iterable[bytes]) -> None:
    """Writes a trace like PyTorch's C++ pickler: one group of any length."""
    with path.open("wb") as file:
        file.write(b"\x80\x02")
        for index, key in enumerate(KEYS):
            file.write(key + b"q" + bytes([index]) + b"0")
        file.write(b"}(" + text("segments") + b"]" + text("device_traces") + b"](](")
        file.writelines(events)
        file.write(b"eeu.")


def churn_below(live: int, turns: int) -> Iterable[bytes]:
    """`live` blocks at any time; each turn frees the lowest, which moves all others, and allocates a new one on top."""
    for number in range(live):
        yield event(ALLOC, 512 * (number + 1))
    for number in range(turns):
        yield event(FREE, 512 * (number + 1))
        yield event(ALLOC, 512 * (live + number + 1))


def frees_below(longlived: int, frees: int) -> Iterable[bytes]:
    """Long-lived blocks above memory from before the recording, which is freed one block at a time, the top one
    first."""
    for number in range(longlived):
        yield event(ALLOC, 512 * (frees + number + 1), 4096)
    for number in range(frees):
        yield event(FREE, 512 * (number + 1))


# For each byte of input: bytes of memory, in addition to 64 MiB, and bytes written, not compressed.
MEMORY, WRITTEN = 40, 20
WRITTEN_AT_LEAST = 200_000_000


class Shapes(ProgramTest):
    """`scripts/growth` shows the same, with exponents."""

    def test_memory_and_what_is_written_are_in_proportion_to_the_file(self) -> None:
        for shape, make in SHAPES.items():
            with self.subTest(shape):
                size = 200_000 // min(SAMPLE_DIVISOR, 4)
                data = make(size)
                (self.directory / "in").write_bytes(data)
                self.check_shape(max(size, len(data)))

    def check_shape(self, size: int) -> None:
        # Points have a limit of their own; test_written_bytes.py looks at it.
        result = self.snapq("convert", "in", "-o", "out.zip", "--force", "--stats=json", "--max-points", "16")
        self.assertIn(result.returncode, (0, 3), result.stderr)
        if result.returncode == 3:
            return self.assertIn("snapq: error: in: ", result.stderr)
        report = json.loads(result.stdout)["conversions"][0]
        if not is_sanitized():
            peak = max(phase["vm_hwm_bytes"] for phase in report["phases"])
            self.assertLessEqual(peak, 64 * MIB + MEMORY * size, report)
        written = report["database_bytes"] + report["timeline_bytes"]
        self.assertLessEqual(written, max(WRITTEN_AT_LEAST, WRITTEN * size), report)


# A sanitized program gets fewer, because its memory is not looked at. Even so, the exact timelines have more than
# MOST_POINTS.
FREES = 1_000_000 // min(SAMPLE_DIVISOR, 4)


class Growth(ProgramTest):
    bytes_an_event = USUAL

    def convert_with_stats(self, *options: str) -> tuple[dict[str, Any], str]:
        """Returns the report and stderr. Checks that the memory is within the limit."""
        result = self.snapq("convert", "in", "-o", "out.zip", "--force", "--stats=json", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)["conversions"][0]
        peak = max(phase["vm_hwm_bytes"] for phase in report["phases"])
        if not is_sanitized():
            self.assertLessEqual(peak, 64 * MIB + self.bytes_an_event * report["events"], report)
        return report, result.stderr

    def check(self, exact_points: int, events: int) -> None:
        self.default_rule_holds(exact_points, events)
        self.thinned_archive_is_whole(16)

    def default_rule_holds(self, exact_points: int, events: int) -> None:
        most = max(MOST_POINTS, MOST_OF_EVENT * events, (self.directory / "in").stat().st_size // 2)
        self.assertGreater(exact_points, most)  # otherwise this test shows nothing
        report, said = self.convert_with_stats("--dry-run")
        self.assertEqual(report["events"], events)
        self.assertLessEqual(report["points"], most)
        self.assertGreater(report["points"], most // 8)  # and not needlessly few
        self.assertIn(f"the exact timeline has {exact_points:,} points", said)
        self.assertIn("were thinned out (--max-points 0 keeps all)", said)
        self.assertEqual(self.names(), ["in"])

    def thinned_archive_is_whole(self, limit: int) -> None:
        report, said = self.convert_with_stats("--max-points", str(limit))
        self.assertIn(f"elements with more than {limit} points were thinned out", said)
        self.assertLessEqual(report["points"], limit * report["allocations"])
        self.assertEqual(self.snapq("verify", "out.zip", "-q").returncode, 0)
        most = self.most_points_of_an_element()
        self.assertLessEqual(most, limit)
        self.assertGreaterEqual(most, limit // 2)  # windows have equal numbers of closes

    def most_points_of_an_element(self) -> int:
        most = 0
        with zipfile.ZipFile(self.directory / "out.zip") as archive, archive.open("allocations.json") as lines:
            for line in lines:
                most = max(most, line[: line.index(b"]", 1)].count(b",") + 1 if line.startswith(b"{") else 0)
        return most

    def test_ten_thousand_live_blocks_above_a_churning_one(self) -> None:
        live, turns = 10_000, FREES // 50
        write_trace(self.directory / "in", churn_below(live, turns))
        # Each free moves live - 1 blocks, two points each; and every block has its first and its last.
        self.check(2 * turns * (live - 1) + 2 * (live + turns), live + 2 * turns)

    def test_a_million_frees_below_long_lived_blocks(self) -> None:
        self.bytes_an_event = WORST
        longlived, frees = 120, FREES
        write_trace(self.directory / "in", frees_below(longlived, frees))
        self.check(2 * frees * longlived + 2 * (longlived + frees), longlived + frees)

    def test_a_million_frees_below_one_long_lived_block_are_exact(self) -> None:
        """One element has two million points, which the rule allows. Its text is written in pieces."""
        self.bytes_an_event = WORST
        write_trace(self.directory / "in", frees_below(1, FREES))
        report, said = self.convert_with_stats("--compression", "zstd", "--level", "1")
        self.assertEqual(report["points"], 2 * FREES + 2 * (1 + FREES))
        self.assertNotIn("thinned", said)
        self.assertEqual(self.snapq("verify", "out.zip", "-q").returncode, 0)


if __name__ == "__main__":
    main()
