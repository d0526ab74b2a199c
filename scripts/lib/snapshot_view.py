"""Python's own view of a snapshot, in the terms of the archive's database.

The unpickler refuses every global, so nothing in the file can run. Absent keys are None, addresses and streams are
signed 64-bit integers (modulo 2^64), stacks are tuples of frames, and lone surrogates in texts are U+FFFD. It shares
nothing with the C++ code, so that it can check it.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

OCCUPIED = {"active_allocated", "active_pending_free", "active_awaiting_free"}
FX_KEYS = ("fx_node_op", "fx_node_name", "fx_node_target", "fx_original_trace")

# The number of pinned host memory.
HOST = -1

EVENT_KEYS = (
    "action",
    "addr",
    "size",
    "stream",
    "pool_id",
    "time_us",
    "frames",
    "device_free",
    "compile_context",
    "user_metadata",
    "forward_frames",
)


class Frame(NamedTuple):
    """filename, line (signed), name and the four optional FX texts."""

    filename: str
    line: int
    name: str
    fx: tuple[str | None, ...]


Stack = tuple[Frame, ...]


class Event(NamedTuple):
    """One trace event; the members are the columns of view `events`, with stack and texts spelled out."""

    action: str
    address: int | None
    size: int | None
    stream: int | None
    pool_id: str | None
    time_us: int | None
    stack: Stack | None
    device_free: int | None
    compile_context: str | None
    user_metadata: str | None
    forward_frames: str | None


class _DataOnly(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(
            f"the file asks for {module_name}.{global_name}; only plain data is read"
        )


def load(path: Path) -> dict[str, Any]:
    """The dict of a pickle or JSON file, gzip-compressed or not; a bare list becomes its `segments`."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:1] in (b"{", b"[") or data[:1].isspace():
        value = json.loads(data)
    else:
        value = _DataOnly(io.BytesIO(data)).load()
    return {"segments": value} if isinstance(value, list) else value


def signed(value: int) -> int:
    """A u64 (modulo 2^64) as the signed integer that SQLite stores."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >= 1 << 63 else value


def clean(text: str) -> str:
    """Text as SQLite can store it: each run of lone surrogates becomes one U+FFFD."""
    if text.isascii():
        return text
    return collapse("".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text))


def collapse(text: str) -> str:
    """Makes runs of U+FFFD one, because decoders differ in how many they write for one damaged character."""
    while "\ufffd\ufffd" in text:
        text = text.replace("\ufffd\ufffd", "\ufffd")
    return text


def pool_text(pool: Any) -> str | None:
    """(1, 0) as "1,0"."""
    return None if pool is None else ",".join(str(number) for number in pool)


def callstack_text(stack: Stack | None) -> str:
    """The text in column `callstack`."""
    return "\n".join(f"({i}) {f.filename}:{f.line}:{f.name}" for i, f in enumerate(stack or ()))


@dataclass
class SnapshotView:
    """Access to a loaded snapshot. Each list object of frames is converted only once."""

    raw: dict[str, Any]
    _stacks: dict[int, Stack] = field(default_factory=dict)
    _frames: dict[int, Frame] = field(default_factory=dict)

    @property
    def segments(self) -> list[dict[str, Any]]:
        host = [{**segment, "device": HOST} for segment in self.raw.get("host_segments") or []]
        return (self.raw.get("segments") or []) + host

    def trace(self, device: int) -> list[dict[str, Any]]:
        if device == HOST:
            lists = self.raw.get("host_traces") or []
            return lists if lists and isinstance(lists[0], dict) else [e for entries in lists for e in entries]
        traces = self.raw.get("device_traces") or []
        return traces[device] if device < len(traces) else []

    def devices(self) -> list[int]:
        """The numbers of the devices that have an event or a segment."""
        traces = self.raw.get("device_traces") or []
        return sorted(
            {d for d, trace in enumerate(traces) if trace}
            | {s.get("device", 0) for s in self.segments}
            | ({HOST} if self.trace(HOST) else set())
        )

    def events(self, device: int) -> Iterator[Event]:
        for entry in self.trace(device):
            yield self.event(entry)

    def event(self, entry: dict[str, Any]) -> Event:
        address, stream = entry.get("addr"), entry.get("stream")
        forward = entry.get("forward_frames")
        return Event(
            clean(entry["action"]),
            None if address is None else signed(address),
            entry.get("size"),
            None if stream is None else signed(stream),
            pool_text(entry.get("pool_id")),
            entry.get("time_us"),
            self.stack(entry["frames"]) if "frames" in entry else None,
            entry.get("device_free"),
            _optional_text(entry.get("compile_context")),
            _optional_text(entry.get("user_metadata")),
            None if forward is None else forward_text(forward),
        )

    def stack(self, frames: list[dict[str, Any]]) -> Stack:
        if id(frames) not in self._stacks:
            self._stacks[id(frames)] = tuple(self._frame(frame) for frame in frames)
        return self._stacks[id(frames)]

    def _frame(self, frame: dict[str, Any]) -> Frame:
        if id(frame) not in self._frames:
            self._frames[id(frame)] = Frame(
                clean(frame.get("filename", "")),
                signed(frame.get("line", 0)),
                clean(frame.get("name", "")),
                tuple(_optional_text(frame.get(key)) for key in FX_KEYS),
            )
        return self._frames[id(frame)]

    def blocks(self, segment: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
        """Blocks with their address, which old files leave out (u64)."""
        position, found = segment.get("address", 0), []
        for block in segment.get("blocks") or []:
            position = block.get("address", position)
            found.append((position, block))
            position += block["size"]
        return found

    def block_stack(self, block: dict[str, Any]) -> Stack | None:
        if "frames" in block:
            return self.stack(block["frames"])
        history = block.get("history") or []
        return self.stack(history[0]["frames"]) if history and "frames" in history[0] else None


def requested_size(block: dict[str, Any]) -> int:
    """The requested bytes of a block in use. Files before PyTorch 2.0 have them in `history` or not at all."""
    if block.get("requested_size") is not None:
        return block["requested_size"]
    history = block.get("history") or []
    return history[0].get("real_size", block["size"]) if history else block["size"]


def forward_text(frames: Any) -> str:
    """`forward_frames` as the JSON text of the database, compact."""
    return json.dumps([clean(text) for text in frames], ensure_ascii=False, separators=(",", ":"))


def _optional_text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None
