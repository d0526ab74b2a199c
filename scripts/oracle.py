#!/usr/bin/env python3
"""A second implementation of the timeline rules of snapq, in plain and slow Python.

Tests compare the C++ replay with this file on real and on random snapshots. It can be read from top to bottom to
learn what snapq counts, and why:

    load()         reads a snapshot from a pickle (without running any code from it) or from JSON
    scan()         pairs allocs and frees to elements; the final blocks show what was never freed
    animate()      stacks the elements at each step of allocations.json
    figures()      peak, totals, counts
    other_events   the events that cannot be rebuilt from the elements

Use: oracle.py FILE            figures of each device, for both ways of treating memory from before the trace
     oracle.py FILE --json     the same with all elements and anomalies
     oracle.py --check DIR     compares every NAME.pickle of DIR with DIR/expected; exit 1 on a difference
"""
import argparse
import gzip
import json
import pathlib
import pickle
import sys
from dataclasses import dataclass, field

MODES = ("all", "freed")
ORIGINS = ("preexisting_kept", "preexisting_freed", "trace")
KNOWN_ACTIONS = {"alloc", "free_requested", "free_completed", "segment_alloc", "segment_free", "segment_map",
                 "segment_unmap", "oom", "snapshot", "user_defined", "annotate"}
OCCUPIED = {"active_allocated", "active_pending_free", "active_awaiting_free"}
RESERVING = {"segment_alloc", "segment_map"}
RELEASING = {"segment_free", "segment_unmap"}
LARGEST = 2**63 - 1


class PlainUnpickler(pickle.Unpickler):
    """Reads only numbers, text, lists, tuples and dicts; nothing in a pickle is imported or called."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")

    def persistent_load(self, pid):
        raise pickle.UnpicklingError("persistent ids are not plain data")


def load(path):
    """A snapshot as dicts and lists."""
    with open(path, "rb") as file:
        is_json = file.read(1) in (b"{", b"[", b" ", b"\n", b"\t", b"\r")
        file.seek(0)
        return json.load(file) if is_json else PlainUnpickler(file).load()


def segments_of(snapshot):
    """The segments of a snapshot. The oldest files consist of this list only."""
    return snapshot if isinstance(snapshot, list) else snapshot.get("segments") or []


def lists_segments(snapshot):
    """Whether the file has a list of segments. If so, a device without segments in it had none."""
    return isinstance(snapshot, list) or "segments" in snapshot


def events_of(snapshot, device):
    traces = [] if isinstance(snapshot, list) else snapshot.get("device_traces") or []
    return traces[device] if device < len(traces) else []


def devices_of(snapshot):
    """Devices with an event or a segment."""
    traces = [] if isinstance(snapshot, list) else snapshot.get("device_traces") or []
    return sorted({device for device, events in enumerate(traces) if events}
                  | {segment["device"] for segment in segments_of(snapshot)})


@dataclass
class Block:
    """A block in use when the snapshot was taken."""
    index: int      # among all blocks of the file, free ones included
    address: int
    requested: int  # bytes
    size: int       # bytes occupied


def blocks_in_use(snapshot, device):
    index = -1
    blocks = []
    for segment in segments_of(snapshot):
        address = segment["address"]
        for block in segment.get("blocks") or []:
            index += 1
            address = block.get("address", address)  # not in files before 2.1: blocks follow each other
            if segment["device"] == device and block["state"] in OCCUPIED:
                blocks.append(Block(index, address % 2**64, requested_bytes(block), block["size"]))
            address += block["size"]
    return blocks


def requested_bytes(block):
    """The bytes that the program requested. The oldest files have them in the history of the block, or not at all."""
    if block.get("requested_size") is not None:
        return block["requested_size"]
    history = block.get("history") or []
    return history[0].get("real_size", block["size"]) if history else block["size"]


def address_of(event):
    address = event.get("addr")
    return None if address is None else address % 2**64


def usable_size(event):
    """The size of the event; None if it has none or a negative one."""
    size = event.get("size")
    return size if size is not None and size >= 0 else None


@dataclass(eq=False)
class Element:
    """A range of memory that was live for some time. Events are positions in the trace of the device."""
    origin: str
    size: int
    address: int
    source: int = None                # event, or block for preexisting_kept, from which its properties are taken
    alloc_event: int = None
    free_requested_event: int = None
    free_completed_event: int = None
    end_event: int = None             # after it, the element is no longer live; None: live at the end
    irregular: int = 0                # bits of events that its row does not reproduce: 1 alloc, 2 request, 4 completion
    idx: int = None
    start_step: int = None
    end_step: int = None
    points: list = field(default_factory=list)  # (step, offset)
    offset: int = 0                   # while animating


@dataclass
class Scan:
    completions_recorded: bool
    elements: list        # in stacking order
    changes: list         # (event, "start" or "end", element) in time order
    anomalies: dict       # kind -> [count, first event or None]


def completions_recorded(events):
    """Whether completions of frees end the elements. If the trace has only requests, these end them."""
    actions = {event.get("action") for event in events}
    return "free_completed" in actions or "free_requested" not in actions


def stacked(kept, freed, traced):
    """Stacking order: memory from before the trace, in reverse order of discovery, then the allocs."""
    elements = kept[::-1] + freed[::-1] + traced
    for idx, element in enumerate(elements):
        element.idx = idx
    return elements


def scan(snapshot, device, mode):
    """Elements and anomalies of a device. Anomalies are facts about the file, so the mode changes none."""
    complete = scan_all(snapshot, device)
    if mode == "all":
        return complete
    shown = scan_freed(snapshot, device)
    shown.anomalies = complete.anomalies
    return shown


def scan_all(snapshot, device):
    """All memory that was live, as far as the file shows."""
    events = events_of(snapshot, device)
    recorded = completions_recorded(events)
    open_at, seen = {}, set()  # by address
    freed, traced, changes = [], [], []
    anomalies = {}

    def odd(kind, event=None):
        entry = anomalies.setdefault(kind, [0, event])
        entry[0] += 1
        if event is not None:
            entry[1] = event if entry[1] is None else min(entry[1], event)

    def close(address, event):
        element = open_at.pop(address)
        element.end_event = event
        changes.append((event, "end", element))

    for number, event in enumerate(events):
        action, address, size = event.get("action"), address_of(event), usable_size(event)

        if action == "alloc":
            if address is None or size is None:
                continue  # it has no address or no size
            if address in open_at:
                requested = open_at[address].free_requested_event is not None
                odd("missing_completion" if requested else "alloc_over_live", number)
                close(address, number)
            element = Element("trace", size, address, source=number, alloc_event=number)
            traced.append(element)
            open_at[address] = element
            seen.add(address)
            changes.append((number, "start", element))

        elif action in ("free_requested", "free_completed"):
            if address is None or (address not in open_at and size is None):
                odd("unmatched_free", number)  # no address, or nothing live there and no size for an element
                continue
            if address not in open_at:
                # This is memory from before the trace, unless the trace used that address before.
                if address in seen:
                    odd("unmatched_free", number)
                open_at[address] = Element("preexisting_freed", size, address, source=number)
                freed.append(open_at[address])
                seen.add(address)
            element = open_at[address]
            if action == "free_completed":
                element.free_completed_event = number
                close(address, number)
            elif element.free_requested_event is not None:
                odd("unmatched_free", number)  # freed twice
            else:
                element.free_requested_event = number
                if not recorded:
                    close(address, number)

        elif action not in KNOWN_ACTIONS:
            odd("unknown_action", number)

    kept = []
    in_use = blocks_in_use(snapshot, device)
    for block in in_use:
        if block.address in open_at or block.requested < 0:
            continue
        if block.address in seen:
            odd("block_without_alloc")  # the trace freed all memory there, so the alloc of this block is missing
        kept.append(Element("preexisting_kept", block.requested, block.address, source=block.index))
    if any(segment["device"] == device for segment in segments_of(snapshot)):
        for address, element in open_at.items():
            if address not in {block.address for block in in_use}:
                odd("live_not_in_blocks", element.source)
    elements = stacked(kept, freed, traced)
    if reserved_start(snapshot, device, elements)[1]:
        odd("negative_reserved_start")
    return Scan(recorded, elements, changes, anomalies)


def scan_freed(snapshot, device):
    """The elements that SnapViewer's converter shows. Memory that has no event in the trace is left out, and only
    completions end an element.

    If an alloc comes at an address that is live, the old element stays live to the end. Memory from before the trace is
    found when its free completes. Its properties come from the request, if there is one, because a late completion may
    have the stack of an unrelated call.
    """
    events = events_of(snapshot, device)
    open_at, requests = {}, {}  # by address
    freed, traced, changes = [], [], []
    for number, event in enumerate(events):
        action, address, size = event.get("action"), address_of(event), usable_size(event)
        if address is None:
            continue
        if action == "alloc" and size is not None:
            element = Element("trace", size, address, source=number, alloc_event=number)
            traced.append(element)
            open_at[address] = element
            requests.pop(address, None)
            changes.append((number, "start", element))
        elif action == "free_requested":
            if address in open_at:
                if open_at[address].free_requested_event is None:
                    open_at[address].free_requested_event = number
            elif size is not None:
                requests.setdefault(address, number)
        elif action == "free_completed":
            if address not in open_at:
                request = requests.pop(address, None)
                source = number if request is None else request
                if usable_size(events[source]) is None:
                    continue
                open_at[address] = Element("preexisting_freed", events[source]["size"], address,
                                           source=source, free_requested_event=request)
                freed.append(open_at[address])
            element = open_at.pop(address)
            element.free_completed_event = element.end_event = number
            changes.append((number, "end", element))
    return Scan(completions_recorded(events), stacked([], freed, traced), changes, {})


def columns_of(event):
    """The columns of an event in the database, without action, address and time."""
    pool = event.get("pool_id")
    return {"size": event.get("size"), "stream": event.get("stream"),
            "pool": None if pool is None else ",".join(map(str, pool)),
            "compile_context": event.get("compile_context"), "user_metadata": event.get("user_metadata"),
            "forward_frames": event.get("forward_frames")}


def mark_irregular(events, elements):
    """Sets `irregular`. Returns the events that cannot be rebuilt from an element; other_events stores these.

    A row has one set of columns for all its events, one stack for the alloc and one for both frees.
    """
    reproduced = set()
    for element in elements:
        if element.origin == "preexisting_kept":
            continue
        row = columns_of(events[element.source])
        free_stack = None
        for bit, number in ((1, element.alloc_event), (2, element.free_requested_event),
                            (4, element.free_completed_event)):
            if number is None:
                continue
            event = events[number]
            same = columns_of(event) == row and "device_free" not in event
            if bit == 4 and element.free_requested_event is not None:
                same = same and event.get("frames") == free_stack
            elif bit != 1:
                free_stack = event.get("frames")
            if same:
                reproduced.add(number)
            else:
                element.irregular |= bit
    return [number for number in range(len(events)) if number not in reproduced]


def animate(elements, changes):
    """Gives every element its points; returns the final step.

    An alloc takes one step. The end of an element takes one, and three more in which everything above it moves down.
    """
    step, total, live = 0, 0, []

    def put(element):
        nonlocal total
        element.start_step, element.offset, element.points = step, total, [(step, total)]
        total += element.size
        live.append(element)

    for element in elements:
        if element.origin != "trace":
            put(element)
    for _, change, element in changes:
        if change == "start":
            put(element)
            step += 1
            continue
        element.points.append((step, element.offset))
        element.end_step = step
        position = live.index(element)
        above = live[position + 1:]
        del live[position]
        for other in above:
            other.points += [(step, other.offset), (step + 3, other.offset - element.size)]
            other.offset -= element.size
        step += 4 if above else 1
        total -= element.size
    for element in live:
        element.points.append((step, element.offset))
        element.end_step = step
    return step


def allocations_json(elements):
    """The content of allocations.json."""
    return [{"timesteps": [step for step, _ in element.points],
             "offsets": [offset for _, offset in element.points],
             "size": element.size} for element in elements]


def reserved_change(event):
    size = event.get("size")
    if size is None or size <= 0:
        return 0
    return size if event.get("action") in RESERVING else -size if event.get("action") in RELEASING else 0


def held_minus_changes(snapshot, device):
    """Bytes of the final segments, minus what the segment events add up to."""
    changes = [reserved_change(event) for event in events_of(snapshot, device)]
    held = sum(max(segment["total_size"], 0) for segment in segments_of(snapshot) if segment["device"] == device)
    released = -sum(change for change in changes if change < 0)
    reserved = sum(change for change in changes if change > 0)
    return min(held + released, LARGEST) - min(reserved, LARGEST)


def knows_final_segments(snapshot, device, elements):
    """Whether the final segments of the device are known.

    The list has the segments of all devices, so a device without a segment in it holds nothing. An empty list proves
    this only if the trace leaves nothing live and nothing reserved, because some recorders write an empty list in place
    of the segments.
    """
    if not lists_segments(snapshot):
        return False
    all_closed = all(element.end_event is not None for element in elements)
    return bool(segments_of(snapshot)) or (all_closed and held_minus_changes(snapshot, device) >= 0)


def reserved_start(snapshot, device, elements):
    """Bytes reserved from the driver before the first event (None: not known), and whether the computed value was
    negative, which proves that events are missing."""
    is_known = knows_final_segments(snapshot, device, elements)
    has_segments = any(segment["device"] == device for segment in segments_of(snapshot))
    events = events_of(snapshot, device)
    saw_segments = any(event.get("action") in RESERVING | RELEASING for event in events)
    if not (is_known or has_segments or saw_segments):
        return None, False
    start = held_minus_changes(snapshot, device)
    return max(start, 0), start < 0 and is_known


def reserved_end(snapshot, device, found, running):
    """Bytes reserved at the end: the sum of the final segments or, if the file has none, of the events."""
    if knows_final_segments(snapshot, device, found.elements):
        return sum(segment["total_size"] for segment in segments_of(snapshot) if segment["device"] == device)
    return None if running is None else max(running, 0)


def figures(snapshot, device, found, final_step):
    events = events_of(snapshot, device)
    elements = found.elements
    change_at = [0] * len(events)
    for event, change, element in found.changes:
        change_at[event] += element.size if change == "start" else -element.size
    baseline = sum(element.size for element in elements if element.origin != "trace")
    live = peak = baseline
    peak_event = -1
    reserved, _ = reserved_start(snapshot, device, elements)
    reserved_at_peak = peak_reserved = reserved
    for number, event in enumerate(events):
        live += change_at[number]
        if reserved is not None:
            reserved += reserved_change(event)
            peak_reserved = max(peak_reserved, reserved)
        if live > peak:
            # The running value can be negative only if events are missing.
            peak, peak_event, reserved_at_peak = live, number, None if reserved is None else max(reserved, 0)
    # Only an alloc can raise the total, so an element starts at the event of the peak. Its step is that of the peak.
    peak_step = next((element.start_step for element in elements if element.alloc_event == peak_event), None)
    count = {origin: sum(element.origin == origin for element in elements) for origin in ORIGINS}
    return {
        "device": device, "events": len(events), "allocations": len(elements),
        "baseline_bytes": baseline, "peak_bytes": peak, "peak_event": peak_event,
        "peak_timestep": None if peak_event < 0 else peak_step, "end_bytes": live,
        "reserved_at_peak": reserved_at_peak, "peak_reserved": peak_reserved,
        "reserved_end": reserved_end(snapshot, device, found, reserved),
        "unfreed": sum(element.size for element in elements
                       if element.origin == "trace" and element.end_event is None),
        "oom": sum(event.get("action") == "oom" for event in events),
        "allocs": count["trace"], "initial_closed": count["preexisting_freed"],
        "survivors": count["preexisting_kept"],
        "anomalies": found.anomalies.get("alloc_over_live", [0])[0], "timesteps": final_step,
    }


@dataclass
class Timeline:
    device: int
    mode: str
    elements: list            # of Element
    closes: list              # idx of elements in the order in which they end
    other_events: list
    anomalies: dict           # kind -> [count, first event or None]
    completions_recorded: bool
    reserved_start: int       # None: unknown
    figures: dict


def timeline(snapshot, device, mode="all"):
    """Everything about one device. `mode`: all, or freed as SnapViewer shows it."""
    found = scan(snapshot, device, mode)
    final_step = animate(found.elements, found.changes)
    return Timeline(device, mode, found.elements,
                    [element.idx for _, change, element in found.changes if change == "end"],
                    mark_irregular(events_of(snapshot, device), found.elements), found.anomalies,
                    found.completions_recorded, reserved_start(snapshot, device, found.elements)[0],
                    figures(snapshot, device, found, final_step))


def as_json(result):
    columns = ("idx", "origin", "size", "address", "alloc_event", "free_requested_event",
               "free_completed_event", "end_event", "start_step", "end_step", "irregular")
    elements = [{column: getattr(element, column) for column in columns} for element in result.elements]
    return {"device": result.device, "mode": result.mode, "figures": result.figures,
            "anomalies": result.anomalies, "elements": elements, "closes": result.closes,
            "other_events": result.other_events,
            "allocations": allocations_json(result.elements)}


def check(folder):
    """Compares with the expectations of a folder of snapshots; returns the number of differences."""
    differences = 0
    for path in sorted(pathlib.Path(folder).glob("*.pickle")):
        snapshot = load(path)
        expected = json.loads((path.parent / "expected" / f"{path.stem}.figures.json").read_text())
        found = [timeline(snapshot, device).figures for device in devices_of(snapshot)]
        found = [{name: row[name] for name in expected[0]} for row in found]
        same_figures = found == expected
        with gzip.open(path.parent / "expected" / f"{path.stem}.trace.allocations.json.gz") as file:
            rows = json.load(file)
        same_rows = allocations_json(timeline(snapshot, 0, "freed").elements) == rows
        differences += (not same_figures) + (not same_rows)
        print(f"{path.stem}: figures {'equal' if same_figures else 'DIFFER'}, "
              f"{len(rows)} rows {'equal' if same_rows else 'DIFFER'}")
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="a snapshot: plain pickle or JSON")
    parser.add_argument("--json", action="store_true", help="elements and points too, as JSON")
    parser.add_argument("--check", metavar="DIR", help="compare with DIR/expected")
    options = parser.parse_args()
    if options.check:
        sys.exit(1 if check(options.check) else 0)
    if not options.file:
        parser.error("a FILE or --check DIR is needed")
    snapshot = load(options.file)
    results = [timeline(snapshot, device, mode) for device in devices_of(snapshot) for mode in MODES]
    if options.json:
        json.dump([as_json(result) for result in results], sys.stdout)
        print()
        return
    for result in results:
        print(f"device {result.device}, preexisting {result.mode}")
        for name, value in {**result.figures, **{f"anomaly {kind}": count for kind, (count, _)
                                                 in result.anomalies.items()}}.items():
            print(f"  {name:<20} {value}")


if __name__ == "__main__":
    main()
