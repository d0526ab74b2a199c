"""The checks of check_archive: each compares an archive with what Python itself reads from the snapshot.

A check is a function (Case) -> str. It returns what it has checked, or raises CheckFailed with the first
difference.
"""

from __future__ import annotations

import gzip
import itertools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.archive_view import ArchiveView
from lib.snapshot_view import (
    OCCUPIED,
    Event,
    SnapshotView,
    Stack,
    callstack_text,
    collapse,
    requested_size,
    signed,
)

TEXT_LIMIT = 1 << 20

# The names in figures.json, and SQL for the figure of one device. The README of the corpus describes them.
FIGURES = {
    "events": "SELECT event_count FROM devices WHERE device = ?",
    "allocations": "SELECT allocation_count FROM devices WHERE device = ?",
    "baseline_bytes": "SELECT preexisting_bytes FROM devices WHERE device = ?",
    "peak_bytes": "SELECT peak_requested_bytes FROM devices WHERE device = ?",
    "peak_event": "SELECT peak_event FROM devices WHERE device = ?",
    "end_bytes": "SELECT end_requested_bytes FROM devices WHERE device = ?",
    "reserved_end": "SELECT end_reserved_bytes FROM devices WHERE device = ?",
    "reserved_at_peak": "SELECT reserved_at_peak_bytes FROM devices WHERE device = ?",
    "peak_reserved": "SELECT peak_reserved_bytes FROM devices WHERE device = ?",
    "unfreed": "SELECT unfreed_bytes FROM devices WHERE device = ?",
    "oom": "SELECT oom_events FROM devices WHERE device = ?",
    "allocs": "SELECT count(*) FROM allocations WHERE device = ? AND origin = 'trace'",
    "initial_closed": "SELECT count(*) FROM allocations WHERE device = ? AND origin = 'preexisting_freed'",
    "survivors": "SELECT count(*) FROM allocations WHERE device = ? AND origin = 'preexisting_kept'",
    "anomalies": "SELECT coalesce(sum(count), 0) FROM anomalies WHERE device = ? "
    "AND kind = 'alloc_over_live'",
}


class CheckFailed(Exception):
    """The archive does not have the content of the snapshot."""


@dataclass
class Case:
    snapshot: SnapshotView
    archive: ArchiveView
    figures: Path | None = None
    reference: Path | None = None


def require(condition: bool, message: str) -> None:
    if not condition:
        raise CheckFailed(message)


def same(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise CheckFailed(f"{what}: archive has {_short(found)}, expected {_short(expected)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "…"


# ---- the container ----


def check_zip(case: Case) -> str:
    archive = case.archive
    same("damaged entry", archive.zip.testzip(), None)
    same("first entries", archive.names[:2], ["allocations.json", "elements.db"])
    same("last entry", archive.names[-1], "manifest.json")
    json.loads(archive.zip.read("manifest.json"))
    return f"{len(archive.names)} entries, checksums hold"


def check_database(case: Case) -> str:
    same("integrity_check", case.archive.value("PRAGMA integrity_check"), "ok")
    same("foreign names", case.archive.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"), [])
    return "integrity ok"


def check_viewer_loader(case: Case) -> str:
    """The first two entries, when they are unpacked, are everything that SnapViewer reads in a folder."""
    directory = case.archive.directory / "viewer"
    for name in case.archive.names[:2]:
        case.archive.zip.extract(name, directory)
    elements = json.loads((directory / "allocations.json").read_bytes())
    require(isinstance(elements, list), "allocations.json is not an array")
    database = sqlite3.connect(directory / "elements.db")
    try:
        columns = [row[1] for row in database.execute("PRAGMA table_info(allocs)")]
        same("columns of allocs", columns, ["idx", "size", "start_time", "end_time", "callstack"])
        for index in {0, len(elements) // 2, len(elements) - 1} if elements else set():
            row = database.execute("SELECT * FROM allocs WHERE idx = ?", (index,)).fetchone()
            require(row is not None and isinstance(row[4], str), f"allocs has no text for idx {index}")
    finally:
        database.close()
    return f"{len(elements)} elements, table allocs"


def check_query_plan(case: Case) -> str:
    lookup = _plan(case, "SELECT callstack FROM allocs WHERE idx = 7")
    require("SEARCH allocations" in lookup, f"a lookup by idx does not use the key: {lookup}")
    ordered = _plan(case, "SELECT * FROM allocs ORDER BY idx")
    require("TEMP B-TREE" not in ordered, f"ORDER BY idx sorts: {ordered}")
    return "idx is a key, its order needs no sort"


def _plan(case: Case, sql: str) -> str:
    return "; ".join(row[3] for row in case.archive.rows("EXPLAIN QUERY PLAN " + sql))


# ---- allocations.json ----


def check_elements(case: Case) -> str:
    total = points = 0
    for device in case.snapshot.devices():
        rows = case.archive.rows(
            "SELECT idx, size, start_timestep, end_timestep FROM allocations WHERE device = ? "
            "ORDER BY idx",
            device,
        )
        elements = case.archive.elements(device)
        if elements is None:
            same(f"elements of device {device} without an entry", len(rows), 0)
            continue
        same(f"device {device}: elements", len(elements), len(rows))
        for number, (element, row) in enumerate(zip(elements, rows, strict=True)):
            where = f"device {device}, element {number}"
            same(f"{where}: members", sorted(element), ["offsets", "size", "timesteps"])
            same(f"{where}: offsets", len(element["offsets"]), len(element["timesteps"]))
            same(where, row, (number, element["size"], element["timesteps"][0], element["timesteps"][-1]))
            points += len(element["timesteps"])
        total += len(elements)
    return f"{total} elements, {points} points"


def check_viewer_table(case: Case) -> str:
    elements = case.archive.elements(case.archive.viewer_device) or []
    count = case.archive.value("SELECT count(*) FROM allocs")
    same("rows of allocs", count, len(elements))
    return f"{count} rows"


def check_reference(case: Case) -> str:
    """allocations.json equals the output of another program, element by element."""
    if case.reference is None:
        return "no reference given"
    expected = json.loads(gzip.decompress(case.reference.read_bytes()))
    found = case.archive.elements(case.archive.viewer_device) or []
    same("elements", len(found), len(expected))
    for number, (one, other) in enumerate(zip(found, expected, strict=True)):
        for member in ("size", "timesteps", "offsets"):
            same(f"element {number}: {member}", one[member], other[member])
    return f"{len(found)} elements equal"


def check_figures(case: Case) -> str:
    if case.figures is None:
        return "no figures given"
    devices = json.loads(case.figures.read_bytes())
    for expected in devices:
        for name, sql in FIGURES.items():
            if name in expected:
                same(
                    f"device {expected['device']}: {name}",
                    case.archive.value(sql, expected["device"]),
                    expected[name],
                )
    return f"{len(devices)} devices"


# ---- stacks and events ----


def check_allocation_stacks(case: Case) -> str:
    """Each row has the stack of its event (compared by its text), and view `allocs` has the same text."""
    texts = {key: collapse(text) for key, text in case.archive.rows("SELECT stack_id, callstack FROM stacks")}
    total = 0
    for device in case.snapshot.devices():
        trace = case.snapshot.trace(device)
        blocks: dict[int, list[Stack | None]] = defaultdict(list)
        for segment in case.snapshot.segments:
            for address, block in case.snapshot.blocks(segment) if segment.get("device", 0) == device else ():
                if block["state"] in OCCUPIED:
                    blocks[signed(address)].append(case.snapshot.block_stack(block))
        for row in case.archive.dicts("SELECT * FROM allocations WHERE device = ?", device):
            where = f"device {device}, idx {row['idx']} ({row['origin']})"
            if row["origin"] == "preexisting_kept":
                # Only damaged files have several blocks at one address.
                stacks = blocks[row["address"]]
                stack = case.archive.stack(row["stack_id"])
                require(stack in stacks, f"{where}: stack {_short(stack)}, the blocks have {_short(stacks)}")
            else:
                stack = _own_stack(case.snapshot, row, trace)
            if stack is None:
                same(f"{where}: stack", row["stack_id"], None)
            else:
                _same_text(where, texts.get(row["stack_id"]), stack)
            total += 1
    return f"{total} rows"


def _own_stack(snapshot: SnapshotView, row: dict[str, Any], trace: list[dict[str, Any]]) -> Stack | None:
    event = row["alloc_event"]
    if row["origin"] == "preexisting_freed":
        event = (
            row["free_completed_event"]
            if row["free_requested_event"] is None
            else row["free_requested_event"]
        )
    entry = trace[event]
    same(f"event {event}: address", signed(entry["addr"]), row["address"])
    return snapshot.stack(entry["frames"]) if "frames" in entry else None


def _same_text(where: str, found: str | None, stack: Stack) -> None:
    expected = callstack_text(stack)
    if found is not None and len(expected.encode()) > TEXT_LIMIT:
        expected = expected[: len(found.rsplit("\n", 1)[0])]
        found = found[: len(expected)]
    same(f"{where}: callstack", found, expected)


def check_stack_texts(case: Case) -> str:
    """`callstack`, `depth` and `stack_frames` agree."""
    stacks = case.archive.stacks()
    for stack_id, depth, text in case.archive.rows("SELECT stack_id, depth, callstack FROM stacks"):
        same(f"stack {stack_id}: depth", depth, len(stacks[stack_id]))
        _same_text(f"stack {stack_id}", collapse(text), stacks[stack_id])
    forward = dict(case.archive.rows("SELECT stack_id, forward_stack_id FROM stacks"))
    distinct = {(frames, forward[stack_id]) for stack_id, frames in stacks.items()}
    same("stacks stored twice", len(distinct), len(stacks))
    return f"{len(stacks)} distinct stacks"


def check_events(case: Case) -> str:
    """View `events` has every trace event."""
    total = 0
    for device in case.snapshot.devices():
        found = case.archive.events(device)
        expected = enumerate(case.snapshot.events(device))
        for one, other in itertools.zip_longest(found, expected):
            if one != other:
                raise CheckFailed(_event_difference(device, one, other))
            total += 1
    return f"{total} events"


def _event_difference(
    device: int, found: tuple[int, Event] | None, expected: tuple[int, Event] | None
) -> str:
    if found is None or expected is None or found[0] != expected[0]:
        numbers = [None if event is None else event[0] for event in (found, expected)]
        return f"device {device}: archive has event {numbers[0]}, expected {numbers[1]}"
    for name in Event._fields:
        one, other = getattr(found[1], name), getattr(expected[1], name)
        if one != other:
            where = f"device {device}, event {found[0]}: {name}"
            return f"{where}: archive has {_short(one)}, expected {_short(other)}"
    raise AssertionError("equal events were called different")


# ---- sums ----


def check_peak(case: Case) -> str:
    for device, peak in case.archive.rows("SELECT device, peak_requested_bytes FROM devices"):
        for view, column in (("live_at_peak", "size"), ("peak_stacks", "bytes")):
            total = case.archive.value(
                f"SELECT coalesce(sum({column}), 0) FROM {view} WHERE device = ?", device
            )
            same(f"device {device}: sum of {view}", total, peak)
        step = case.archive.value("SELECT peak_timestep FROM devices WHERE device = ?", device)
        if step is not None:
            live = case.archive.value(
                "SELECT coalesce(sum(size), 0) FROM allocations WHERE device = ? AND "
                "start_timestep <= ? AND end_timestep > ?",
                device,
                step,
                step,
            )
            same(f"device {device}: live at peak_timestep", live, peak)
    return "live_at_peak, peak_stacks and peak_timestep add up"


def check_fragmentation(case: Case) -> str:
    rows = case.archive.dicts("SELECT * FROM fragmentation")
    complete = 0
    for row in rows:
        parts = [
            row[name] for name in ("requested_bytes", "rounding_bytes", "cached_bytes", "stranded_bytes")
        ]
        where = f"device {row['device']}, {row['moment']}"
        if None not in parts and row["reserved_bytes"] is not None:
            same(f"{where}: parts of reserved", sum(parts), row["reserved_bytes"])
            require(min(parts) >= 0, f"{where}: a part is negative: {parts}")
            complete += 1
        elif row["moment"] == "end":
            # Parts may be unknown only if the segments contradict each other or the trace.
            require(_contradicts_itself(case, row["device"]), f"{where}: parts are unknown without a reason")
        if row["moment"] == "end" and not row["estimated"] and None not in parts:
            _check_end_state(case, row)
    return f"{complete} of {len(rows)} rows have all parts"


def _contradicts_itself(case: Case, device: int) -> bool:
    ranges = sorted(
        (s["address"], s["address"] + s["total_size"])
        for s in case.snapshot.segments
        if s.get("device", 0) == device
    )
    overlap = any(end > start for (_, end), (start, _) in itertools.pairwise(ranges))
    return (
        not ranges or overlap or bool(case.archive.rows("SELECT 1 FROM anomalies WHERE device = ?", device))
    )


def _check_end_state(case: Case, row: dict[str, Any]) -> None:
    segments = [s for s in case.snapshot.segments if s.get("device", 0) == row["device"]]
    reserved = requested = rounding = cached = 0
    holes = [0]
    cached_segments = [0]
    for segment in segments:
        blocks = [block for _, block in case.snapshot.blocks(segment)]
        occupied = [block for block in blocks if block["state"] in OCCUPIED]
        reserved += segment["total_size"]
        requested += sum(requested_size(block) for block in occupied)
        rounding += sum(block["size"] - requested_size(block) for block in occupied)
        cached += 0 if occupied else segment["total_size"]
        if not occupied:
            cached_segments.append(segment["total_size"])
            continue
        # Neighbouring free blocks count as one hole: the allocator merges them, but other writers may not.
        for is_used, run in itertools.groupby(blocks, key=lambda block: block["state"] in OCCUPIED):
            holes.append(0 if is_used else sum(block["size"] for block in run))
    expected = {
        "reserved_bytes": reserved,
        "requested_bytes": requested,
        "rounding_bytes": rounding,
        "cached_bytes": cached,
        "stranded_bytes": reserved - requested - rounding - cached,
        "segments": sum(segment["total_size"] > 0 for segment in segments),
        "largest_hole_bytes": max(holes),
        "largest_cached_segment_bytes": max(cached_segments),
    }
    for name, value in expected.items():
        same(f"device {row['device']}, end: {name}", row[name] or 0, value)


class _Sweep:
    """Running totals of one device by (stack, origin), and after which event each total was highest."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.changes: dict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        for row in rows:
            self.changes[-1 if row["alloc_event"] is None else row["alloc_event"]].append((1, row))
            if row["end_event"] is not None:
                self.changes[row["end_event"]].append((-1, row))

    def run(self) -> tuple[list[tuple[int, int]], dict[Any, tuple[int, int]]]:
        """Total after each change, and the (bytes, event) of each key's maximum."""
        totals: dict[Any, int] = defaultdict(int)
        highest: dict[Any, tuple[int, int]] = {}
        curve, running = [], 0
        for event in sorted({-1, *self.changes}):
            touched = set()
            for sign, row in sorted(self.changes[event], key=lambda change: change[0]):
                key = (row["stack_id"], row["origin"])
                totals[key] += sign * row["size"]
                running += sign * row["size"]
                touched.add(key)
            for key in touched:
                if totals[key] > highest.get(key, (-1, 0))[0]:
                    highest[key] = (totals[key], event)
            curve.append((event, running))
        return curve, highest

    def live(self, event: int) -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows
            if (-1 if row["alloc_event"] is None else row["alloc_event"]) <= event
            and (row["end_event"] is None or row["end_event"] > event)
        ]


def check_stack_totals(case: Case) -> str:
    count = 0
    for device in case.archive.dicts("SELECT * FROM devices"):
        sweep = _Sweep(case.archive.dicts("SELECT * FROM allocations WHERE device = ?", device["device"]))
        expected = _expected_totals(sweep, device)
        rows = case.archive.dicts("SELECT * FROM stack_totals WHERE device = ?", device["device"])
        same(f"device {device['device']}: rows of stack_totals", len(rows), len(expected))
        for row in rows:
            key = (row["stack_id"], row["origin"])
            for name, value in expected[key].items():
                if name == "max_event" and row["max_bytes"] == 0:
                    continue  # a total that is always 0 has no event with its maximum
                same(f"device {device['device']}, stack_totals {key}: {name}", row[name], value)
            if row["unfreed_tenths"] is not None:
                same(
                    f"stack_totals {key}: unfreed_tenths",
                    json.loads(row["unfreed_tenths"]),
                    _tenths(sweep, key, device["event_count"]),
                )
            count += 1
    return f"{count} rows"


def _expected_totals(sweep: _Sweep, device: dict[str, Any]) -> dict[Any, dict[str, Any]]:
    _, highest = sweep.run()
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in sweep.rows:
        groups[(row["stack_id"], row["origin"])].append(row)
    peak = {id(row) for row in sweep.live(device["peak_event"])}
    end = {id(row) for row in sweep.rows if row["end_event"] is None}
    result = {}
    for key, rows in groups.items():
        sizes = [row["size"] for row in rows]
        at_peak = [row["size"] for row in rows if id(row) in peak]
        at_end = [row["size"] for row in rows if id(row) in end]
        result[key] = {
            "allocations": len(rows),
            "total_bytes": sum(sizes),
            "min_size": min(sizes),
            "max_size": max(sizes),
            "peak_bytes": sum(at_peak),
            "peak_count": len(at_peak),
            "max_bytes": highest[key][0],
            "max_event": highest[key][1],
            "end_bytes": sum(at_end),
            "end_count": len(at_end),
        }
    return result


def _tenths(sweep: _Sweep, key: Any, event_count: int) -> list[int]:
    counts = [0] * 10
    for row in sweep.rows:
        if (row["stack_id"], row["origin"]) == key and row["end_event"] is None:
            event = row["alloc_event"]
            counts[0 if event is None else min(9, event * 10 // event_count)] += 1
    return counts


def check_pending(case: Case) -> str:
    """Table pending has the memory that the program had freed at a moment but that was still live then."""
    if not case.archive.rows("SELECT 1 FROM sqlite_master WHERE name = 'pending'"):
        return "no table"
    moments = 0
    for device in case.archive.dicts("SELECT * FROM devices"):
        number = device["device"]
        sweep = _Sweep(case.archive.dicts("SELECT * FROM allocations WHERE device = ?", number))
        waiting = {
            row[0]
            for row in case.archive.rows(
                "SELECT b.address FROM blocks b JOIN segments s USING(segment_id) WHERE s.device = ? "
                "AND b.state = 'active_pending_free'",
                number,
            )
        }
        found = {
            row[0]: list(row[1:])
            for row in case.archive.rows(
                "SELECT moment, bytes, count, first_event FROM pending WHERE device = ?", number
            )
        }
        for row in case.archive.rows("SELECT DISTINCT moment FROM fragmentation WHERE device = ?", number):
            moment = row[0]
            event = _moment_event(case, device, moment)
            pending = [
                one
                for one in sweep.live(event)
                if (one["free_requested_event"] is not None and one["free_requested_event"] <= event)
                or (
                    one["free_requested_event"] is None
                    and one["origin"] == "preexisting_kept"
                    and one["address"] in waiting
                )
            ]
            requests = [one["free_requested_event"] for one in pending if one["free_requested_event"] is not None]
            expected = [sum(one["size"] for one in pending), len(pending), min(requests, default=None)]
            same(f"device {number}, pending at {moment}", found.get(moment, [0, 0, None]), expected)
            moments += 1
    return f"{moments} moments"


def check_live_stacks(case: Case) -> str:
    moments = 0
    columns = [row[1] for row in case.archive.rows("PRAGMA table_info(live_stacks)")]
    # Archives of 0.1.0 have one row for all categories of a stack.
    keys = [name for name in ("stack_id", "origin", "category") if name in columns]
    for device in case.archive.dicts("SELECT * FROM devices"):
        number = device["device"]
        sweep = _Sweep(case.archive.dicts("SELECT * FROM allocations WHERE device = ?", number))
        for moment in [
            row[0]
            for row in case.archive.rows("SELECT DISTINCT moment FROM live_stacks WHERE device = ?", number)
        ]:
            expected: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
            for row in sweep.live(_moment_event(case, device, moment)):
                totals = expected[tuple(row[key] for key in keys)]
                totals[0] += row["size"]
                totals[1] += 1
            found = {
                row[: len(keys)]: list(row[len(keys) :])
                for row in case.archive.rows(
                    f"SELECT {', '.join(keys)}, bytes, count FROM live_stacks WHERE device = ? AND moment = ?",
                    number,
                    moment,
                )
            }
            same(f"device {number}, live_stacks at {moment}", found, dict(expected))
            moments += 1
    return f"{moments} moments"


def _moment_event(case: Case, device: dict[str, Any], moment: str) -> int:
    """The event after which the state is that of `moment`."""
    if moment.startswith("oom:"):
        events = [
            row[0]
            for row in case.archive.rows(
                "SELECT event FROM oom WHERE device = ? ORDER BY event", device["device"]
            )
        ]
        first = min(
            int(row[0][4:])
            for row in case.archive.rows(
                "SELECT DISTINCT moment FROM fragmentation WHERE device = ? AND moment LIKE 'oom:%'",
                device["device"],
            )
        )
        return events[int(moment[4:]) - first]
    return {
        "start": -1,
        "peak": device["peak_event"],
        "reserved-peak": device["peak_reserved_event"],
        "end": device["event_count"],
    }[moment]


def check_timeline(case: Case) -> str:
    count = 0
    for device in case.archive.dicts("SELECT * FROM devices"):
        number = device["device"]
        sweep = _Sweep(case.archive.dicts("SELECT * FROM allocations WHERE device = ?", number))
        curve, _ = sweep.run()
        reserved = _reserved_curve(case.snapshot, number)
        rows = case.archive.rows(
            "SELECT event, requested_bytes, reserved_bytes, time_us FROM timeline WHERE "
            "device = ? ORDER BY event",
            number,
        )
        trace = case.snapshot.trace(number)
        for event, requested, held, time_us in rows:
            same(f"device {number}, timeline at {event}: requested", requested, _at(curve, event))
            if held is not None:
                same(f"device {number}, timeline at {event}: reserved", held, _at(reserved, event))
            same(
                f"device {number}, timeline at {event}: time",
                time_us,
                None if event < 0 else trace[event].get("time_us"),
            )
        if rows:
            same(
                f"device {number}: highest of the timeline",
                max(row[1] for row in rows),
                device["peak_requested_bytes"],
            )
            same(f"device {number}: first point", rows[0][0], -1)
        same(
            f"device {number}: highest of the curve",
            max(total for _, total in curve),
            device["peak_requested_bytes"],
        )
        count += len(rows)
    return f"{count} points"


def _reserved_curve(snapshot: SnapshotView, device: int) -> list[tuple[int, int]]:
    signs = {"segment_alloc": 1, "segment_map": 1, "segment_free": -1, "segment_unmap": -1}
    changes = [
        (number, signs[entry["action"]] * max(0, entry.get("size") or 0))
        for number, entry in enumerate(snapshot.trace(device))
        if entry.get("action") in signs
    ]
    end = sum(s["total_size"] for s in snapshot.segments if s.get("device", 0) == device)
    running = max(0, end - sum(change for _, change in changes))
    curve = [(-1, running)]
    for number, change in changes:
        running += change
        curve.append(
            (number, max(0, running))
        )  # a negative value means that events are missing; 0 is shown then
    return curve


def _at(curve: list[tuple[int, int]], event: int) -> int:
    """The value of the curve after `event`; a curve keeps its value until the next change."""
    low, high = 0, len(curve)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if curve[middle][0] <= event else (low, middle)
    return curve[low - 1][1]


CHECKS: list[tuple[str, Callable[[Case], str]]] = [
    ("zip", check_zip),
    ("database", check_database),
    ("viewer loader", check_viewer_loader),
    ("query plan", check_query_plan),
    ("elements", check_elements),
    ("viewer table", check_viewer_table),
    ("reference", check_reference),
    ("figures", check_figures),
    ("stacks", check_stack_texts),
    ("allocation stacks", check_allocation_stacks),
    ("events", check_events),
    ("peak", check_peak),
    ("fragmentation", check_fragmentation),
    ("stack totals", check_stack_totals),
    ("live stacks", check_live_stacks),
    ("pending", check_pending),
    ("timeline", check_timeline),
]
