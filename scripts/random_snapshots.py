#!/usr/bin/env python3
"""Makes small random snapshots for comparing two implementations; the same seed gives the same snapshot.

    random_snapshot(seed)   a snapshot as PyTorch would pickle it
    snapshots(first, count) (seed, snapshot) pairs

Half of them come from a simple model of the allocator. They are plausible and have full ring buffers, late completions,
several streams and devices, private pools, expandable segments, OOMs, and the keys of old and new versions. The other
half are such snapshots with random damage, or random events: frees without an alloc, allocs over live memory, double
frees, unknown actions.

Use: random_snapshots.py --count 100 --seed 1 -o DIR    writes DIR/00001.pickle …; --json writes JSON text
"""
import argparse
import json
import pathlib
import pickle
import random

ACTIONS = ("alloc", "free_requested", "free_completed", "segment_alloc", "segment_free", "segment_map",
           "segment_unmap", "oom", "snapshot", "user_defined", "annotate", "workspace_snapshot", "")
PAGE = 2 << 20
START_US = 1_700_000_000_000_000


class Style:
    """The keys and values that one recording writes. They depend on the version of PyTorch and on its arguments."""

    def __init__(self, rng):
        self.rng = rng
        self.times = rng.random() < 0.85
        self.context = rng.choice(("all", "all", "all", "alloc", "state", None))
        self.compile_context = rng.random() < 0.5
        self.user_metadata = rng.random() < 0.4
        self.pools = rng.random() < 0.5
        self.forward_frames = rng.random() < 0.2
        self.legacy = rng.random() < 0.15          # blocks have a history and no address
        self.skipped = rng.choice((None,) * 8 + ("free_requested", "free_completed", "alloc"))
        self.ring = rng.choice((None, None, None, 1, 5, 20, 60))
        self.high_addresses = rng.random() < 0.1   # like pointers of XPU devices
        self.shared = {}
        self.frames = [{"name": name, "filename": f"/app/{name[0]}.py", "line": line}
                       for line, name in enumerate("main train step forward softmax backward".split(), 1)]
        self.frames.append({"name": "at::_ops::empty::call(long)", "filename": "??", "line": 0})
        self.no_frames = []

    def stack(self):
        """A new list object (or the shared empty one) of shared frames."""
        if self.rng.random() < 0.1:
            return self.no_frames
        return self.rng.sample(self.frames, self.rng.randint(1, 4))


class ToyAllocator:
    """A caching allocator of one device, with its ring buffer of events."""

    def __init__(self, style, device):
        self.style, self.rng, self.device = style, style.rng, device
        self.events, self.segments, self.pending = [], [], []
        self.time = START_US + self.rng.randrange(1_000_000)
        self.next_address = (0xFF00 << 48 if style.high_addresses else 0x7F00 << 32) + device * (1 << 36)

    def record(self, action, size, block=None, stack=None, **fields):
        if action == self.style.skipped:
            return
        event = {"action": action, "size": size}
        if action != "oom":
            event["addr"] = block["address"] if block else 0
        event["stream"] = block["stream"] if block else 0
        if self.style.times:
            self.time += self.rng.choice((0, 1, 7, 250, -3))
            event["time_us"] = self.time
        if self.style.compile_context:
            event["compile_context"] = "N/A" if self.rng.random() < 0.9 else "Torch-Compiled Region: 0/0"
        if self.style.user_metadata:
            event["user_metadata"] = self.rng.choice(("", "", "phase"))
        if self.style.pools:
            event["pool_id"] = block["pool"] if block else (0, 0)
        if stack is not None:
            event["frames"] = stack
        event.update(fields)
        self.events.append(event)

    def event_stack(self):
        return self.style.stack() if self.style.context in ("all", "alloc") else None

    def new_segment(self, size, stack):
        small = size <= 1 << 20
        total = PAGE if small else -(-size // PAGE) * PAGE * self.rng.choice((1, 1, 2))
        expandable = self.rng.random() < 0.2
        stream = self.rng.choice((0, 0, 0, 0x5555_0000))
        segment = {"address": self.next_address, "total_size": total, "stream": stream, "small": small,
                   "pool": self.rng.choice(((0, 0), (0, 0), (1, 0))), "expandable": expandable,
                   "stack": stack, "blocks": []}
        segment["blocks"].append(self.free_block(segment, segment["address"], total))
        self.next_address += total * self.rng.choice((1, 2))
        self.segments.append(segment)
        self.record("segment_map" if expandable else "segment_alloc", total, segment, stack)
        return segment

    @staticmethod
    def free_block(segment, address, size):
        return {"address": address, "size": size, "requested": 0, "state": "inactive",
                "stream": segment["stream"], "pool": segment["pool"], "stack": None}

    def alloc(self):
        any_size = self.rng.randrange(1, 5 << 20)
        requested = self.rng.choice((1, 100, 512, 4000, 70_000, 1 << 20, 3 << 20, any_size))
        rounded = -(-requested // 512) * 512
        stack = self.event_stack()
        if self.rng.random() < 0.02:
            self.record("oom", rounded, None, stack, device_free=self.rng.randrange(1 << 24))
            return
        fits = [(segment, block) for segment in self.segments for block in segment["blocks"]
                if block["state"] == "inactive" and block["size"] >= rounded]
        segment, block = self.rng.choice(fits) if fits else (None, None)
        if block is None:
            segment = self.new_segment(rounded, stack)
            block = segment["blocks"][0]
        rest = block["size"] - rounded
        if rest >= 512 and self.rng.random() < 0.9:
            where = segment["blocks"].index(block)
            segment["blocks"].insert(where + 1, self.free_block(segment, block["address"] + rounded, rest))
            block["size"] = rounded
        block.update(state="active_allocated", requested=requested, stack=stack)
        extra = {}
        if self.style.forward_frames and self.rng.random() < 0.3:
            extra["forward_frames"] = ["a.py:1 in forward\n", "b.py:2 in loss\n"]
        self.record("alloc", requested, block, stack, **extra)

    def free(self):
        live = [block for segment in self.segments for block in segment["blocks"]
                if block["state"] == "active_allocated"]
        if not live:
            return
        block = self.rng.choice(live)
        stack = block["stack"] if self.style.context == "alloc" else self.event_stack()
        self.record("free_requested", block["requested"], block, stack)
        if self.rng.random() < 0.15:  # another stream still uses it
            block["state"] = "active_pending_free"
            self.pending.append(block)
        else:
            self.complete(block, stack)

    def complete(self, block, stack):
        block["state"] = "inactive"
        self.record("free_completed", block["requested"], block, stack)

    def complete_pending(self):
        if self.pending:
            self.complete(self.pending.pop(self.rng.randrange(len(self.pending))), self.event_stack())

    def release(self):
        for segment in list(self.segments):
            if all(block["state"] == "inactive" for block in segment["blocks"]):
                self.segments.remove(segment)
                action = "segment_unmap" if segment["expandable"] else "segment_free"
                self.record(action, segment["total_size"], segment, self.event_stack())

    def other(self):
        self.record(self.rng.choice(("snapshot", "user_defined")), 0, None, None)

    def run(self, steps):
        for _ in range(steps):
            self.rng.choices((self.alloc, self.free, self.complete_pending, self.release, self.other),
                             (50, 42, 6, 1, 1))[0]()

    def trace(self):
        return self.events if self.style.ring is None else self.events[-self.style.ring:]

    def segment_dicts(self):
        return [self.segment_dict(segment) for segment in sorted(self.segments, key=lambda s: s["address"])]

    def segment_dict(self, segment):
        in_use = [block for block in segment["blocks"] if block["state"] != "inactive"]
        allocated = sum(block["size"] for block in in_use if block["state"] == "active_allocated")
        result = {"device": self.device, "address": segment["address"], "total_size": segment["total_size"],
                  "allocated_size": allocated, "active_size": sum(block["size"] for block in in_use),
                  "requested_size": sum(block["requested"] for block in in_use), "stream": segment["stream"],
                  "segment_type": "small" if segment["small"] else "large"}
        if not self.style.legacy:
            result.update(segment_pool_id=segment["pool"], is_expandable=segment["expandable"],
                          frames=self.state_stack(segment))
        result["blocks"] = [self.block_dict(block) for block in segment["blocks"]]
        return result

    def block_dict(self, block):
        if self.style.legacy:
            return self.legacy_block(block)
        return {"address": block["address"], "size": block["size"], "requested_size": block["requested"],
                "state": block["state"],
                "frames": self.style.no_frames if block["state"] == "inactive" else self.state_stack(block)}

    def legacy_block(self, block):
        """A block as in PyTorch 1.13 and 2.0. Element 0 of its history is the newest."""
        result = {"size": block["size"], "state": block["state"]}
        if self.rng.random() < 0.5:
            result["requested_size"] = block["requested"]
        if self.rng.random() < 0.8:
            result["history"] = [{"addr": block["address"], "real_size": block["requested"],
                                  **({"frames": block["stack"]} if block["stack"] else {})}]
        return result

    def state_stack(self, owner):
        if self.style.context is None or owner["stack"] is None:
            return self.style.no_frames
        return owner["stack"]


def plausible_snapshot(rng):
    style = Style(rng)
    traces, segments = [], []
    for device in range(rng.choice((1, 1, 1, 2, 3))):
        allocator = ToyAllocator(style, device)
        if rng.random() < 0.85:
            allocator.run(rng.choice((0, 1, 3, 20, 60, 150)))
            if rng.random() < 0.2:     # recording starts late
                allocator.events.clear()
                allocator.run(rng.choice((0, 2, 40)))
        traces.append(allocator.trace())
        segments += allocator.segment_dicts()
    snapshot = {"segments": segments, "device_traces": traces}
    if rng.random() < 0.3:
        snapshot["allocator_settings"] = {"PYTORCH_CUDA_ALLOC_CONF": "", "max_split_size": -1,
                                          "garbage_collection_threshold": 0.0, "expandable_segments": False,
                                          "roundup_power2_divisions": {"1": 0, "256": 4}}
    if rng.random() < 0.3:
        snapshot["external_annotations"] = annotations(rng)
    return snapshot


def annotations(rng):
    return [{"name": rng.choice(("step", "loss")), "stage": rng.choice(("START", "END")), "device": 0,
             "time_us": START_US + rng.randrange(1_000_000)} for _ in range(rng.randrange(6))]


def senseless_event(rng, style):
    """An event with a random action, at one of a few addresses and with one of a few sizes. Keys may be missing."""
    action = rng.choice(ACTIONS) if rng.random() < 0.2 else rng.choice(ACTIONS[:3])
    event = {"action": action, "addr": rng.choice((0, 512, 1024, 1536, 2048, 2**63 + 512)),
             "size": rng.choice((0, 1, 100, 512, 512, 512)), "stream": rng.choice((0, 0, 0, 7)),
             "time_us": START_US + rng.randrange(1000)}
    if action == "oom" and rng.random() < 0.8:
        del event["addr"]
        event["device_free"] = rng.randrange(4096)
    if rng.random() < 0.7:
        shared = style.shared.setdefault(action[:4], style.stack())
        event["frames"] = style.stack() if rng.random() < 0.3 else shared
    if rng.random() < 0.3:
        event["pool_id"] = (0, rng.choice((0, 0, 1)))
    if rng.random() < 0.2:
        event["compile_context"] = "N/A"
    if rng.random() < 0.04:
        event["device_free"] = 5
    for key in ("addr", "size", "stream", "time_us"):
        if rng.random() < 0.03:
            event.pop(key, None)
    return event


def senseless_snapshot(rng):
    style = Style(rng)
    without = rng.choice((None, None, "free_requested", "free_completed", "alloc"))
    traces = []
    for _ in range(rng.choice((0, 1, 1, 2))):
        events = [senseless_event(rng, style) for _ in range(rng.choice((0, 1, 2, 5, 12, 40)))]
        traces.append([event for event in events if event["action"] != without])
    segments = [senseless_segment(rng, style) for _ in range(rng.choice((0, 0, 1, 2)))]
    snapshot = {"segments": segments, "device_traces": traces}
    if rng.random() < 0.1:
        del snapshot["segments" if rng.random() < 0.5 else "device_traces"]
    return snapshot


def senseless_segment(rng, style):
    sizes = [rng.choice((0, 512, 512, 1024)) for _ in range(rng.randrange(6))]
    segment = {"device": rng.choice((0, 0, 0, 1, 3)), "address": rng.choice((0, 512, 2**63)),
               "total_size": sum(sizes), "allocated_size": 512, "active_size": 512, "requested_size": 100,
               "stream": 0, "segment_type": "small", "frames": style.no_frames, "blocks": []}
    address = segment["address"]
    for size in sizes:
        state = rng.choice(("active_allocated", "active_pending_free", "active_awaiting_free", "inactive"))
        segment["blocks"].append({"address": address, "size": size, "state": state, "frames": style.stack(),
                                  "requested_size": rng.choice((size, size // 2, 0))})
        address += size if rng.random() < 0.95 else 0
    return segment


def damage(rng, snapshot):
    """Drops, repeats, swaps and changes events; sometimes drops half of the segments."""
    for events in snapshot.get("device_traces", []):
        for _ in range(rng.choice((1, 1, 3, 10))):
            if not events:
                break
            at, to = rng.randrange(len(events)), rng.randrange(len(events))
            kind = rng.randrange(6)
            if kind == 0:
                del events[at]
            elif kind == 1:
                events.insert(to, events[at])
            elif kind == 2:
                events[at], events[to] = events[to], events[at]
            elif kind == 3:
                events[at] = {**events[at], "action": rng.choice(ACTIONS)}
            elif kind == 4:
                events[at] = {**events[at], "size": rng.choice((0, 1, 512, 1 << 20))}
            else:
                key = rng.choice("addr size stream time_us frames pool_id compile_context".split())
                events[at] = {name: value for name, value in events[at].items() if name != key}
    if rng.random() < 0.1:
        snapshot["segments"] = snapshot["segments"][:len(snapshot["segments"]) // 2]
    return snapshot


def random_snapshot(seed):
    rng = random.Random(seed)
    kind = rng.randrange(4)
    if kind == 3:
        return senseless_snapshot(rng)
    snapshot = plausible_snapshot(rng)
    return damage(rng, snapshot) if kind == 2 else snapshot


def snapshots(first, count):
    return ((seed, random_snapshot(seed)) for seed in range(first, first + count))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", required=True, type=pathlib.Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1, help="of the first snapshot (default 1)")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--protocol", type=int, default=4, help="of the pickle (default 4)")
    parser.add_argument("--json", action="store_true", help="JSON text instead of pickles")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for seed, snapshot in snapshots(options.seed, options.count):
        path = options.output / f"{seed:05}.{'json' if options.json else 'pickle'}"
        data = json.dumps(snapshot).encode() if options.json else pickle.dumps(snapshot, options.protocol)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
