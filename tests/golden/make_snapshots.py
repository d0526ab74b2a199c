#!/usr/bin/env python3
"""Small snapshots that show one thing each, for the golden tests of summary and others.

    make_snapshots.py NAME [-o FILE.pickle]     one of them (default: NAME.pickle in the current folder)
    make_snapshots.py --list

They are built when a test runs: the recipe below is what a reader of a test looks at. Sizes are chosen so that totals
can be added up in the head; 1 event is 1 ms.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MIB = 1 << 20
BLOCK = 512
START_US = 1_767_225_600_000_000

Frames = list[dict[str, Any]]


def at(line: int, function: str, file: str = "/home/ada/job/train.py") -> Frames:
    """A stack of two frames: the place in the program, and the operator below it."""
    return [
        {"filename": "??", "name": "at::_ops::mul_Tensor::call(at::Tensor const&, at::Tensor const&)", "line": 0},
        {"filename": file, "name": function, "line": line},
    ]


WEIGHTS = at(10, "build_model")
FORWARD = at(20, "forward")
BACKWARD = at(30, "backward")
LOGGING = at(40, "log_loss")
LOADER = at(50, "pin_batch")


class Device:
    """First-fit allocation in segments, written down the way PyTorch does. `seen` False: before the recording."""

    def __init__(self, number: int = 0) -> None:
        self.base = (number + 1) << 40
        self.number = number
        self.trace: list[dict[str, Any]] = []
        self.segments: dict[int, int] = {}
        self.owners: dict[int, tuple[tuple[int, int], int]] = {}  # pool and stream of segments
        self.with_pool_ids = False
        self.blocks: dict[int, dict[str, Any]] = {}
        self.now = START_US

    def record(self, action: str, address: int, size: int, frames: Frames, **more: Any) -> None:
        self.now += 1000
        pool, stream = self.owner_of(address)
        event = {"action": action, "size": size, "stream": stream, "time_us": self.now, "frames": frames, **more}
        if self.with_pool_ids:
            event["pool_id"] = pool
        if action != "oom":
            event["addr"] = address
        self.trace.append(event)

    def owner_of(self, address: int) -> tuple[tuple[int, int], int]:
        begin = max((a for a in self.owners if a <= address), default=0)
        return self.owners.get(begin, ((0, 0), 0))

    def reserve(self, size: int, seen: bool = True, pool: tuple[int, int] = (0, 0), stream: int = 0) -> int:
        address = max((a + s for a, s in self.segments.items()), default=self.base) + MIB
        self.segments[address] = size
        self.owners[address] = (pool, stream)
        if seen:
            self.record("segment_alloc", address, size, FORWARD)
        return address

    def release(self, address: int) -> None:
        self.record("segment_free", address, self.segments.pop(address), FORWARD)

    def hole(self, size: int) -> int:
        for begin, length in sorted(self.segments.items()):
            position = begin
            for address, block in sorted(self.blocks.items()):
                if begin <= address < begin + length:
                    if address - position >= size:
                        return position
                    position = address + block["size"]
            if begin + length - position >= size:
                return position
        raise ValueError(f"no room for {size} bytes")

    def alloc(self, size: int, frames: Frames, seen: bool = True) -> int:
        room = -(-size // BLOCK) * BLOCK
        address = self.hole(room)
        self.blocks[address] = {"address": address, "size": room, "requested_size": size, "frames": frames,
                                "state": "active_allocated"}
        if seen:
            self.record("alloc", address, size, frames)
        return address

    def free(self, address: int, completed: bool = True) -> None:
        block = self.blocks[address]
        self.record("free_requested", address, block["requested_size"], block["frames"])
        block["state"] = "active_pending_free"
        if completed:
            self.complete(address)

    def complete(self, address: int) -> None:
        block = self.blocks.pop(address)
        self.record("free_completed", address, block["requested_size"], block["frames"])

    def oom(self, size: int, device_free: int, frames: Frames) -> None:
        self.record("oom", 0, size, frames, device_free=device_free)

    def final_segments(self) -> list[dict[str, Any]]:
        return [self.final_segment(address, size) for address, size in sorted(self.segments.items())]

    def final_segment(self, begin: int, length: int) -> dict[str, Any]:
        blocks, position = [], begin
        for address, block in sorted(self.blocks.items()):
            if begin <= address < begin + length:
                if address > position:
                    blocks.append(self.free_block(position, address - position))
                blocks.append(block)
                position = address + block["size"]
        if position < begin + length:
            blocks.append(self.free_block(position, begin + length - position))
        used = [block for block in blocks if block["state"] != "inactive"]
        allocated = [block for block in used if block["state"] == "active_allocated"]
        pool, stream = self.owner_of(begin)
        return {
            "device": self.number, "address": begin, "total_size": length, "stream": stream, "segment_type": "large",
            "segment_pool_id": pool, "is_expandable": False, "frames": [],
            "allocated_size": sum(block["size"] for block in allocated),
            "active_size": sum(block["size"] for block in used),
            "requested_size": sum(block["requested_size"] for block in used), "blocks": blocks,
        }

    @staticmethod
    def free_block(address: int, size: int) -> dict[str, Any]:
        return {"address": address, "size": size, "requested_size": 0, "state": "inactive", "frames": []}


def snapshot(*devices: Device) -> dict[str, Any]:
    traces: list[list[dict[str, Any]]] = [[] for _ in range(max((d.number for d in devices), default=-1) + 1)]
    for device in devices:
        traces[device.number] = device.trace
    return {"segments": [segment for device in devices for segment in device.final_segments()],
            "device_traces": traces, "allocator_settings": {"expandable_segments": False}}


def peak_first() -> dict[str, Any]:
    """The peak, 60 MiB, lies before the first event."""
    device = Device()
    device.reserve(100 * MIB, seen=False)
    old = [device.alloc(30 * MIB, [], seen=False) for _ in range(2)]
    device.free(old[0])
    device.alloc(10 * MIB, FORWARD)
    return snapshot(device)


def two_peaks() -> dict[str, Any]:
    """50 MiB are reached twice: the first time counts."""
    device = Device()
    device.reserve(100 * MIB)
    for stack in (FORWARD, BACKWARD):
        device.free(device.alloc(50 * MIB, stack))
    return snapshot(device)


def pending() -> dict[str, Any]:
    """Another stream still uses 20 MiB that the program freed: they count until the free completes."""
    device = Device()
    device.reserve(100 * MIB)
    shared = device.alloc(20 * MIB, FORWARD)
    device.free(shared, completed=False)
    late = device.alloc(30 * MIB, BACKWARD)
    device.complete(shared)
    device.free(late, completed=False)
    return snapshot(device)


def survivors() -> dict[str, Any]:
    """Weights from before the recording hold most of the peak and are never freed."""
    device = Device()
    device.reserve(200 * MIB, seen=False)
    device.alloc(80 * MIB, WEIGHTS, seen=False)
    device.alloc(40 * MIB, [], seen=False)
    device.free(device.alloc(30 * MIB, FORWARD))
    return snapshot(device)


def fragmented(asked: int) -> dict[str, Any]:
    """Every second of ten 10 MiB blocks is free: 50 MiB of 100, but no hole above 10 MiB."""
    device = Device()
    device.reserve(100 * MIB)
    blocks = [device.alloc(10 * MIB, FORWARD) for _ in range(10)]
    for block in blocks[::2]:
        device.free(block)
    for _ in range(3):
        device.oom(asked, 5 * MIB, BACKWARD)
    return snapshot(device)


def pools(with_ids: bool) -> dict[str, Any]:
    """At the OOM, 170 MiB are free in a graph's pool, 80 MiB for stream 7, 60 MiB for the request; 40 MiB are pending."""
    device = Device()
    device.with_pool_ids = with_ids
    device.reserve(200 * MIB)
    waiting = device.alloc(40 * MIB, LOGGING)
    device.alloc(70 * MIB, FORWARD)
    hole = device.alloc(60 * MIB, FORWARD)
    device.alloc(30 * MIB, WEIGHTS)
    device.reserve(200 * MIB, pool=(1, 0))
    device.alloc(30 * MIB, at(50, "captured"))
    graph = device.alloc(170 * MIB, at(50, "captured"))
    device.reserve(100 * MIB, stream=7)
    device.alloc(20 * MIB, at(60, "copy"))
    copy = device.alloc(80 * MIB, at(60, "copy"))
    for block in (hole, graph, copy):
        device.free(block)
    device.free(waiting, completed=False)
    device.oom(300 * MIB, 10 * MIB, BACKWARD)
    device.complete(waiting)
    return snapshot(device)


def stranded(pool: tuple[int, int] = (0, 0), expandable: bool = False) -> dict[str, Any]:
    """Half of the reserved bytes at the peak lie in a hole."""
    device = Device()
    device.with_pool_ids = True
    device.reserve(40 * MIB)
    device.alloc(40 * MIB, WEIGHTS)
    device.reserve(100 * MIB, pool=pool)
    hole = device.alloc(80 * MIB, FORWARD, seen=False)
    device.alloc(20 * MIB, FORWARD)
    device.blocks.pop(hole)
    state = snapshot(device)
    state["allocator_settings"]["expandable_segments"] = expandable
    return state


def fragmentation(holes: bool) -> dict[str, Any]:
    """Reserved bytes are all in use, or 99 % of them are stranded: a crumb is left in each of four segments."""
    device = Device()
    fillers = []
    for _ in range(4):
        device.reserve(20 * MIB)
        crumb = 20 * MIB // 100 // BLOCK * BLOCK
        fillers.append(device.alloc(20 * MIB - crumb, FORWARD))
        device.alloc(crumb, LOGGING)
    if holes:
        for filler in fillers:
            device.free(filler)
    return snapshot(device)


def cached() -> dict[str, Any]:
    """A whole segment is free (cached), and half of another one (stranded)."""
    device = Device()
    device.reserve(40 * MIB)
    first = device.alloc(40 * MIB, FORWARD)
    device.reserve(20 * MIB)
    device.alloc(10 * MIB, FORWARD)
    device.free(first)
    return snapshot(device)


def no_trace(entries: int) -> dict[str, Any]:
    """Only the state at the dump: no trace at all, or the single entry of a state recording."""
    device = Device()
    device.reserve(100 * MIB, seen=False)
    device.alloc(64 * MIB, WEIGHTS, seen=False)
    if entries:
        device.alloc(1 * MIB, FORWARD)
    return snapshot(device)


def no_segments() -> dict[str, Any]:
    """A trace without the segments at its end."""
    device = Device()
    device.reserve(50 * MIB)
    device.free(device.alloc(40 * MIB, FORWARD))
    state = snapshot(device)
    state["segments"] = []
    return state


def two_devices() -> dict[str, Any]:
    """The same program on two devices; the second has run out where the first had room."""
    devices = [Device(0), Device(1)]
    for device in devices:
        device.reserve(100 * MIB)
        device.alloc(40 * MIB, WEIGHTS)
        extra = device.alloc((10 + 40 * device.number) * MIB, FORWARD)
        if device.number == 1:
            device.oom(64 * MIB, 2 * MIB, BACKWARD)
        device.free(extra)
    return snapshot(*devices)


def traceback(*places: tuple[str, int, str]) -> list[str]:
    """Frames as Python's module traceback formats them."""
    return [f'  File "/home/ada/job/{file}", line {line}, in {name}\n    ...\n' for file, line, name in places]


def backward() -> dict[str, Any]:
    """70 of 80 MiB belong to the backward pass, which has no Python stack but the one of its forward call."""
    device = Device()
    device.reserve(100 * MIB)
    device.alloc(10 * MIB, at(42, "forward", "/home/ada/job/model.py"))
    engine = [{"filename": "??", "name": "torch::autograd::generated::MmBackward0::apply(...)", "line": 0}]
    for size, frames, innermost_first in ((40, [], True), (20, engine, False), (10, [], False)):
        forward = traceback(("model.py", 42, "forward"), ("train.py", 20, "step"), ("train.py", 5, "<module>"))
        device.alloc(size * MIB, frames)
        device.trace[-1]["forward_frames"] = forward if innermost_first else forward[::-1]
    return snapshot(device)


def metadata() -> dict[str, Any]:
    """Allocations with texts of the program; one gets a text later, one gets two, and one has none."""
    device = Device()
    device.reserve(100 * MIB)
    for size, text in ((10, "layer.0"), (20, "layer.1"), (5, ""), (8, "")):
        address = device.alloc(size * MIB, FORWARD)
        device.trace[-1]["user_metadata"] = text
        if size in (5, 10):
            device.record("annotate", address, 0, [], user_metadata="late")
    return snapshot(device)


def categories() -> dict[str, Any]:
    """Events of profile_plot: each alloc has a category, but memory from before the recording does not."""
    device = Device()
    device.reserve(100 * MIB, seen=False)
    device.alloc(30 * MIB, [], seen=False)
    for size, category in ((10, "activation"), (5, "gradient"), (10, "activation")):
        address = device.alloc(size * MIB, FORWARD)
        device.trace[-1]["category"] = category
    device.free(address)
    return snapshot(device)


def calls() -> dict[str, Any]:
    """Stacks of many shapes: branches, recursion, 300 frames, C++ only, none; on device 1 only one."""
    train, model = "/home/ada/job/train.py", "/home/ada/job/model.py"

    def stack(*places: tuple[str, int, str]) -> Frames:
        """Outermost first, with the operator below."""
        frames = [{"filename": file, "line": line, "name": name} for file, line, name in reversed(places)]
        return FORWARD[:1] + frames

    step = ((train, 9, "<module>"), (train, 5, "step"))
    walk = (model, 20, "walk")
    device, other = Device(), Device(1)
    device.reserve(400 * MIB, seen=False)
    device.alloc(7 * MIB, [], seen=False)
    device.alloc(40 * MIB, stack(*step, (model, 10, "forward")))
    device.alloc(3 * MIB, stack(*step, (model, 11, "forward")))
    device.alloc(2 * MIB, stack(*step))
    device.alloc(10 * MIB, stack(*step, walk, walk))
    device.alloc(30 * MIB, stack(*step, walk, walk, walk))
    device.alloc(20 * MIB, stack((train, 9, "<module>"), *[(model, 30, "dive")] * 298, (model, 31, "dive")))
    device.alloc(8 * MIB, FORWARD[:1])
    device.alloc(5 * MIB, [])
    device.alloc(1, stack((train, 12, "<module>")))
    other.reserve(100 * MIB)
    other.alloc(50 * MIB, stack(*step, (model, 10, "forward")))
    return snapshot(device, other)


def pinned(accelerators: int, size: int = 64 * MIB) -> dict[str, Any]:
    """Pinned host memory, of which 64 MiB are freed and stay cached, beside 20 MiB on each accelerator."""
    host = Device(-1)
    host.reserve(64 * MIB)
    batch = host.alloc(64 * MIB, LOADER)
    host.reserve(2 * size)
    host.alloc(2 * size, LOADER)
    host.free(batch)
    devices = [Device(number) for number in range(accelerators)]
    for device in devices:
        device.reserve(20 * MIB)
        device.alloc(20 * MIB, WEIGHTS)
    return {**snapshot(*devices), "host_segments": host.final_segments(), "host_traces": [host.trace]}


def ring(wrapped: bool) -> dict[str, Any]:
    """A ring of 1 000 entries: full, so that older events are lost; or with room left."""
    device = Device()
    device.reserve(100 * MIB)
    for _ in range(400 if wrapped else 300):
        device.free(device.alloc(10 * MIB, FORWARD))
    device.trace = device.trace[-1000:]
    return snapshot(device)


def growth(leak: bool) -> dict[str, Any]:
    """Each of 40 steps keeps something: for good (a leak), or until the next step replaces it (gradients)."""
    device = Device()
    device.reserve(100 * MIB)
    device.alloc(20 * MIB, WEIGHTS)
    gradient = device.alloc(10 * MIB, BACKWARD, seen=False)
    for _ in range(40):
        device.free(device.alloc(5 * MIB, FORWARD))
        if leak:
            device.alloc(1 * MIB, LOGGING)
        device.free(gradient)
        gradient = device.alloc(10 * MIB, BACKWARD)
    return snapshot(device)


def waiting() -> dict[str, Any]:
    """300 of 350 MiB at the peak were freed by the program, and wait for another stream."""
    device = Device()
    device.reserve(400 * MIB)
    shared = [device.alloc(100 * MIB, FORWARD) for _ in range(3)]
    for block in shared:
        device.record("free_requested", block, 100 * MIB, BACKWARD)
    device.alloc(50 * MIB, LOGGING)
    for block in shared:
        device.complete(block)
    return snapshot(device)


def leaky_loop() -> dict[str, Any]:
    """Each of five steps leaves 40 MiB while the memory of the model comes and goes."""
    device = Device()
    device.reserve(600 * MIB)
    device.alloc(20 * MIB, WEIGHTS)
    for _ in range(5):
        activations = [device.alloc(50 * MIB, FORWARD) for _ in range(4)]
        device.alloc(40 * MIB, LOGGING)
        for block in reversed(activations):
            device.free(block)
        device.free(device.alloc(20 * MIB, BACKWARD))
    return snapshot(device)


def saved_activations() -> dict[str, Any]:
    """A forward pass of twelve layers, which saves activations for a backward pass that is not recorded."""
    device = Device()
    device.reserve(600 * MIB)
    device.alloc(20 * MIB, WEIGHTS)
    for _ in range(12):
        device.free(device.alloc(60 * MIB, at(22, "softmax")))
        device.alloc(40 * MIB, FORWARD)
    return snapshot(device)


def without_stacks(kind: str) -> dict[str, Any]:
    """Recorded with context=None (no event has frames), context="state" (only blocks have) or stacks="python"."""
    device = Device()
    device.reserve(100 * MIB)
    device.alloc(20 * MIB, FORWARD)
    device.alloc(50 * MIB, [] if kind == "python" else BACKWARD)
    state = snapshot(device)
    if kind == "python":
        for recorded in [*state["device_traces"][0], *state["segments"][0]["blocks"]]:
            recorded["frames"] = [frame for frame in recorded["frames"] if frame["filename"] != "??"]
        return state
    for event in state["device_traces"][0]:
        event.pop("frames")
    if kind == "none":
        for segment in state["segments"]:
            for block in segment["blocks"]:
                block["frames"] = []
    return state


def stackless_device(with_cpp: bool) -> dict[str, Any]:
    """Device 0 has stacks (with_cpp False: of Python only); device 1 has none, and holds more."""
    devices = [Device(number) for number in range(2)]
    for device in devices:
        device.reserve(100 * MIB)
    devices[0].alloc(20 * MIB, FORWARD if with_cpp else FORWARD[1:])
    devices[1].alloc(50 * MIB, [])
    state = snapshot(*devices)
    if not with_cpp:
        for event in [*state["device_traces"][0], *state["device_traces"][1]]:
            event["frames"] = [frame for frame in event["frames"] if frame["filename"] != "??"]
    return state


def stacks_python_forward() -> dict[str, Any]:
    """Stacks of Python only; memory of the backward pass has no stack but `forward_frames`."""
    state = without_stacks("python")
    lines = ['  File "/home/ada/job/train.py", line 20, in forward\n    y = fc(x)\n',
             '  File "/home/ada/job/train.py", line 5, in <module>\n']
    for event in state["device_traces"][0]:
        if not event["frames"]:
            event["forward_frames"] = lines
    return state


def graph_pool() -> dict[str, Any]:
    """60 of 100 MiB at the peak belong to the private pool of a CUDA graph."""
    device = Device()
    device.reserve(100 * MIB)
    device.alloc(40 * MIB, WEIGHTS)
    device.alloc(60 * MIB, at(50, "capture"))
    state = snapshot(device)
    for event in state["device_traces"][0]:
        event["pool_id"] = (1, 0) if event["size"] == 60 * MIB else (0, 0)
    return state


def eight_devices() -> dict[str, Any]:
    """Two devices hold 20 MiB, one 78 MiB of the same sites, and five hold nothing."""
    devices = [Device(number) for number in range(8)]
    for device in devices[:3]:
        device.reserve(100 * MIB)
        device.alloc(10 * MIB, WEIGHTS)
        device.alloc((68 if device.number == 1 else 10) * MIB, FORWARD)
    return snapshot(*devices)


def rank(layers: int, size: int) -> dict[str, Any]:
    """One rank of a job: `layers` allocations in forward, each of `size` bytes."""
    device = Device()
    device.reserve(400 * MIB)
    device.alloc(20 * MIB, WEIGHTS)
    for block in [device.alloc(size, FORWARD) for _ in range(layers)]:
        device.free(block)
    return snapshot(device)


SNAPSHOTS: dict[str, Callable[[], dict[str, Any]]] = {
    "peak-first": peak_first,
    "two-peaks": two_peaks,
    "pending": pending,
    "survivors": survivors,
    "oom-fits": lambda: fragmented(30 * MIB),
    "oom-does-not-fit": lambda: fragmented(60 * MIB),
    "oom-pools": lambda: pools(with_ids=True),
    "oom-no-pool-ids": lambda: pools(with_ids=False),
    "stranded": stranded,
    "stranded-expandable": lambda: stranded(expandable=True),
    "stranded-in-pool": lambda: stranded(pool=(1, 0)),
    "fragmentation-0": lambda: fragmentation(holes=False),
    "fragmentation-99": lambda: fragmentation(holes=True),
    "cached": cached,
    "empty": lambda: {"segments": [], "device_traces": []},
    "no-trace": lambda: no_trace(0),
    "one-entry": lambda: no_trace(1),
    "no-segments": no_segments,
    "two-devices": two_devices,
    "ring-wrapped": lambda: ring(wrapped=True),
    "ring-unwrapped": lambda: ring(wrapped=False),
    "leak": lambda: growth(leak=True),
    "gradients": lambda: growth(leak=False),
    "backward": backward,
    "metadata": metadata,
    "categories": categories,
    "calls": calls,
    "pinned": lambda: pinned(1),
    "pinned-grown": lambda: pinned(1, 96 * MIB),
    "pinned-alone": lambda: pinned(0),
    "waiting": waiting,
    "leaky-loop": leaky_loop,
    "saved-activations": saved_activations,
    "context-none": lambda: without_stacks("none"),
    "context-state": lambda: without_stacks("state"),
    "stacks-python": lambda: without_stacks("python"),
    "stacks-python-forward": stacks_python_forward,
    "stackless-device": lambda: stackless_device(True),
    "stackless-device-python": lambda: stackless_device(False),
    "graph-pool": graph_pool,
    "eight-devices": eight_devices,
    "rank": lambda: rank(8, 10 * MIB),
    "rank-more": lambda: rank(16, 10 * MIB),
    "rank-larger": lambda: rank(8, 20 * MIB),
}


def write(name: str, path: Path) -> None:
    path.write_bytes(pickle.dumps(SNAPSHOTS[name](), protocol=4))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=SNAPSHOTS)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--list", action="store_true", help="names and what they show")
    options = parser.parse_args()
    if options.list or options.name is None:
        print("\n".join(SNAPSHOTS))
        return 0 if options.list else 2
    write(options.name, options.output or Path(f"{options.name}.pickle"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
