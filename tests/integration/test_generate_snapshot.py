"""Generated snapshots can be loaded with pickle, are consistent, and have the proportions of real ones."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

from program import MEASURE, ROOT

SIZE = 9_000_000


class GenerateSnapshot(unittest.TestCase):
    directory: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    @classmethod
    @functools.cache
    def generated(cls, mix: str, form: str, size: int = SIZE) -> tuple[Path, int]:
        """A generated file, which the tests share, and the peak of memory in KiB."""
        path = cls.directory / f"{mix}-{form}-{size}.pickle"
        script = ROOT / "scripts" / "generate_snapshot.py"
        command = [sys.executable, "-B", script, "--size", f"{size}B", "--mix", mix, "--form", form, "-o", path]
        result = subprocess.run([sys.executable, "-c", MEASURE, *command], check=True, capture_output=True, text=True)
        return path, int(result.stdout)

    def test_both_mixes_and_forms_are_consistent_snapshots(self) -> None:
        for mix, form in (("training", "cpython"), ("inference", "cpp")):
            with self.subTest(mix=mix, form=form):
                data = self.generated(mix, form)[0].read_bytes()
                self.assertLess(abs(len(data) - SIZE), SIZE / 2)
                self.check(pickle.loads(data), mix)

    def check(self, snapshot: dict[str, Any], mix: str) -> None:
        trace = snapshot["device_traces"][0]
        actions = Counter(event["action"] for event in trace)
        for action in ("alloc", "free_requested", "free_completed"):
            self.assertAlmostEqual(actions[action] / len(trace), 1 / 3, places=3)
        times = [event["time_us"] for event in trace]
        self.assertEqual(times, sorted(times))
        distinct = {tuple(map(id, event["frames"])) for event in trace}
        self.assertTrue(80 <= len(distinct) <= 160, len(distinct))
        depth = sum(len(event["frames"]) for event in trace) / len(trace)
        self.assertTrue(55 <= depth <= 80, depth)
        self.assertTrue(10 <= len({event["size"] for event in trace}) <= 20)
        self.check_pairs(trace)
        above = live_above(trace, snapshot["segments"])
        low, high = (15, 75) if mix == "training" else (1, 6)
        self.assertTrue(low <= above <= high, above)

    def check_pairs(self, trace: list[dict[str, Any]]) -> None:
        """The two events of a free share one stack object; each alloc has its own."""
        requested: dict[int, dict[str, Any]] = {}
        live: set[int] = set()
        for event in trace:
            match event["action"]:
                case "alloc":
                    self.assertNotIn(event["addr"], live)
                    live.add(event["addr"])
                case "free_requested":
                    requested[event["addr"]] = event
                case "free_completed":
                    live.discard(event["addr"])
                    self.assertIs(requested.pop(event["addr"])["frames"], event["frames"])
        allocs = [event for event in trace if event["action"] == "alloc"]
        self.assertEqual(len({id(event["frames"]) for event in allocs}), len(allocs))

    def test_cpython_form_is_what_pickle_itself_writes(self) -> None:
        """A snapshot that is loaded and dumped again has the same bytes, except for the positions of FRAME."""
        data = self.generated("training", "cpython")[0].read_bytes()
        again = pickle.dumps(pickle.loads(data), protocol=4)
        self.assertTrue(without_frames(data) == without_frames(again))

    def test_memory_does_not_grow_with_the_size(self) -> None:
        peaks = [self.generated("training", "cpython", size)[1] for size in (SIZE, 5 * SIZE)]
        self.assertLess(peaks[1] - peaks[0], 16_000, peaks)


def without_frames(data: bytes) -> bytes:
    """The bytes of a pickle of protocol 4 whose opcodes are all in frames, without the FRAME opcodes."""
    found, position = bytearray(), 2
    while position < len(data):
        assert data[position : position + 1] == pickle.FRAME, position
        start = position + 9
        position = start + int.from_bytes(data[position + 1 : start], "little")
        found += data[start:position]
    return bytes(found)


def live_above(trace: list[dict[str, Any]], segments: list[dict[str, Any]]) -> float:
    """The mean number of live elements above a freed one. Blocks that are never freed are the lowest."""
    traced = {event["addr"] for event in trace}
    live = [
        block["address"]
        for segment in segments
        for block in segment["blocks"]
        if block["state"] != "inactive" and block["address"] not in traced
    ]
    counts = []
    for event in trace:
        if event["action"] == "alloc":
            live.append(event["addr"])
        elif event["action"] == "free_completed" and event["addr"] in live:
            counts.append(len(live) - 1 - live.index(event["addr"]))
            live.remove(event["addr"])
    return sum(counts) / len(counts)


if __name__ == "__main__":
    unittest.main()
