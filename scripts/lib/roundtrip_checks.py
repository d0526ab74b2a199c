"""The checks of roundtrip: they rebuild everything in a snapshot from the archive's tables by SQL, and compare it.

This module checks segments, blocks, annotations, settings and unknown keys. The check of events is in archive_checks.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from lib.archive_checks import Case, check_events, check_stack_texts, require, same
from lib.snapshot_view import FX_KEYS, clean, collapse, forward_text, pool_text, signed

EXTRA_LIMIT = 1 << 20
HOST_KEYS = ("host_segments", "host_traces")

KNOWN: dict[str, set[str]] = {
    "snapshot": {
        "segments",
        "device_traces",
        "allocator_settings",
        "external_annotations",
        "host_segments",
        "host_traces",
    },
    "segment": {
        "device",
        "address",
        "total_size",
        "allocated_size",
        "active_size",
        "requested_size",
        "stream",
        "segment_type",
        "segment_pool_id",
        "is_expandable",
        "frames",
        "forward_frames",
        "blocks",
    },
    "block": {"address", "size", "requested_size", "state", "frames", "forward_frames", "history"},
    "event": {
        "action",
        "addr",
        "size",
        "stream",
        "time_us",
        "frames",
        "pool_id",
        "device_free",
        "compile_context",
        "user_metadata",
        "forward_frames",
    },
    "frame": {"name", "filename", "line", *FX_KEYS},
    "annotation": {"name", "stage", "device", "time_us"},
}


def number(value: Any) -> int | None:
    """The integer, also if the file has it as text, as in annotations of the C++ writer."""
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdecimal() else None
    return None if value is None else int(value)


def check_segments(case: Case) -> str:
    rows = case.archive.dicts("SELECT * FROM segments ORDER BY segment_id")
    segments = case.snapshot.segments
    same("segments", len(rows), len(segments))
    for index, (row, segment) in enumerate(zip(rows, segments, strict=True)):
        stream, expandable = segment.get("stream"), segment.get("is_expandable")
        expected = {
            "segment_id": index,
            "device": segment.get("device", 0),
            "address": signed(segment["address"]),
            "total_size": segment["total_size"],
            **{
                key: segment.get(key)
                for key in ("allocated_size", "active_size", "requested_size", "segment_type")
            },
            "stream": None if stream is None else signed(stream),
            "pool_id": pool_text(segment.get("segment_pool_id")),
            "is_expandable": None if expandable is None else int(expandable),
        }
        for key, value in expected.items():
            same(f"segment {index}: {key}", row[key], value)
        _same_state(
            case,
            f"segment {index}",
            row,
            segment,
            case.snapshot.stack(segment["frames"]) if "frames" in segment else None,
        )
    return f"{len(rows)} segments"


def check_blocks(case: Case) -> str:
    rows = case.archive.dicts("SELECT * FROM blocks ORDER BY segment_id, block")
    expected = [
        (index, place, address, block)
        for index, segment in enumerate(case.snapshot.segments)
        for place, (address, block) in enumerate(case.snapshot.blocks(segment))
    ]
    same("blocks", len(rows), len(expected))
    for row, (segment, place, address, block) in zip(rows, expected, strict=True):
        where = f"block {segment}/{place}"
        same(where, (row["segment_id"], row["block"]), (segment, place))
        same(f"{where}: address", row["address"], signed(address))
        same(f"{where}: size", row["size"], block["size"])
        same(f"{where}: state", row["state"], clean(block["state"]))
        if "requested_size" in block:
            same(f"{where}: requested_size", row["requested_size"], block["requested_size"])
        _same_state(case, where, row, block, case.snapshot.block_stack(block))
    return f"{len(rows)} blocks"


def _same_state(case: Case, where: str, row: dict[str, Any], owner: dict[str, Any], stack: Any) -> None:
    same(f"{where}: stack", case.archive.stack(row["stack_id"]), stack)
    forward = owner.get("forward_frames")
    same(
        f"{where}: forward_frames",
        case.archive.text(row["forward_frames_id"]),
        None if forward is None else forward_text(forward),
    )


def check_annotations(case: Case) -> str:
    rows = case.archive.rows("SELECT device, name, stage, time_us FROM annotations ORDER BY annotation")
    expected = [
        (
            number(entry.get("device")),
            clean(entry["name"]) if "name" in entry else None,
            entry.get("stage"),
            number(entry.get("time_us")),
        )
        for entry in case.snapshot.raw.get("external_annotations") or []
    ]
    # PyTorch 2.4 records annotations as events of action user_defined; their rows follow those compared here.
    for index, (one, other) in enumerate(zip(rows, expected)):
        same(f"annotation {index}", (one[0], one[1] and collapse(one[1]), one[2], one[3]), other)
    require(len(rows) >= len(expected), f"{len(rows)} annotations of {len(expected)}")
    return f"{len(rows)} annotations"


def check_settings(case: Case) -> str:
    found = dict(case.archive.rows("SELECT key, value FROM settings"))
    settings = case.snapshot.raw.get("allocator_settings")
    expected = dict(_flat(settings, "")) if isinstance(settings, dict) else {}
    same("names of settings", sorted(found), sorted(expected))
    for key, value in expected.items():
        if isinstance(value, str):
            same(f"setting {key}", collapse(found[key]), clean(value))
        else:
            require(
                equal_json(json.loads(found[key]), value),
                f"setting {key}: {found[key]!r}, expected {value!r}",
            )
    return f"{len(found)} settings"


def _flat(settings: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def check_extra(case: Case) -> str:
    """Unknown keys, with their owner; a value of more than 1 MiB is only counted."""
    found: dict[tuple[str, str, str], Any] = {}
    for owner, owner_key, key, value in case.archive.rows("SELECT owner, owner_key, key, value FROM extra"):
        found[(owner, _frame_content(case, owner_key) if owner == "frame" else owner_key, key)] = json.loads(
            value
        )
    total = 0
    for owner, owner_key, key, value in _unknown_keys(case):
        where = f"extra {owner} {owner_key}: {key}"
        if len(json.dumps(value, default=str)) > EXTRA_LIMIT // 2 and (owner, owner_key, key) not in found:
            continue
        require((owner, owner_key, key) in found, f"{where} is missing")
        if key not in HOST_KEYS:
            require(
                equal_json(found[(owner, owner_key, key)], value),
                f"{where}: archive has {found[(owner, owner_key, key)]!r}, expected {value!r}",
            )
        total += 1
    return f"{total} unknown keys"


def _frame_content(case: Case, frame_id: str) -> str:
    row = case.archive.rows("SELECT filename, line, name FROM frames WHERE frame_id = ?", int(frame_id))[0]
    return f"{row[0]}:{row[1]}:{row[2]}"


def _unknown_keys(case: Case) -> Iterator[tuple[str, str, str, Any]]:
    """(owner, owner_key, key, value) of every key that the format does not know."""

    def of(owner: str, owner_key: str, value: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
        for key, item in value.items():
            if key not in KNOWN[owner]:
                yield owner, owner_key, key, item

    snapshot = case.snapshot
    yield from of("snapshot", "", snapshot.raw)
    seen: set[int] = set()
    lists = []
    for index, segment in enumerate(snapshot.segments):
        yield from of("segment", str(index), segment)
        lists.append(segment.get("frames"))
        for place, (_, block) in enumerate(snapshot.blocks(segment)):
            yield from of("block", f"{index}/{place}", block)
            lists.append(block.get("frames"))
    for device in snapshot.devices():
        for event, entry in enumerate(snapshot.trace(device)):
            yield from of("event", f"{device}:{event}", entry)
            lists.append(entry.get("frames"))
    for index, entry in enumerate(snapshot.raw.get("external_annotations") or []):
        yield from of("annotation", str(index), entry)
    for frame in itertools.chain.from_iterable(frames or [] for frames in lists):
        if id(frame) not in seen:
            seen.add(id(frame))
            place = f"{clean(frame['filename'])}:{signed(frame['line'])}:{clean(frame['name'])}"
            yield from of("frame", place, frame)


def equal_json(found: Any, value: Any) -> bool:
    """Whether parsed JSON has the same content as plain Python data. In JSON, tuples are arrays, NaN and infinities are
    null or text, and integers beyond 64 bits are reals."""
    match value:
        case int() if not -(1 << 63) <= value < 1 << 64:
            return isinstance(found, float) and math.isclose(found, value, rel_tol=1e-15)
        case float() if not math.isfinite(value):
            return found is None or isinstance(found, (str, float))
        case float():
            return isinstance(found, (int, float)) and math.isclose(found, value, rel_tol=1e-15)
        case str():
            return isinstance(found, str) and collapse(found) == clean(value)
        case dict():
            return (
                isinstance(found, dict)
                and len(found) == len(value)
                and all(
                    equal_json(one, other) for one, other in zip(found.values(), value.values(), strict=True)
                )
            )
        case list() | tuple():
            return (
                isinstance(found, list)
                and len(found) == len(value)
                and all(equal_json(one, other) for one, other in zip(found, value, strict=True))
            )
        case None | bool() | int():
            return type(found) is type(value) and found == value
        case _:
            return True  # an object that no decoder rebuilds; its name is all that can be compared


def check_nothing_twice(case: Case) -> str:
    """Each event is stored in exactly one place."""
    counts = Counter(case.archive.rows("SELECT device, event FROM events"))
    repeated = [place for place, count in counts.items() if count > 1]
    same("events given back twice", repeated, [])
    return f"{len(counts)} events, each once"


CHECKS: list[tuple[str, Callable[[Case], str]]] = [
    ("events", check_events),
    ("each once", check_nothing_twice),
    ("stacks and frames", check_stack_texts),
    ("segments", check_segments),
    ("blocks", check_blocks),
    ("annotations", check_annotations),
    ("settings", check_settings),
    ("unknown keys", check_extra),
]
