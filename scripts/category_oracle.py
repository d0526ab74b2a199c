#!/usr/bin/env python3
"""A second implementation of snapq's phases, categories and steps, in plain and slow Python.

docs/categories.md has the rules in words; here they are as code, in the same order:

    class_of_frame()    a row of category_rules.py for one frame
    phase_of_stack()    the phase of a stack: innermost frame with a row, then what encloses it
    Device              marks, boundaries and the other facts of a device that categories need
    category_of()       the category of one allocation

Use: category_oracle.py FILE [--allocations]      JSON; one line per allocation
"""
import argparse
import bisect
import collections
import json
import re
import sys

import oracle
from category_rules import (CPP_ROWS, KV_CACHE_ROWS, PYTHON_ROWS, WEAK_CPP_ROWS, WEAK_PYTHON_ROWS, WORKSPACE_SIZE,
                            WORKSPACE_TEXTS)

CATEGORIES = ("workspace", "communication", "kv_cache", "optimizer_state", "optimizer_temporary", "gradient",
              "backward_temporary", "activation", "forward_temporary", "parameter", "input", "persistent",
              "temporary", "unknown")

# ---------------------------------------------------------------- frames

CPP_EXTENSIONS = set("c cc cpp cxx cu hip h hh hpp hxx cuh inc inl ipp tcc s asm m mm rs pyx pxd o so dylib dll "
                     "pyd exe".split())
PYTHON_EXTENSIONS = {"py", "pyc", "pyw", "ipynb"}


def is_cpp(filename, line, name):
    """Whether it is a C++ frame: docs/snapshots.md, "Python or C++ frame"."""
    if filename in ("", "??"):
        return True
    looks_cpp = "::" in name or "(" in name
    if filename.startswith("<"):
        return looks_cpp
    base = re.split(r"[/\\]", filename)[-1]
    parts = base.split(".")
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    extension = parts[-1] if len(parts) > 1 else ""
    if extension in PYTHON_EXTENSIONS:
        return False
    if extension.lower() in CPP_EXTENSIONS:
        return True
    return looks_cpp or line in (0, -1) or line >= 2**63 or base.startswith("python")


def norm(filename):
    return "/" + filename.replace("\\", "/").lower()


GENERATED = re.compile(r"/(torchinductor_|torch_compile_debug|torch_compile_cache)[^/]*/"
                       r"|/([a-z2-7]{2})/c\2[a-z2-7]{49}\.py$")

def matches(part, functions, path, name):
    in_path = part[:-1] in path.rsplit("/", 1)[-1] if part.endswith("*") else part in path
    return in_path and (not functions or name in functions.split())


def class_of_frame(frame, weak=False):
    filename, line, name = frame
    if is_cpp(filename, line, name):
        rows = WEAK_CPP_ROWS if weak else CPP_ROWS
        return next((kind for kind, text, _ in rows if text in name), None)
    path = norm(filename)
    rows = WEAK_PYTHON_ROWS if weak else PYTHON_ROWS
    return next((kind for kind, part, functions, _ in rows if matches(part, functions, path, name)), None)


def is_module_call(frame):
    return frame[2] == "_call_impl" and "/torch/nn/modules/module.py" in norm(frame[0])


def phase_of_stack(frames, has_forward_stack=False):
    """frames: (file, line, function), innermost first. Returns None if there are no frames and nothing replaces them."""
    if not frames:
        return "backward" if has_forward_stack else None
    classes = [class_of_frame(frame) for frame in frames]
    first = next((depth for depth, kind in enumerate(classes) if kind), None)
    if first is None:
        if has_forward_stack:
            return "backward"
        return next((kind for kind in (class_of_frame(frame, True) for frame in frames) if kind), "other")
    kind = classes[first]
    if kind == "compiled_backward":
        return "backward"
    if kind != "forward":
        return kind
    for depth in range(first + 1, len(frames)):
        if classes[depth] in ("checkpoint", "compile"):
            return classes[depth]
        if classes[depth] == "compiled_backward":
            return "backward"
        if classes[depth] == "backward":
            inside = frames[:depth]
            generated = any(GENERATED.search(norm(frame[0])) for frame in inside)
            return "checkpoint" if not generated and any(map(is_module_call, inside)) else "backward"
    return "forward"


def is_workspace(frames):
    return any(text in name for file, line, name in frames if is_cpp(file, line, name) for text, _ in WORKSPACE_TEXTS)


def is_kv_cache(frames):
    return any(matches(part, functions, norm(file), name) for file, line, name in frames
               if not is_cpp(file, line, name) for part, functions, _ in KV_CACHE_ROWS)


# ---------------------------------------------------------------- elements with their stacks


def is_in_backward(frames):
    return any(class_of_frame(frame) in ("backward", "checkpoint", "compiled_backward") for frame in frames)


def forward_stack(lines):
    """The lines of forward_frames, if they are a traceback (src/frames/frame_text.cpp), else ()."""
    if not isinstance(lines, (list, tuple)) or not all(isinstance(text, str) for text in lines):
        return ()
    first = tuple(text.split("\n")[0].lstrip(" ") for text in lines)
    return first if all(re.match(r'File ".*", line -?\d+, in ', text) for text in first) else ()


class Stacks:
    """Stacks of a file by content, each with its phase."""

    def __init__(self):
        self.numbers, self.content, self.phases = {}, [], []
        self.by_list = {}

    def number(self, owner):
        """The stack of an event or a block; None if it has none."""
        history = (owner or {}).get("history") or [{}]
        frames = (owner or {}).get("frames") or history[0].get("frames") or []
        forward = forward_stack((owner or {}).get("forward_frames"))
        if not frames and not forward:
            return None
        key = (id(frames), forward)
        if not frames or key not in self.by_list:
            content = tuple((frame["filename"], frame["line"], frame["name"]) for frame in frames)
            if (content, forward) not in self.numbers:
                self.numbers[content, forward] = len(self.content)
                self.content.append(content)
                self.phases.append(phase_of_stack(content, bool(forward)))
            self.by_list[key] = self.numbers[content, forward]
        return self.by_list[key]

    def phase(self, number):
        return None if number is None else self.phases[number]


class Allocation:
    """The facts about one allocation that the rules use. Events are positions in the trace; -1: before it."""

    def __init__(self, device, element):
        self.device, self.idx, self.size = device, element.idx, element.size
        self.origin, self.end = element.origin, element.end_event
        self.alloc = -1 if element.alloc_event is None else element.alloc_event
        freed = element.free_requested_event
        self.free = element.free_completed_event if freed is None else freed
        self.has_free_event = self.free is not None
        if self.free is None:
            self.free = element.end_event   # closed by an alloc at its address: no stack
        self.alloc_stack = self.free_stack = None
        self.recorded = None
        self.A = self.F = None
        self.category = self.basis = None


def blocks_of(snapshot):
    """Blocks by their number in the file."""
    return [block for segment in oracle.segments_of(snapshot) for block in segment.get("blocks") or []]


PROFILER = {"input": "input", "temporary": "temporary", "activation": "activation", "gradient": "gradient",
            "autograd_detail": "backward_temporary", "parameter": "parameter",
            "optimizer_state": "optimizer_state"}


def recorded_category(event):
    if event is None:
        return None
    if event.get("category") in PROFILER:
        return PROFILER[event["category"]]
    text = event.get("user_metadata")
    if not isinstance(text, str):
        return None
    text = re.sub(r"[ -]", "_", text.strip().lower())
    for candidate in (text, text[:-1] if text.endswith("s") else text):
        if candidate in CATEGORIES and candidate != "unknown":
            return candidate
    return None


def made_by_profile_plot(snapshot):
    events = [event for trace in snapshot.get("device_traces", []) for event in trace]
    segments = snapshot.get("segments", [])
    allocators = {"segment_type", "allocated_size", "active_size"}
    return (any("category" in event for event in events)
            and all(event["action"] in ("alloc", "free_requested", "free_completed") for event in events)
            and not any(allocators & segment.keys() for segment in segments)
            and len({segment["device"] for segment in segments}) == len(segments))


def next_version(events, end):
    """The alloc with which profile_plot goes on after the free of a tensor that was changed in place."""
    if end is None or end + 1 >= len(events):
        return None
    old, new = events[end], events[end + 1]
    same = new["action"] == "alloc" and (new["addr"], new["size"]) == (old["addr"], old["size"])
    return new if same else None


# ---------------------------------------------------------------- categories


class Device:
    def __init__(self, snapshot, device, stacks):
        self.device, self.events = device, oracle.events_of(snapshot, device)
        scan = oracle.scan(snapshot, device, "all")
        blocks = blocks_of(snapshot)
        self.allocations = [self.allocation(element, stacks, blocks) for element in scan.elements]
        self.changes = scan.changes
        if made_by_profile_plot(snapshot):
            for item, element in zip(self.allocations, scan.elements):
                if element.origin == "preexisting_freed":
                    item.recorded = recorded_category(next_version(self.events, element.free_completed_event))
        self.stacks = stacks
        self.figures = oracle.figures(snapshot, device, scan, None)
        self.phases()
        self.boundaries()
        self.categories()

    def allocation(self, element, stacks, blocks):
        made = Allocation(self.device, element)
        at = lambda event: None if event is None else self.events[event]
        if element.origin == "preexisting_kept":
            made.alloc_stack = stacks.number(blocks[element.source])
        else:
            made.alloc_stack = stacks.number(at(element.alloc_event))
            made.recorded = recorded_category(at(element.alloc_event))
        freed = element.free_requested_event
        freed = element.free_completed_event if freed is None else freed
        made.free_stack = stacks.number(at(freed))
        return made

    def phases(self):
        """Phases of both stacks of each allocation."""
        both = [item for item in self.allocations if item.alloc_stack is not None and item.free_stack is not None]
        self.frees_repeat = len(both) >= 10 and all(item.alloc_stack == item.free_stack for item in both)
        for item in self.allocations:
            item.A = self.stacks.phase(item.alloc_stack)
            item.F = None if self.frees_repeat else self.stacks.phase(item.free_stack)
        self.inferred = 0
        has_cpp = any(is_cpp(*frame) for content in self.stacks.content for frame in content)
        if has_cpp:
            return
        marks = self.marks()
        forward = min((event for event, phase in marks if phase == "forward"), default=None)
        last = max((event for event, phase in marks if phase == "optimizer"), default=None)
        if forward is None or last is None:
            return
        for item in self.allocations:
            if item.origin == "trace" and item.alloc_stack is None and forward < item.alloc < last:
                item.A, self.inferred = "backward", self.inferred + 1
            if item.has_free_event and item.free_stack is None and forward < item.free < last \
                    and not self.frees_repeat:
                item.F, self.inferred = "backward", self.inferred + 1

    def marks(self):
        """(event, phase) of the allocs and frees that have a phase, in the order of the trace."""
        found = [(item.alloc, item.A) for item in self.allocations if item.origin == "trace" and item.A]
        found += [(item.free, item.F) for item in self.allocations if item.free is not None and item.F]
        return sorted(found)

    def boundaries(self):
        """Events at which a step ends: the first of each optimizer run, else forwards that follow a backward."""
        marks = self.marks()
        self.backwards = [event for event, phase in marks if phase == "backward"]
        self.has_forward = any(phase == "forward" for _, phase in marks)
        self.errors = [event for event, what in enumerate(self.events) if what.get("action") == "oom"]
        self.forward_allocs = [item.alloc for item in self.allocations
                               if item.origin == "trace" and item.A in ("forward", "checkpoint")]
        self.runs, inside = [], False
        for event, phase in marks:
            if phase == "optimizer":
                if not inside:
                    self.runs.append(event)
                inside = True
            elif phase in ("forward", "backward", "checkpoint"):
                inside = False
        self.steps = list(self.runs)
        if not self.steps:
            after_backward = False
            for event, phase in marks:
                if phase == "backward":
                    after_backward = True
                elif phase == "forward" and after_backward:
                    self.steps.append(event)
                    after_backward = False

    def is_cut_short(self, item):
        """Whether an out-of-memory error is in the life of the item, and no forward went on between it and the free."""
        return any(item.alloc < error <= item.free and not any(error < event <= item.free for event in self.forward_allocs)
                   for error in self.errors)

    def between(self, events, item, count=1):
        """Whether at least `count` of the events are after the alloc and not after the free."""
        position = bisect.bisect_right(events, item.alloc) + count - 1
        return position < len(events) and (item.free is None or events[position] <= item.free)

    def categories(self):
        later = []
        for item in self.allocations:
            item.category, item.basis = self.category_of(item)
            if item.category is None:
                later.append(item)
        self.gradient_sizes = {item.size for item in self.allocations if item.category == "gradient"}
        self.state_sizes = {item.size for item in self.allocations if item.category == "optimizer_state"}
        self.ran_backward = any(item.origin == "trace" and item.A == "backward" for item in self.allocations)
        for item in later:
            item.category = self.category_by_size(item)
        if self.ran_backward and self.runs and not self.gradient_sizes:
            # The optimizer used gradients that the trace neither allocated nor freed, so they are among these.
            older = [item for item in later if item.category == "parameter" and item.A is None]
            for size in {item.size for item in older}:
                same = [item for item in older if item.size == size]
                for item in same[len(same) - len(same) // 2:]:
                    item.category = "gradient"

    def category_by_size(self, item):
        if not self.gradient_sizes and not self.state_sizes:
            is_model = self.has_forward and not self.ran_backward
            return "persistent" if item.A else "parameter" if is_model else "unknown"
        known = item.size in self.gradient_sizes or item.size in self.state_sizes \
            or 2 * item.size in self.state_sizes
        return "parameter" if known else "persistent"

    def category_of(self, item):
        """(category, basis). If the category is None, the size decides."""
        A, F, old = item.A, item.F, item.origin != "trace"
        if item.recorded:
            return item.recorded, "recorded"
        frames = () if item.alloc_stack is None else self.stacks.content[item.alloc_stack]
        freed = item.free is not None
        basis = "none" if A is None and F is None else "free_stack" if A is None else \
            "both_stacks" if F or not freed else "alloc_stack"
        crosses, twice = self.between(self.steps, item), self.between(self.steps, item, 2)

        def rule():
            if is_workspace(frames) or item.size == WORKSPACE_SIZE:
                return "workspace"
            if is_kv_cache(frames) and F not in ("backward", "checkpoint"):
                return "kv_cache"
            if F == "zero_grad" and A in (None, "backward", "checkpoint", "other"):
                return "gradient"
            if A == "communication" or A is None and old and F == "communication":
                is_gradient = crosses and (F in ("zero_grad", "optimizer") or is_in_backward(frames))
                return "gradient" if is_gradient else "communication"
            if A == "optimizer":
                return "optimizer_state" if not freed or crosses else "optimizer_temporary"
            if A == "backward":
                if not freed or crosses or F in ("optimizer", "other", "load", "data", "forward"):
                    return "gradient"
                return "unknown" if F is None and not self.steps else "backward_temporary"
            if A in ("forward", "checkpoint"):
                if not freed:
                    return "persistent" if twice else "activation"
                if F in ("backward", "checkpoint") and not (A == F == "checkpoint"):
                    return "activation"
                if F is None:
                    return "persistent" if twice else "unknown"
                if F != "forward" and (self.between(self.backwards, item) or self.is_cut_short(item)):
                    return "activation"
                return "forward_temporary"
            if A == "data":
                return "input"
            if A == "load":
                is_copy = F == "load" or freed and item.free < self.first_step_mark()
                return "temporary" if is_copy else "parameter"
            if A in ("other", "compile", "zero_grad"):
                if A == "other" and F in ("backward", "checkpoint"):
                    return "activation"
                if not freed or twice:
                    is_early = not freed and item.alloc < self.first_step_mark()
                    return None if A == "other" and is_early else "persistent"
                return "unknown" if A == "other" and F is None else "temporary"
            # The stack of the alloc is not known.
            if F == "optimizer":
                return "optimizer_state" if old else "unknown"
            if old and not freed:
                return None
            if F is None:
                return "unknown"
            if old and F in ("backward", "checkpoint"):
                return "activation"
            if old and F == "forward":
                return "forward_temporary"
            if old and F == "data":
                return "input"
            return "persistent" if twice else "temporary"

        return rule(), basis

    def first_step_mark(self):
        if not hasattr(self, "first_mark"):
            self.first_mark = min((event for event, phase in self.marks()
                                   if phase in ("forward", "backward", "optimizer")), default=-1)
        return self.first_mark


# ---------------------------------------------------------------- steps


def span_events(snapshot, device, prefix, stage):
    """For the annotations of the device: the first event after each START or END of a name."""
    all_devices = oracle.devices_of(snapshot)
    times, latest = [], 0
    for event in oracle.events_of(snapshot, device):
        latest = max(latest, event.get("time_us") or 0)
        times.append(latest)
    found = set()
    for note in snapshot.get("external_annotations") or [] if isinstance(snapshot, dict) else []:
        at = note.get("device") if note.get("device") in all_devices else all_devices[0]
        if at == device and note.get("stage") == stage and str(note.get("name")).startswith(prefix):
            found.add(bisect.bisect_right(times, note["time_us"]))
    return sorted(found)


def optimizer_cuts(device):
    """For each run of optimizer marks, which ends before a forward mark or at the end: the event after its last mark."""
    cuts, last = [], None
    for event, phase in device.marks():
        if phase == "optimizer":
            last = event
        elif phase == "forward" and last is not None:
            cuts.append(last + 1)
            last = None
    return cuts if last is None else cuts + [last + 1]


def steps_of(snapshot, device):
    """(basis, rows): docs/snapshots.md, "What a step costs", without the rules for other spans and for periods."""
    count = len(device.events)
    starts = [event for event in span_events(snapshot, device.device, "ProfilerStep#", "START") if event < count]
    if starts:
        basis, edges = "profiler_step", [*starts, count]
    else:
        ends = [event for event in span_events(snapshot, device.device, "Optimizer.step#", "END") if event > 0]
        basis = "optimizer_span" if ends else "optimizer"
        cuts = ends or optimizer_cuts(device)
        if not cuts:
            return "none", []
        rest = any(event >= cuts[-1] and phase in ("forward", "backward") for event, phase in device.marks())
        edges = [0, *[cut for cut in cuts[:-1] if cut < count], *([cuts[-1]] if rest else []), count]
    change, allocated = [0] * count, [0] * count
    for event, kind, element in device.changes:
        change[event] += element.size if kind == "start" else -element.size
        allocated[event] += element.size if kind == "start" else 0
    live = [device.figures["baseline_bytes"]]
    for value in change:
        live.append(live[-1] + value)
    rows = []
    for step, (start, end) in enumerate(zip(edges, edges[1:])):
        if end > start:
            peak = max(live[start + 1:end + 1])
            rows.append({"step": step, "start_event": start, "end_event": end - 1, "start_bytes": live[start], "peak_bytes": peak,
                         "peak_event": live.index(peak, start + 1, end + 1) - 1, "end_bytes": live[end],
                         "allocated_bytes": sum(allocated[start:end])})
    return basis, rows


def totals(items, key):
    count, size = collections.Counter(), collections.Counter()
    for item in items:
        name = getattr(item, key) or "none"
        count[name] += 1
        size[name] += item.size
    return {name: {"bytes": total, "count": count[name]} for name, total in size.most_common()}


def result_of(device, snapshot=None):
    peak = device.figures["peak_event"]
    at_peak = [item for item in device.allocations
               if item.alloc <= peak and (item.end is None or item.end > peak)]
    traced = [item for item in device.allocations if item.origin == "trace"]
    peak_bytes = device.figures["peak_bytes"]
    by_category = totals(at_peak, "category")
    return {
        "device": device.device, "peak_bytes": peak_bytes, "peak_event": peak,
        "at_peak": by_category,
        "share": {name: round(100 * row["bytes"] / peak_bytes, 2) for name, row in by_category.items()}
        if peak_bytes else {},
        "all": totals(device.allocations, "category"),
        "basis_at_peak": totals(at_peak, "basis"),
        "alloc_phase_at_peak": totals(at_peak, "A"),
        "allocated_by_phase": totals(traced, "A"),
        "older_share": round(100 * sum(i.size for i in at_peak if i.alloc < 0) / peak_bytes, 2) if peak_bytes else 0,
        "inferred_backward": device.inferred, "frees_repeat_allocs": device.frees_repeat,
        "optimizer_runs": device.runs, "boundaries": len(device.steps),
        **(dict(zip(("step_basis", "steps"), steps_of(snapshot, device))) if snapshot is not None else {}),
        "checks": {"categories_sum_to_peak": sum(r["bytes"] for r in by_category.values()) == peak_bytes,
                   "phases_sum_to_allocated": sum(r["bytes"] for r in totals(traced, "A").values())
                   == sum(item.size for item in traced)},
    }


def basis_of_file(found):
    items = [item for device in found for item in device.allocations]
    if any(item.basis == "recorded" for item in items):
        return "recorded"
    if any(item.basis == "both_stacks" and item.F for item in items):
        return "both_stacks"
    return "alloc_stack" if any(item.A for item in items) else "none"


def devices(snapshot):
    stacks = Stacks()
    for number in oracle.devices_of(snapshot):   # all stacks first: whether the file has C++ frames
        for event in oracle.events_of(snapshot, number):
            stacks.number(event)
    for owner in [*oracle.segments_of(snapshot), *blocks_of(snapshot)]:
        stacks.number(owner)
    return [Device(snapshot, number, stacks) for number in oracle.devices_of(snapshot)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--allocations", action="store_true")
    options = parser.parse_args()
    snapshot = oracle.load(options.file)
    found = devices(snapshot)
    if options.allocations:
        for device in found:
            for item in device.allocations:
                print(item.device, item.idx, item.category, item.A or "-", item.F or "-")
        return
    basis = basis_of_file(found)
    json.dump([{"category_basis": basis, **result_of(device, snapshot)} for device in found], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
