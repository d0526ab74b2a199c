"""A small archive made by plain Python, so that the checkers can be tested without the program that they check.

The snapshot must have one device, whose trace has only allocs, frees and segment events. Everything is computed in
the simplest way. The schema is that of docs/archive-format.md with only the tables that the checkers read.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from lib.snapshot_view import OCCUPIED, Event, SnapshotView, Stack, callstack_text, requested_size, signed

SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE devices(device INTEGER PRIMARY KEY, event_count, allocation_count, timesteps, has_trace,
  complete,
  preexisting_bytes, peak_requested_bytes, peak_event, peak_timestep, peak_time_us, peak_stack_id,
  reserved_at_peak_bytes, peak_reserved_bytes, peak_reserved_event, end_requested_bytes, end_allocated_bytes,
    end_active_bytes, end_reserved_bytes, unfreed_bytes, pending_bytes, oom_events, first_time_us,
  last_time_us);
CREATE TABLE strings(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE frames(frame_id INTEGER PRIMARY KEY, filename, line, name, fx_node_op, fx_node_name,
  fx_node_target,
  fx_original_trace);
CREATE TABLE stacks(stack_id INTEGER PRIMARY KEY, depth, stack_hash, kind, site, site_frame_id,
  user_frame_id, op,
  backward_node, callstack TEXT NOT NULL, forward_stack_id);
CREATE TABLE stack_frames(stack_id, depth, frame_id, PRIMARY KEY(stack_id, depth)) WITHOUT ROWID;
CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, size, start_timestep, end_timestep,
  address,
    stream, pool_id, origin, stack_id, free_stack_id, alloc_event, free_requested_event,
  free_completed_event, end_event,
  alloc_time_us, free_requested_time_us, free_completed_time_us, compile_context_id, user_metadata_id,
  forward_frames_id, irregular INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(device, idx)) WITHOUT ROWID;
CREATE TABLE other_events(device, event, action, address, size, stream, pool_id, time_us, stack_id,
  device_free,
  compile_context_id, user_metadata_id, forward_frames_id, PRIMARY KEY(device, event)) WITHOUT ROWID;
CREATE TABLE segments(segment_id INTEGER PRIMARY KEY, device, address, total_size, allocated_size,
  active_size,
  requested_size, stream, segment_type, pool_id, is_expandable, stack_id, forward_frames_id);
CREATE TABLE blocks(segment_id, block, address, size, requested_size, state, stack_id, forward_frames_id,
  PRIMARY KEY(segment_id, block)) WITHOUT ROWID;
CREATE TABLE annotations(annotation INTEGER PRIMARY KEY, device, name, stage, time_us);
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE extra(owner, owner_key, key, value);
CREATE TABLE anomalies(device, kind, count, first_event);
CREATE TABLE timeline(device, event, timestep, time_us, requested_bytes, reserved_bytes);
CREATE TABLE stack_totals(device, stack_id, origin, allocations, total_bytes, min_size, max_size, peak_bytes,
  peak_count, max_bytes, max_event, end_bytes, end_count, unfreed_tenths);
CREATE TABLE live_stacks(device, moment, stack_id, origin, bytes, count);
CREATE TABLE fragmentation(device, moment, estimated, reserved_bytes, requested_bytes, rounding_bytes,
  cached_bytes,
  stranded_bytes, segments, cached_segments, holes, largest_hole_bytes);
CREATE TABLE oom(device, event);
CREATE VIEW allocs AS SELECT idx, size, start_timestep AS start_time, end_timestep AS end_time,
  coalesce((SELECT callstack FROM stacks WHERE stacks.stack_id = allocations.stack_id), '') AS callstack
  FROM allocations WHERE device = (SELECT value FROM meta WHERE key = 'viewer_device');
CREATE VIEW live_at_peak AS SELECT a.* FROM devices d JOIN allocations a ON a.device = d.device
  WHERE coalesce(a.alloc_event, -1) <= d.peak_event AND (a.end_event IS NULL OR a.end_event > d.peak_event);
CREATE VIEW peak_stacks AS SELECT device, stack_id, sum(bytes) AS bytes FROM live_stacks WHERE moment = 'peak'
  GROUP BY device, stack_id;
CREATE VIEW events AS SELECT * FROM other_events;
"""


class PythonArchive:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.view = SnapshotView(raw)
        self.trace = self.view.trace(0)
        self.database = sqlite3.connect(":memory:")
        self.database.executescript(SCHEMA)
        self.rows: list[dict[str, Any]] = []
        self.json: list[dict[str, Any]] = []
        self._stacks: dict[Stack, int] = {}
        self._frames: dict[Any, int] = {}
        self._strings: dict[str, int] = {}

    def write(self, path: Path) -> None:
        self._elements()
        steps = self._points()
        self._store(steps)
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "elements.db"
            self.database.commit()
            self.database.execute("VACUUM INTO ?", (str(file),))
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("allocations.json", json.dumps(self.json))
                archive.write(file, "elements.db")
                archive.writestr("manifest.json", "{}")

    def _elements(self) -> None:
        """Makes the rows in stacking order: blocks that are never freed, older ones freed in the trace (last found
        first), allocs."""
        live: dict[int, dict[str, Any]] = {}
        older: list[dict[str, Any]] = []
        allocs: list[dict[str, Any]] = []
        for number, entry in enumerate(self.trace):
            address = signed(entry.get("addr", 0))
            match entry["action"]:
                case "alloc":
                    live[address] = self._row("trace", address, entry["size"], entry, alloc_event=number)
                    allocs.append(live[address])
                case "free_requested":
                    if address not in live:
                        live[address] = self._row("preexisting_freed", address, entry["size"], entry)
                        older.append(live[address])
                    live[address]["free_requested_event"] = number
                case "free_completed":
                    row = live.pop(address, None)
                    if row is None:
                        row = self._row("preexisting_freed", address, entry["size"], entry)
                        older.append(row)
                    row["free_completed_event"] = row["end_event"] = number
        for segment in self.view.segments:
            for address, block in self.view.blocks(segment):
                if block["state"] in OCCUPIED and signed(address) not in live:
                    stack = self.view.block_stack(block)
                    older.append(self._row("preexisting_kept", signed(address), requested_size(block), None))
                    older[-1]["stack_id"] = None if stack is None else self._stack(stack)
        self.rows = older[::-1] + allocs
        for index, row in enumerate(self.rows):
            row["idx"] = index

    def _row(
        self, origin: str, address: int, size: int, entry: dict[str, Any] | None, **more: Any
    ) -> dict[str, Any]:
        stack = None if entry is None else self.view.event(entry).stack
        return {
            "origin": origin,
            "address": address,
            "size": size,
            "alloc_event": None,
            "end_event": None,
            "free_requested_event": None,
            "free_completed_event": None,
            "stack_id": None if stack is None else self._stack(stack),
            **more,
        }

    def _points(self) -> int:
        """Fills `json`: for each free, moves all elements above it, one after another."""
        step, live = 0, [row for row in self.rows if row["alloc_event"] is None]
        for row in self.rows:
            row["points"] = []
        offset = 0
        for row in live:
            row["offset"], offset = offset, offset + row["size"]
            row["points"].append((0, row["offset"]))
        by_event = {row["alloc_event"]: row for row in self.rows if row["alloc_event"] is not None}
        by_end = {row["end_event"]: row for row in self.rows if row["end_event"] is not None}
        self.step_of: dict[int, int] = {}
        for number in range(len(self.trace)):
            self.step_of[number] = step
            if number in by_event:
                row = by_event[number]
                row["offset"] = sum(other["size"] for other in live)
                row["points"].append((step, row["offset"]))
                live.append(row)
                step += 1
            elif number in by_end:
                step = self._close(by_end[number], live, step)
        for row in live:
            row["points"].append((step, row["offset"]))
        self.json = [
            {
                "timesteps": [p[0] for p in row["points"]],
                "offsets": [p[1] for p in row["points"]],
                "size": row["size"],
            }
            for row in self.rows
        ]
        return step

    def _close(self, row: dict[str, Any], live: list[dict[str, Any]], step: int) -> int:
        row["points"].append((step, row["offset"]))
        above = live[live.index(row) + 1 :]
        for other in above:
            other["points"].append((step, other["offset"]))
            other["offset"] -= row["size"]
            other["points"].append((step + 3, other["offset"]))
        live.remove(row)
        return step + (4 if above else 1)

    def _store(self, steps: int) -> None:
        for row in self.rows:
            self._insert(
                "allocations",
                device=0,
                start_timestep=row["points"][0][0],
                irregular=7,
                end_timestep=row["points"][-1][0],
                **{key: value for key, value in row.items() if key not in ("points", "offset")},
            )
        for number, event in enumerate(self.view.events(0)):
            self._event(number, event)
        self._segments()
        self._side_tables()
        curve, reserved = self._curves()
        peak = max(range(-1, len(self.trace)), key=lambda event: (curve[event + 1], -event))
        self._device(steps, curve, reserved, peak)
        for event in range(-1, len(self.trace)):
            self._insert(
                "timeline",
                device=0,
                event=event,
                requested_bytes=curve[event + 1],
                time_us=None if event < 0 else self.trace[event].get("time_us"),
                reserved_bytes=reserved[event + 1],
            )
        for moment, event in (("start", -1), ("peak", peak), ("end", len(self.trace))):
            for (stack_id, origin), rows in self._groups(self._live(event)).items():
                self._insert(
                    "live_stacks",
                    device=0,
                    moment=moment,
                    stack_id=stack_id,
                    origin=origin,
                    bytes=sum(row["size"] for row in rows),
                    count=len(rows),
                )
        self._stack_totals(peak)

    def _event(self, number: int, event: Event) -> None:
        self._insert(
            "other_events",
            device=0,
            event=number,
            action=event.action,
            address=event.address,
            size=event.size,
            stream=event.stream,
            pool_id=event.pool_id,
            time_us=event.time_us,
            stack_id=None if event.stack is None else self._stack(event.stack),
            device_free=event.device_free,
            compile_context_id=self._string(event.compile_context),
            user_metadata_id=self._string(event.user_metadata),
            forward_frames_id=self._string(event.forward_frames),
        )

    def _segments(self) -> None:
        for number, segment in enumerate(self.view.segments):
            frames = segment.get("frames")
            pool = ",".join(map(str, segment["segment_pool_id"]))
            plain = {
                key: segment[key]
                for key in (
                    "device",
                    "total_size",
                    "allocated_size",
                    "active_size",
                    "requested_size",
                    "stream",
                    "segment_type",
                    "is_expandable",
                )
            }
            self._insert(
                "segments",
                segment_id=number,
                address=signed(segment["address"]),
                pool_id=pool,
                stack_id=None if frames is None else self._stack(self.view.stack(frames)),
                **plain,
            )
            for index, (address, block) in enumerate(self.view.blocks(segment)):
                self._insert(
                    "blocks",
                    segment_id=number,
                    block=index,
                    address=signed(address),
                    size=block["size"],
                    requested_size=block["requested_size"],
                    state=block["state"],
                    stack_id=self._stack(self.view.stack(block["frames"])),
                )

    def _side_tables(self) -> None:
        for key, value in self.view.raw["allocator_settings"].items():
            nested = value if isinstance(value, dict) else {}
            for inner, number in nested.items():
                self._insert("settings", key=f"{key}.{inner}", value=json.dumps(number))
            if not nested:
                self._insert(
                    "settings", key=key, value=value if isinstance(value, str) else json.dumps(value)
                )
        for number, entry in enumerate(self.view.raw["external_annotations"]):
            self._insert("annotations", annotation=number, **entry)
        for key in set(self.view.raw) - {
            "segments",
            "device_traces",
            "allocator_settings",
            "external_annotations",
        }:
            self._insert(
                "extra", owner="snapshot", owner_key="", key=key, value=json.dumps(self.view.raw[key])
            )

    def _curves(self) -> tuple[list[int], list[int]]:
        """Requested and reserved bytes before the trace and after each event."""
        requested = [sum(row["size"] for row in self._live(event)) for event in range(-1, len(self.trace))]
        signs = {"segment_alloc": 1, "segment_free": -1}
        changes = [signs.get(entry["action"], 0) * entry["size"] for entry in self.trace]
        reserved = [sum(segment["total_size"] for segment in self.view.segments) - sum(changes)]
        for change in changes:
            reserved.append(reserved[-1] + change)
        return requested, reserved

    def _device(self, steps: int, curve: list[int], reserved: list[int], peak: int) -> None:
        self._insert(
            "devices",
            device=0,
            event_count=len(self.trace),
            allocation_count=len(self.rows),
            timesteps=steps,
            preexisting_bytes=curve[0],
            peak_requested_bytes=curve[peak + 1],
            peak_event=peak,
            peak_timestep=self.step_of.get(peak),
            reserved_at_peak_bytes=reserved[peak + 1],
            peak_reserved_bytes=max(reserved),
            end_requested_bytes=curve[-1],
            end_reserved_bytes=reserved[-1],
            oom_events=0,
            unfreed_bytes=sum(r["size"] for r in self._live(len(self.trace)) if r["origin"] == "trace"),
        )
        for key, value in (("viewer_device", 0), ("preexisting", "all"), ("format_version", 1)):
            self._insert("meta", key=key, value=value)

    def _live(self, event: int) -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows
            if (-1 if row["alloc_event"] is None else row["alloc_event"]) <= event
            and (row["end_event"] is None or row["end_event"] > event)
        ]

    def _groups(self, rows: list[dict[str, Any]]) -> dict[Any, list[dict[str, Any]]]:
        groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            groups[(row["stack_id"], row["origin"])].append(row)
        return groups

    def _stack_totals(self, peak: int) -> None:
        for (stack_id, origin), rows in self._groups(self.rows).items():
            mine = [
                [row for row in self._live(event) if (row["stack_id"], row["origin"]) == (stack_id, origin)]
                for event in range(-1, len(self.trace))
            ]
            totals = [sum(row["size"] for row in live) for live in mine]
            sizes = [row["size"] for row in rows]
            self._insert(
                "stack_totals",
                device=0,
                stack_id=stack_id,
                origin=origin,
                allocations=len(rows),
                total_bytes=sum(sizes),
                min_size=min(sizes),
                max_size=max(sizes),
                peak_bytes=totals[peak + 1],
                peak_count=len(mine[peak + 1]),
                max_bytes=max(totals),
                max_event=totals.index(max(totals)) - 1,
                end_bytes=totals[-1],
                end_count=len(mine[-1]),
            )

    def _stack(self, stack: Stack) -> int:
        if stack not in self._stacks:
            self._stacks[stack] = len(self._stacks)
            self._insert(
                "stacks", stack_id=self._stacks[stack], depth=len(stack), callstack=callstack_text(stack)
            )
            for depth, frame in enumerate(stack):
                if frame not in self._frames:
                    self._frames[frame] = len(self._frames)
                    self._insert(
                        "frames",
                        frame_id=self._frames[frame],
                        filename=frame.filename,
                        line=frame.line,
                        name=frame.name,
                    )
                self._insert(
                    "stack_frames", stack_id=self._stacks[stack], depth=depth, frame_id=self._frames[frame]
                )
        return self._stacks[stack]

    def _string(self, text: str | None) -> int | None:
        if text is not None and text not in self._strings:
            self._strings[text] = len(self._strings)
            self._insert("strings", id=self._strings[text], text=text)
        return None if text is None else self._strings[text]

    def _insert(self, table: str, **values: Any) -> None:
        marks = ", ".join("?" for _ in values)
        self.database.execute(
            f"INSERT INTO {table}({', '.join(values)}) VALUES ({marks})", tuple(values.values())
        )
