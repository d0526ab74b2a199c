#!/usr/bin/env python3
"""Makes the small snapshots of these golden tests: variants of one tiny training run.

    runs.py base moved grown            base.pickle, moved.pickle and grown.pickle in the current folder
    runs.py snapviewer                  a folder as SnapViewer's converter leaves it

Each variant says in one function how it differs from `base`; sizes are round numbers so that results can be
checked by eye.
"""

from __future__ import annotations

import json
import pickle
import sqlite3
import sys
from pathlib import Path
from typing import Any

MIB = 1 << 20
START_US = 1_767_225_600_000_000  # 2026-01-01
SETTINGS = {"PYTORCH_CUDA_ALLOC_CONF": "", "expandable_segments": False, "max_split_size": -1}
CPP = [
    {"filename": "??", "line": 0, "name": "torch::unwind::unwind()"},
    {"filename": "??", "line": 0, "name": "at::_ops::mm::call(at::Tensor const&, at::Tensor const&)"},
]

Frames = list[dict[str, Any]]


class Run:
    """A recording: blocks one behind the other, a segment a device, a step of 100 us an event."""

    def __init__(self, root: str = "/home/ada/tiny", shift: int = 0) -> None:
        self.root = root
        self.shift = shift  # lines by which the program's callers moved
        self.traces: dict[int, list[dict[str, Any]]] = {0: []}
        self.blocks: dict[int, list[dict[str, Any]]] = {0: []}
        self.settings = dict(SETTINGS)
        self.spare = 64 * MIB

    def stack(self, *places: str, cpp: bool = False) -> Frames:
        """Innermost first; "model.py:10 forward" is a file of the project."""
        frames = list(CPP) if cpp else []
        for place in places:
            position, function = place.split(" ", 1)
            file, line = position.rsplit(":", 1)
            frames.append({"filename": f"{self.root}/{file}", "line": int(line), "name": function})
        return frames

    def caller(self, line: int, function: str = "main") -> str:
        return f"train.py:{line + self.shift} {function}"

    def older(self, size: int, frames: Frames | None = None, device: int = 0) -> dict[str, Any]:
        """A block from before the recording."""
        return self._block(size, frames or [], device)

    def alloc(self, size: int, frames: Frames, device: int = 0) -> dict[str, Any]:
        block = self._block(size, frames, device)
        self._event("alloc", block, device)
        return block

    def free(self, block: dict[str, Any], device: int = 0) -> None:
        self._event("free_requested", block, device)
        self._event("free_completed", block, device)
        block["state"] = "inactive"

    def save(self, name: str) -> None:
        segments = [self._segment(device) for device in sorted(self.blocks) if self.blocks[device]]
        traces = [self.traces.get(device, []) for device in range(max(self.traces) + 1)]
        snapshot = {"segments": segments, "device_traces": traces, "allocator_settings": self.settings}
        Path(name).write_bytes(pickle.dumps(snapshot, protocol=4))

    def _block(self, size: int, frames: Frames, device: int) -> dict[str, Any]:
        blocks = self.blocks.setdefault(device, [])
        self.traces.setdefault(device, [])
        address = blocks[-1]["address"] + blocks[-1]["size"] if blocks else (device + 1) << 40
        block = {"address": address, "size": (size + 511) // 512 * 512, "requested_size": size,
                 "state": "active_allocated", "frames": frames}
        blocks.append(block)
        return block

    def _event(self, action: str, block: dict[str, Any], device: int) -> None:
        trace = self.traces[device]
        trace.append({"action": action, "addr": block["address"], "size": block["requested_size"], "stream": 0,
                      "time_us": START_US + 100 * len(trace), "frames": block["frames"]})

    def _segment(self, device: int) -> dict[str, Any]:
        blocks = self.blocks[device]
        end = blocks[-1]["address"] + blocks[-1]["size"]
        blocks.append({"address": end, "size": self.spare, "requested_size": 0, "state": "inactive", "frames": []})
        total = sum(block["size"] for block in blocks)
        used = sum(block["size"] for block in blocks if block["state"] != "inactive")
        return {"device": device, "address": blocks[0]["address"], "total_size": total, "stream": 0,
                "segment_type": "large", "segment_pool_id": (0, 0), "allocated_size": used, "active_size": used,
                "blocks": blocks}


def step(run: Run, scale: int = 1, site: bool = True, extra: bool = False, forward: str = "forward") -> Run:
    """Weights from before; two activations of one function at two lines, a loss, a cache; the first two are freed."""
    run.older(100 * MIB)
    caller = run.caller(20)
    first = run.alloc(40 * MIB, run.stack(f"model.py:10 {forward}", caller, cpp=True))
    second = run.alloc(20 * MIB, run.stack(f"model.py:12 {forward}", caller, cpp=True))
    if site:
        run.alloc(8 * MIB, run.stack("loss.py:5 entropy", caller))
    run.alloc(3 * MIB * scale, run.stack("cache.py:30 remember", "model.py:14 forward", caller))
    if extra:
        run.alloc(6 * MIB, run.stack("debug.py:2 dump", caller))
    run.free(second)
    run.free(first)
    return run


def moved() -> Run:
    run = Run(shift=4)
    return step(run)


def renamed_caller() -> Run:
    """Every stack goes through another function, and the program lies in another folder."""
    run = Run(root="/scratch/bob/job-17/tiny", shift=4)
    run.caller = lambda line: f"launch.py:{line} start"  # type: ignore[method-assign]
    return step(run)


def two_devices() -> Run:
    run = step(Run())
    run.free(run.alloc(1 * MIB, run.stack("model.py:49 shard", "train.py:20 main"), device=1), device=1)
    run.alloc(5 * MIB, run.stack("model.py:50 shard", "train.py:20 main"), device=1)
    return run


def moved_to(device: int, run: Run) -> Run:
    """The same run, on another device."""
    run.traces = {number: [] for number in range(device)} | {device: run.traces[0]}
    run.blocks = {device: run.blocks[0]}
    return run


def other_settings() -> Run:
    run = step(Run())
    run.settings["max_split_size"] = 128 * MIB
    run.settings["pinned_num_register_threads"] = 1
    del run.settings["expandable_segments"]
    return run


def no_trace(size: int) -> Run:
    run = Run()
    run.older(size, run.stack("model.py:3 load"))
    return run


def lines(shift: int = 0) -> Run:
    """One function with several lines. With a shift, statements were put in above its second line, and one of them
    allocates."""
    run = Run()
    main = "run.py:40 main"
    run.alloc(200 * MIB, run.stack("run.py:3 train", main, cpp=True))
    if shift:
        run.alloc(7 * MIB, run.stack(f"run.py:{8 + shift} train", main, cpp=True))
    run.alloc(50 * MIB, run.stack(f"run.py:{9 + shift} train", main, cpp=True))
    run.alloc((100 + 20 * shift) * MIB, run.stack(f"run.py:{15 + shift} train", main))
    run.alloc(4 * MIB, run.stack(f"run.py:{30 + shift} save", main))
    return run


def notebook(counter: int) -> Run:
    """Cells of a notebook, in the names of Colab, Jupyter and of a tool that knows only the counter."""
    run = Run(root="")
    for size, cell in [(8, f"<ipython-input-{counter}-1a2b3c4d5e6f>"), (6, f"/tmp/ipykernel_{9000 + counter}/456.py"),
                       (4, f"/tmp/ipython-input-{counter}-3467281049.py"), (2, f"Cell In[{counter}]"),
                       (1, f"Cell In[{counter + 1}]")]:
        run.alloc(size * MIB, [{"filename": cell, "line": 6, "name": "build"}])
    return run


def fewer_but_larger() -> Run:
    run = Run()
    for _ in range(3):
        run.alloc(50 * MIB, run.stack("cache.py:30 remember", "train.py:20 main"))
    return run


def many_and_small() -> Run:
    run = Run()
    for _ in range(10):
        run.alloc(10 * MIB, run.stack("cache.py:30 remember", "train.py:20 main"))
    return run


def replaced() -> Run:
    """State from before the recording is freed at one line, after the next line has allocated its replacement."""
    run = step(Run())
    old = run.older(30 * MIB)
    run.alloc(30 * MIB, run.stack("optimizer.py:76 step", run.caller(30)))
    old["frames"] = run.stack("optimizer.py:73 step", run.caller(30))
    run.free(old)
    return run


VARIANTS = {
    "lines": lines,
    "edited-lines": lambda: lines(shift=3),
    "notebook": lambda: notebook(12),
    "notebook-again": lambda: notebook(15),
    "small": many_and_small,
    "large": fewer_but_larger,
    "base": lambda: step(Run()),
    "replaced": replaced,
    "moved": moved,
    "grown": lambda: step(Run(), scale=10),
    "added": lambda: step(Run(), extra=True),
    "gone": lambda: step(Run(), site=False),
    "renamed": renamed_caller,
    "resumed": lambda: step(Run(), forward="torch_dynamo_resume_in_forward_at_11"),
    "two-devices": two_devices,
    "on-device-3": lambda: moved_to(3, step(Run(), scale=10)),
    "other-settings": other_settings,
    "state": lambda: no_trace(64 * MIB),
    "larger-state": lambda: no_trace(96 * MIB),
}


def snapviewer() -> None:
    folder = Path("snapviewer")
    folder.mkdir()
    rows = [(0, 40 * MIB, 0, 5, "/home/ada/tiny/model.py:10:forward\n/home/ada/tiny/train.py:20:main"),
            (1, 20 * MIB, 1, 9, "/home/ada/tiny/model.py:12:forward\n/home/ada/tiny/train.py:20:main")]
    timeline = [{"timesteps": [start, end], "offsets": [0, 0], "size": size} for _, size, start, end, _ in rows]
    (folder / "allocations.json").write_text(json.dumps(timeline))
    database = sqlite3.connect(folder / "elements.db")
    database.execute("CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, "
                     "end_time INTEGER, callstack TEXT)")
    database.executemany("INSERT INTO allocs VALUES(?, ?, ?, ?, ?)", rows)
    database.commit()
    database.close()


def main() -> None:
    for name in sys.argv[1:]:
        if name == "snapviewer":
            snapviewer()
        else:
            VARIANTS[name]().save(f"{name}.pickle")


if __name__ == "__main__":
    main()
