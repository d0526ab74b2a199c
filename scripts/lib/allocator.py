"""A small model of PyTorch's caching allocator, which records a trace as the real one does.

It follows the rules that shape a snapshot: requests are rounded up to 512 bytes, a request gets the best fitting
free block of its stream and pool, large remainders are split off, neighbouring free blocks merge, whole segments stay
cached, a block that another stream still uses is freed late, and a request that does not fit releases the
cache before it fails. One device, no expandable segments. Sizes are bytes, times Unix microseconds.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROUNDING = 512
SMALL_REQUEST = 1 << 20
SMALL_SEGMENT = 2 << 20
MEDIUM_REQUEST = 10 << 20
MEDIUM_SEGMENT = 20 << 20
LARGE_GRANULE = 2 << 20

Frames = list[dict[str, Any]]
Pool = tuple[int, int]
DEFAULT_POOL: Pool = (0, 0)


class OutOfMemory(Exception):
    """The device has no room for a request, not even after the cache is released."""


@dataclass
class Segment:
    """One device allocation. Its blocks cover it without gaps, from `address` on."""

    address: int
    size: int
    stream: int
    small: bool
    pool_id: Pool
    frames: Frames | None
    first: "Block" = field(init=False)


@dataclass(eq=False)
class Block:
    """A piece of a segment, linked to its neighbours."""

    segment: Segment
    address: int
    size: int
    requested: int = 0
    state: str = "inactive"
    frames: Frames | None = None
    users: set[int] = field(default_factory=set)
    previous: "Block | None" = None
    next: "Block | None" = None


@dataclass
class PendingFree:
    """A freed block that another stream may still read. Its free completes at allocation number `due`."""

    block: Block
    due: int
    frames: Frames | None


class Clock:
    """A clock in microseconds with small irregular steps. Some calls get the same time, as in real files."""

    def __init__(self, start_us: int, seed: int = 1) -> None:
        self.now_us = start_us
        self._state = seed * 2654435761 % (1 << 32) or 1

    def tick(self) -> int:
        self._state = (self._state * 1664525 + 1013904223) % (1 << 32)
        # Half of the steps are below 6 microseconds, one in ten above 40, as measured in real files.
        self.now_us += (self._state >> 22 & 1023) >> (4 + (self._state >> 12) % 7)
        return self.now_us

    def skip(self, microseconds: int) -> None:
        self.now_us += microseconds


class CachingAllocator:
    """The allocator of one device. If `recorder` is set, it is called with every trace event, a dict."""

    def __init__(self, capacity: int, clock: Clock, base_address: int = 0x7F2C_0000_0000) -> None:
        self.capacity = capacity
        self.clock = clock
        self.recorder: Callable[[dict[str, Any]], None] | None = None
        self.compile_context: str | None = "N/A"
        self.user_metadata: str | None = ""
        self.pool_id: Pool = DEFAULT_POOL
        self.with_pool_ids = False
        self._next_address = base_address
        self._segments: dict[int, Segment] = {}
        self._free: dict[tuple[int, bool, Pool], list[tuple[int, int, Block]]] = {}
        self._pending: list[PendingFree] = []
        self._calls = 0

    # ---- what the program does ----

    def allocate(self, size: int, stream: int, frames: Frames | None) -> Block:
        self._calls += 1
        self._complete_due()
        rounded = -(-size // ROUNDING) * ROUNDING
        block = self._best_fit(rounded, stream) or self._from_new_segment(rounded, stream, frames)
        if block is None:
            self._complete_all()
            self.release_cached(frames)
            block = self._best_fit(rounded, stream) or self._from_new_segment(rounded, stream, frames)
        if block is None:
            free = self.capacity - self.reserved_bytes()
            self._record("oom", rounded, stream, frames, device_free=free)
            raise OutOfMemory(f"asked for {rounded} bytes, {free} free on the device")
        self._split(block, rounded)
        block.requested, block.state, block.frames = size, "active_allocated", frames
        self._record("alloc", size, stream, frames, block.address)
        return block

    def used_by(self, block: Block, stream: int) -> None:
        """`record_stream`: the free of `block` must wait for `stream`."""
        if stream != block.segment.stream:
            block.users.add(stream)

    def free(self, block: Block, frames: Frames | None, delay: int = 8) -> None:
        self._record(
            "free_requested",
            block.requested,
            block.segment.stream,
            frames,
            block.address,
            block.segment.pool_id,
        )
        if block.users:
            block.state = "active_pending_free"
            self._pending.append(PendingFree(block, self._calls + delay, frames))
        else:
            self._complete(block, frames)

    def release_cached(self, frames: Frames | None) -> None:
        """`empty_cache`: returns segments that are wholly free to the driver."""
        for segment in [
            s for s in self._segments.values() if s.first.next is None and s.first.state == "inactive"
        ]:
            self._forget_free(segment.first)
            del self._segments[segment.address]
            self._record(
                "segment_free", segment.size, segment.stream, frames, segment.address, segment.pool_id
            )

    def synchronize(self) -> None:
        """Completes all pending frees, as if all streams had finished their work."""
        self._complete_all()

    # ---- the state, for snapshots ----

    def reserved_bytes(self) -> int:
        return sum(segment.size for segment in self._segments.values())

    def segments(self) -> list[Segment]:
        return [self._segments[address] for address in sorted(self._segments)]

    def blocks(self, segment: Segment) -> list[Block]:
        found, block = [], segment.first
        while block is not None:
            found.append(block)
            block = block.next
        return found

    def layout(self) -> tuple[tuple[int, int, str], ...]:
        """The state that decides all further addresses; equal layouts behave alike."""
        return tuple((b.address, b.size, b.state) for s in self.segments() for b in self.blocks(s))

    # ---- inside ----

    def _record(
        self,
        action: str,
        size: int,
        stream: int,
        frames: Frames | None,
        address: int | None = None,
        pool_id: Pool | None = None,
        device_free: int | None = None,
    ) -> None:
        time_us = self.clock.tick()
        if self.recorder is None:
            return
        event: dict[str, Any] = {"action": action}
        event["addr" if device_free is None else "device_free"] = (
            address if device_free is None else device_free
        )
        event |= {"size": size, "stream": stream, "time_us": time_us}
        if self.compile_context is not None:
            # Each event has its own string object, as in PyTorch. The empty string is always the same object.
            event["compile_context"] = self.compile_context.encode().decode()
        if self.user_metadata is not None:
            event["user_metadata"] = self.user_metadata.encode().decode()
        if self.with_pool_ids:
            event["pool_id"] = tuple(list(pool_id or self.pool_id))
        if frames is not None:
            event["frames"] = frames
        self.recorder(event)

    def _best_fit(self, rounded: int, stream: int) -> Block | None:
        free = self._free.get((stream, rounded <= SMALL_REQUEST, self.pool_id), [])
        at = bisect.bisect_left(free, (rounded, 0))
        return free.pop(at)[2] if at < len(free) else None

    def _from_new_segment(self, rounded: int, stream: int, frames: Frames | None) -> Block | None:
        small = rounded <= SMALL_REQUEST
        size = SMALL_SEGMENT if small else MEDIUM_SEGMENT if rounded < MEDIUM_REQUEST else 0
        size = size or -(-rounded // LARGE_GRANULE) * LARGE_GRANULE
        if self.reserved_bytes() + size > self.capacity:
            return None
        segment = Segment(self._next_address, size, stream, small, self.pool_id, frames)
        # The driver returns descending addresses, in steps of 2 MiB, sometimes with a gap.
        self._next_address -= size + LARGE_GRANULE * (2 if len(self._segments) % 5 == 4 else 0)
        segment.address = self._next_address
        segment.first = Block(segment, segment.address, size)
        self._segments[segment.address] = segment
        self._record("segment_alloc", size, stream, frames, segment.address)
        return segment.first

    def _split(self, block: Block, rounded: int) -> None:
        remaining = block.size - rounded
        if remaining < ROUNDING or (not block.segment.small and remaining <= SMALL_REQUEST):
            return
        rest = Block(block.segment, block.address + rounded, remaining, previous=block, next=block.next)
        if rest.next is not None:
            rest.next.previous = rest
        block.size, block.next = rounded, rest
        self._remember_free(rest)

    def _complete(self, block: Block, frames: Frames | None) -> None:
        self._record(
            "free_completed",
            block.requested,
            block.segment.stream,
            frames,
            block.address,
            block.segment.pool_id,
        )
        block.state, block.frames, block.users = "inactive", None, set()
        for neighbour in (block.previous, block.next):
            if neighbour is not None and neighbour.state == "inactive":
                self._forget_free(neighbour)
                block = self._join(*sorted((block, neighbour), key=lambda b: b.address))
        self._remember_free(block)

    def _join(self, left: Block, right: Block) -> Block:
        left.size += right.size
        left.next = right.next
        left.requested = max(left.requested, right.requested)  # stale, as in real snapshots
        if left.next is not None:
            left.next.previous = left
        return left

    def _remember_free(self, block: Block) -> None:
        key = (block.segment.stream, block.segment.small, block.segment.pool_id)
        bisect.insort(self._free.setdefault(key, []), (block.size, block.address, block))

    def _forget_free(self, block: Block) -> None:
        free = self._free[(block.segment.stream, block.segment.small, block.segment.pool_id)]
        del free[bisect.bisect_left(free, (block.size, block.address))]

    def _complete_due(self) -> None:
        due = [p for p in self._pending if p.due <= self._calls]
        self._pending = [p for p in self._pending if p.due > self._calls]
        for pending in due:
            self._complete(pending.block, pending.frames)

    def _complete_all(self) -> None:
        pending, self._pending = self._pending, []
        for item in pending:
            self._complete(item.block, item.frames)


def segment_dicts(allocator: CachingAllocator, device: int = 0) -> list[dict[str, Any]]:
    """`segments` of a snapshot, ascending by address, with their keys in the order of PyTorch."""
    nothing: Frames = []  # one shared list, as in PyTorch
    return [_segment_dict(allocator, segment, device, nothing) for segment in allocator.segments()]


def _segment_dict(
    allocator: CachingAllocator, segment: Segment, device: int, nothing: Frames
) -> dict[str, Any]:
    blocks = allocator.blocks(segment)
    allocated = [b for b in blocks if b.state == "active_allocated"]
    active = [b for b in blocks if b.state != "inactive"]
    result: dict[str, Any] = {
        "device": device,
        "address": segment.address,
        "total_size": segment.size,
        "allocated_size": sum(b.size for b in allocated),
        "active_size": sum(b.size for b in active),
        "requested_size": sum(b.requested for b in active),
        "stream": segment.stream,
        "segment_type": "small" if segment.small else "large",
        "segment_pool_id": tuple(list(segment.pool_id)),
        "is_expandable": False,
    }
    if segment.frames is None:
        result["frames"] = nothing
    result["blocks"] = [_block_dict(b, nothing) for b in blocks]
    if segment.frames is not None:
        result["frames"] = segment.frames
    return result


def _block_dict(block: Block, nothing: Frames) -> dict[str, Any]:
    return {
        "address": block.address,
        "size": block.size,
        "requested_size": block.requested,
        "state": block.state,
        "frames": nothing if block.frames is None or block.state == "inactive" else block.frames,
    }
