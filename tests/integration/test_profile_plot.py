"""Snapshots that torch.cuda._memory_viz.profile_plot makes of a run of torch.profiler.

They have the shape of a snapshot, but none of the allocator's facts: a segment only spans the addresses of the tensors of
one device, its blocks are in the order of their allocation, so that their addresses mean nothing, and the last device is
the CPU. The run below writes such a snapshot and keeps its own account of what is live.
"""

from __future__ import annotations

import json
import pickle
import random
from typing import Any

from program import SAMPLE_DIVISOR, ProgramTest, main

KIB = 1 << 10
GPU, CPU = 0x7F00_0000_0000, 0x5500_0000_0000
CATEGORIES = ["activation", "gradient", "input", "optimizer_state", "parameter", "temporary"]


class ProfiledRun:
    """Tensors on GPU 0 and on the CPU, which is device 1. A tensor is a name."""

    def __init__(self) -> None:
        self.traces: list[list[dict[str, Any]]] = [[], []]
        self.live: dict[str, tuple[int, dict[str, Any]]] = {}
        self.sums: list[list[int]] = [[0], [0]]  # live bytes of each device at the start and after each event
        self.older: list[int] = [0, 0]  # bytes from before the trace

    def create(self, name: str, device: int, address: int, size: int, category: str, *calls: str, seen: bool = True) -> None:
        frames = [{"filename": "none", "line": 0, "name": call} for call in calls]
        event = {"action": "alloc", "addr": address, "size": size, "stream": 0, "frames": frames, "category": category}
        self.live[name] = (device, event)
        if seen:
            self.record(device, event, size)
        else:
            self.sums[device][-1] += size
            self.older[device] += size

    def destroy(self, name: str) -> None:
        device, event = self.live.pop(name)
        freed = {key: event[key] for key in ("addr", "size", "stream", "frames")}
        self.record(device, {"action": "free_requested", **freed}, 0)
        self.record(device, {"action": "free_completed", **freed}, -event["size"])

    def change(self, name: str, *calls: str) -> None:
        """Changes a tensor in place, which begins a new version of it."""
        device, event = self.live[name]
        self.destroy(name)
        self.create(name, device, event["addr"], event["size"], event["category"], *calls)

    def record(self, device: int, event: dict[str, Any], growth: int) -> None:
        self.traces[device].append(event)
        self.sums[device].append(self.sums[device][-1] + growth)

    def snapshot(self) -> dict[str, Any]:
        segments = [self.segment(device) for device in (0, 1)]
        return {"device_traces": self.traces, "segments": [segment for segment in segments if segment["blocks"]]}

    def segment(self, device: int) -> dict[str, Any]:
        events = [event for place, event in self.live.values() if place == device]
        everything = events + [event for event in self.traces[device] if event["action"] == "alloc"]
        first = last = min((event["addr"] for event in everything), default=0)
        end = max((event["addr"] + event["size"] for event in everything), default=0)
        blocks: list[dict[str, Any]] = []
        for event in events:
            if last < event["addr"]:
                blocks.append({"size": event["addr"] - last, "state": "inactive"})
            blocks.append({"size": event["size"], "state": "active_allocated", "requested_size": event["size"],
                           "frames": event["frames"]})
            last = event["addr"] + event["size"]
        if events and last < end:
            blocks.append({"size": end - last, "state": "inactive"})
        return {"device": device, "address": first, "total_size": end - first, "stream": 0, "blocks": blocks}


def training_step() -> ProfiledRun:
    run = ProfiledRun()
    run.create("weight", 0, GPU + 4096 * KIB, 4096 * KIB, "parameter", seen=False)
    run.create("frozen", 0, GPU + 1024 * KIB, 1024 * KIB, "parameter", seen=False)
    run.create("labels", 1, CPU + 4 * KIB, 4 * KIB, "input", seen=False)
    run.create("batch", 1, 0x7E00_0000_0000, 8 * KIB, "input", "train.py(3): load")
    run.create("hidden", 0, GPU + 9216 * KIB, 8192 * KIB, "activation", "nn.Module: Net_0")
    run.create("mask", 0, GPU, 1024 * KIB, "temporary", "nn.Module: Net_0")
    run.destroy("mask")
    run.create("grad", 0, GPU, 512 * KIB, "gradient", "train.py(9): backward")
    run.destroy("hidden")
    run.change("weight", "Optimizer.step#SGD.step")
    run.create("moment", 0, GPU + 9216 * KIB, 4096 * KIB, "optimizer_state", "Optimizer.step#SGD.step")
    return run


def random_run(seed: int) -> ProfiledRun:
    rng = random.Random(seed)
    run = ProfiledRun()
    free = [[GPU + 64 * KIB * i for i in range(200)], [CPU + 64 * KIB * i for i in range(200)]]
    for addresses in free:
        rng.shuffle(addresses)
    for number in range(rng.randrange(2, 80)):
        seen = number > 6
        names = list(run.live)
        action = rng.random() if seen else 0.0
        if action < 0.5 or not names:
            device = int(rng.random() < 0.3)
            call = rng.choice([(), ("nn.Module: Net_0",), ("train.py(3): step", "nn.Module: Net_0")])
            run.create(f"t{number}", device, free[device].pop(), rng.randrange(1, 64 * KIB), rng.choice(CATEGORIES), *call, seen=seen)
        elif action < 0.75:
            name = rng.choice(names)
            device, event = run.live[name]
            run.destroy(name)
            free[device].insert(rng.randrange(len(free[device]) + 1), event["addr"])
        else:
            run.change(rng.choice(names), "train.py(8): step")
    return run


class ProfilePlot(ProgramTest):
    def archive_of(self, run: ProfiledRun) -> str:
        (self.directory / "run.pickle").write_bytes(pickle.dumps(run.snapshot(), 4))
        result = self.snapq("convert", "run.pickle", "-o", "run.zip", "--force", "-q")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return "run.zip"

    def summary(self, archive: str, *options: str) -> dict[str, Any]:
        result = self.snapq("summary", archive, "--format", "json", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_memory_in_use_at_the_end_is_counted_once(self) -> None:
        for seed in range(0, 120, SAMPLE_DIVISOR):
            run = random_run(seed)
            archive = self.archive_of(run)
            for device in self.summary(archive, "--device", "all")["devices"]:
                sums = run.sums[device["device"]]
                with self.subTest(seed=seed, device=device["device"]):
                    self.assertEqual(device["end_requested_bytes"], sums[-1])
                    self.assertEqual(device["preexisting_bytes"], run.older[device["device"]])
                    if len(sums) > 1:
                        self.assertEqual(device["peak_requested_bytes"], max(sums))

    def test_reserved_bytes_are_not_known(self) -> None:
        archive = self.archive_of(training_step())
        summary = self.summary(archive, "--device", "all")
        for device in summary["devices"]:
            self.assertIsNone(device["end_reserved_bytes"])
            self.assertIsNone(device["peak_reserved_bytes"])
        text = self.snapq("summary", archive, "--device", "all").stdout
        self.assertIn("made this file from a run of torch.profiler", " ".join(text.split()))
        for never in ("needed:", "expandable_segments", "stranded", "CUDA context"):
            self.assertNotIn(never, text)

    def test_the_cpu_is_named(self) -> None:
        archive = self.archive_of(training_step())
        self.assertIn("device 1 is the CPU", " ".join(self.snapq("summary", archive).stdout.split()))
        self.assertEqual(self.snapq("query", archive, "SELECT value FROM meta WHERE key = 'cpu_device'", "--format", "csv").stdout,
                         "value\n1\n")

    def test_older_memory_has_the_category_of_its_next_version(self) -> None:
        archive = self.archive_of(training_step())
        found = {row["key"]: row["bytes"] for row in self.summary(archive, "--by", "category")["devices"][0]["top"]}
        self.assertEqual(found, {"activation": 8192 * KIB, "parameter": 4096 * KIB, "persistent": 1024 * KIB,
                                 "temporary": 1024 * KIB})

    def test_snapshots_of_the_allocator_keep_their_segments(self) -> None:
        for name, change in {
            "a type": lambda it: it["segments"][0].update(segment_type="large"),
            "a sum": lambda it: it["segments"][0].update(allocated_size=1),
            "two segments of a device": lambda it: it["segments"].append({**it["segments"][0], "address": GPU << 1, "blocks": []}),
            "a segment event": lambda it: it["device_traces"][0].append(
                {"action": "segment_alloc", "addr": GPU << 1, "size": KIB, "stream": 0, "frames": []}),
            "no category": lambda it: [event.pop("category", None) for trace in it["device_traces"] for event in trace],
        }.items():
            with self.subTest(name):
                snapshot = training_step().snapshot()
                change(snapshot)
                (self.directory / "other.pickle").write_bytes(pickle.dumps(snapshot, 4))
                archive = self.convert("other.pickle", target="other.zip")
                self.assertIsNotNone(self.summary(str(archive))["devices"][0]["end_reserved_bytes"])


if __name__ == "__main__":
    main()
