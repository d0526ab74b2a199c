"""The sample snapshots are what their recipe makes, and their traces agree with their segments."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SAMPLES = ["sample-training-step.pickle", "sample-cpp-pickler.pickle"]
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(EXAMPLES))

import make_samples  # noqa: E402


def load(name: str) -> dict[str, Any]:
    return pickle.loads((EXAMPLES / name).read_bytes())


class Samples(unittest.TestCase):
    def test_recipe_gives_the_same_bytes_again(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([sys.executable, EXAMPLES / "make_samples.py", "-d", directory], check=True)
            for name in SAMPLES:
                self.assertEqual((Path(directory) / name).read_bytes(), (EXAMPLES / name).read_bytes(), name)

    def test_both_decode_to_the_snapshot_of_the_recipe(self) -> None:
        self.assertEqual(load(SAMPLES[0]), make_samples.training_step())
        self.assertEqual(load(SAMPLES[1]), make_samples.short_run())

    def test_samples_stay_small(self) -> None:
        for name in SAMPLES:
            self.assertLessEqual((EXAMPLES / name).stat().st_size, 400_000, name)

    def test_blocks_tile_their_segments_in_steps_of_512_bytes(self) -> None:
        for name in SAMPLES:
            for segment in load(name)["segments"]:
                position = segment["address"]
                for block in segment["blocks"]:
                    self.assertEqual(block["address"], position)
                    self.assertEqual(block["size"] % 512, 0)
                    if block["state"] != "inactive":
                        self.assertLessEqual(block["requested_size"], block["size"])
                    position += block["size"]
                self.assertEqual(position, segment["address"] + segment["total_size"])

    def test_trace_ends_in_the_final_segments(self) -> None:
        for name in SAMPLES:
            snapshot = load(name)
            for device, trace in enumerate(snapshot["device_traces"]):
                segments = [s for s in snapshot["segments"] if s["device"] == device]
                self.assert_trace_matches(trace, segments)

    def assert_trace_matches(self, trace: list[dict[str, Any]], segments: list[dict[str, Any]]) -> None:
        occupied = {b["address"]: b for s in segments for b in s["blocks"] if b["state"] != "inactive"}
        live: dict[int, dict[str, Any]] = {}
        reserved: dict[int, int] = {}
        older = set()
        for event in trace:
            match event["action"]:
                case "alloc":
                    self.assertNotIn(event["addr"], live)
                    live[event["addr"]] = event
                case "free_completed" if live.pop(event["addr"], None) is None:
                    older.add(event["addr"])
                case "segment_alloc":
                    reserved[event["addr"]] = event["size"]
                case "segment_free":
                    reserved.pop(event["addr"], None)
        for address, event in live.items():
            self.assertEqual(occupied[address]["requested_size"], event["size"])
            self.assertIs(occupied[address]["frames"], event["frames"])
        self.assertEqual(older & set(live) - set(occupied), set())
        for address, size in reserved.items():
            self.assertIn((address, size), [(s["address"], s["total_size"]) for s in segments])

    def test_training_sample_shows_what_real_recordings_show(self) -> None:
        snapshot = load(SAMPLES[0])
        trace = snapshot["device_traces"][0]
        actions = Counter(event["action"] for event in trace)
        self.assertEqual(actions["oom"], 1)
        self.assertGreater(actions["segment_free"], 0)
        self.assertLess(abs(actions["alloc"] - actions["free_completed"]), len(trace) // 100)
        self.assertEqual(len({event["stream"] for event in trace}), 3)
        self.assertIn("run", snapshot)
        stacks = {tuple(map(id, event["frames"])) for event in trace}
        self.assertGreater(len(stacks), 90)


if __name__ == "__main__":
    unittest.main()
