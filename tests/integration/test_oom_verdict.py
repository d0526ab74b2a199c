"""Compares the OOM report with a model of the caching allocator: its lists of free blocks show what a request could
get."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from program import ROOT, SNAPQ, main

sys.path.insert(0, str(ROOT / "scripts"))

from lib.allocator import (  # noqa: E402
    DEFAULT_POOL,
    SMALL_REQUEST,
    CachingAllocator,
    Clock,
    OutOfMemory,
    segment_dicts,
)

MIB = 1 << 20
STREAMS = (0, 7)
POOLS = (DEFAULT_POOL, (1, 0))


class PooledAllocator(CachingAllocator):
    """Private pools are in use for the whole program, so their cached segments are never released."""

    def release_cached(self, frames: Any) -> None:
        kept = self._segments
        private = {a: s for a, s in kept.items() if s.pool_id != DEFAULT_POOL}
        self._segments = {a: s for a, s in kept.items() if a not in private}
        super().release_cached(frames)
        self._segments |= private

    def usable(self, size: int, stream: int) -> list[int]:
        """The sizes of the free blocks that the allocator looks at for a request."""
        key = (stream, size <= SMALL_REQUEST, self.pool_id)
        found = [free for free, _, _ in self._free.get(key, [])]
        for segment in self._segments.values():
            is_cached = segment.first.next is None and segment.first.state == "inactive"
            listed = (segment.stream, segment.small, segment.pool_id) == key
            if is_cached and segment.pool_id == DEFAULT_POOL and not listed:
                found.append(segment.size)
        return found

    def free_bytes(self) -> int:
        return sum(size for blocks in self._free.values() for size, _, _ in blocks)

    def pending_bytes(self) -> int:
        return sum(item.block.size for item in self._pending)


def frames(line: int) -> list[dict[str, Any]]:
    return [{"filename": "/home/ada/job/train.py", "name": f"step_{line}", "line": line}]


class Program:
    """Allocates and frees at random in two streams and two pools until it has run out of memory a few times."""

    def __init__(self, seed: int, with_pool_ids: bool) -> None:
        self.random = random.Random(seed)
        self.trace: list[dict[str, Any]] = []
        self.allocator = PooledAllocator(self.random.choice((200, 400)) * MIB, Clock(1_767_225_600_000_000, seed + 1))
        self.allocator.with_pool_ids = with_pool_ids
        self.allocator.recorder = self.trace.append
        self.live: list[Any] = []
        self.expected: list[dict[str, Any]] = []  # of each OOM: members of its report
        self.details: list[dict[str, Any]] = []
        self.with_pools = with_pool_ids

    def run(self) -> dict[str, Any]:
        for _ in range(3000):
            if len(self.expected) == 5:
                break
            self.step()
        for _ in range(10):  # later events must not change the reports
            self.free_one()
        self.allocator.synchronize()
        self.allocator.release_cached(frames(99))
        return self.state()

    def state(self) -> dict[str, Any]:
        return {"segments": segment_dicts(self.allocator), "device_traces": [list(self.trace)],
                "allocator_settings": {"max_split_size": -1, "expandable_segments": False}}

    def step(self) -> None:
        if self.live and self.random.random() < 0.42:
            self.free_one()
            return
        self.allocator.pool_id = self.random.choice(POOLS) if self.with_pools else DEFAULT_POOL
        small = self.random.random() < 0.3
        size = self.random.randrange(1, MIB) if small else self.random.randrange(MIB + 1, 48 * MIB)
        self.allocate(size, self.random.choice(STREAMS))

    def allocate(self, size: int, stream: int) -> None:
        try:
            block = self.allocator.allocate(size, stream, frames(len(self.live) % 5))
        except OutOfMemory:
            self.note_oom(stream)
            return
        if self.random.random() < 0.1:
            self.allocator.used_by(block, 11)
        self.live.append(block)

    def free_one(self) -> None:
        if len(self.live) > 1:  # the last one keeps a segment, which names the default pool
            self.allocator.free(self.live.pop(self.random.randrange(len(self.live))), frames(50))

    def note_oom(self, stream: int) -> None:
        event = self.trace[-1]
        usable = self.allocator.usable(event["size"], stream)
        self.expected.append({
            "usable_bytes": sum(usable), "usable_largest_bytes": max(usable, default=0),
            "fits_without_fragmentation": event["size"] <= event["device_free"] + sum(usable),
            "pool": "{},{}".format(*self.allocator.pool_id), "stream": stream,
            "pool_inferred": not self.allocator.with_pool_ids,
        })
        self.details.append({
            "not_usable": self.allocator.free_bytes() - sum(usable), "pending": self.allocator.pending_bytes(),
            "state": self.state(), "blocks": len(self.live),
        })


class OomVerdict(unittest.TestCase):
    def report(self, state: dict[str, Any], protocol: int = 4) -> list[dict[str, Any]]:
        with tempfile.TemporaryDirectory(prefix="oom-") as folder:
            path = Path(folder) / "run.pickle"
            path.write_bytes(pickle.dumps(state, protocol=protocol))
            result = subprocess.run([SNAPQ, "summary", "--format", "json", path], capture_output=True, text=True,
                                    check=True)
        return json.loads(result.stdout)["devices"][0]["ooms"]

    def sums(self, report: dict[str, Any]) -> dict[str, int]:
        """The unusable bytes by reason, without the unused ends of blocks, which the model does not count as free."""
        sums = {"pending": 0, "rest_of_block": 0, "not_usable": 0}
        for part in report["unusable"]:
            sums[part["reason"] if part["reason"] in sums else "not_usable"] += part["bytes"]
        return sums

    def check_at_the_oom(self, program: Program, number: int) -> None:
        """A file that was dumped at the OOM has all blocks, so the report is exact."""
        report = self.report(program.details[number]["state"])[-1]
        expected = program.expected[number]
        self.assertEqual({name: report[name] for name in expected}, expected)
        details = program.details[number]
        self.assertEqual(self.sums(report), {"pending": details["pending"], "rest_of_block": 0,
                                             "not_usable": details["not_usable"]})

    def check_later(self, program: Program, number: int, report: dict[str, Any]) -> None:
        """In a later dump, the unused end of a block looks like a part of the free block after it: at most 1 MiB for
        each block."""
        expected, details = program.expected[number], program.details[number]
        most = details["blocks"] * MIB
        for name in ("pool", "stream", "pool_inferred"):
            self.assertEqual(report[name], expected[name])
        self.assertLessEqual(0, report["usable_bytes"] - expected["usable_bytes"])
        self.assertLessEqual(report["usable_bytes"] - expected["usable_bytes"], most)
        not_usable = self.sums(report)["not_usable"] - details["not_usable"]
        self.assertTrue(0 <= not_usable <= most, not_usable)

    def check(self, seed: int, with_pool_ids: bool) -> int:
        program = Program(seed, with_pool_ids)
        reports = self.report(program.run())
        # Equal requests of one site are one report; here every request differs.
        self.assertEqual(len(reports), len(program.expected))
        for number, report in enumerate(reports):
            with self.subTest(seed=seed, oom=number):
                self.check_at_the_oom(program, number)
                self.check_later(program, number, report)
        return len(reports)

    def test_the_report_equals_the_free_lists_of_the_allocator(self) -> None:
        self.assertGreater(sum(self.check(seed, with_pool_ids=True) for seed in range(12)), 20)

    def test_without_pool_ids_of_events(self) -> None:
        self.assertGreater(sum(self.check(seed, with_pool_ids=False) for seed in range(6)), 10)


class ManyStacks(unittest.TestCase):
    """The table of what was live at each out-of-memory error has a limit. Errors beyond it are answered from the
    allocations."""

    STACKS = 25_000
    ERRORS = 12

    archive: str

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="snapq-oom-")))
        events = [cls.event("alloc", number, number) for number in range(cls.STACKS)]
        for number in range(cls.STACKS, cls.STACKS + cls.ERRORS):
            events += [cls.event("oom", 1, 2 * number) | {"device_free": 0}, cls.event("alloc", number, 2 * number + 1)]
        snapshot = folder / "many.pickle"
        snapshot.write_bytes(pickle.dumps({"segments": [], "device_traces": [events]}, protocol=4))
        cls.archive = str(snapshot.with_suffix(".zip"))
        subprocess.run([SNAPQ, "convert", "-q", str(snapshot), "-o", cls.archive], check=True)

    @staticmethod
    def event(action: str, number: int, time: int) -> dict[str, Any]:
        frames = [{"filename": "model.py", "line": number % 25_000 + 1, "name": "forward"}]
        return {"action": action, "addr": 512 * number, "size": 512, "stream": 0, "time_us": time, "frames": frames}

    def query(self, sql: str) -> list[dict[str, Any]]:
        command = [SNAPQ, "query", "--format", "json", self.archive, sql]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def summary(self, *options: str) -> dict[str, Any]:
        command = [SNAPQ, "summary", "--format", "json", *options, self.archive]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["devices"][0]

    def test_every_error_has_what_was_live(self) -> None:
        stored = self.query("SELECT DISTINCT moment FROM live_stacks WHERE moment GLOB 'oom:*'")
        self.assertTrue(0 < len(stored) < self.ERRORS, "the recording has to exceed the limit")
        for number in (0, len(stored) - 1, len(stored), self.ERRORS - 1):
            with self.subTest(error=number):
                live = self.STACKS + number
                self.assertEqual(
                    self.query(f"SELECT sum(bytes) AS bytes, sum(count) AS count FROM live_at(0, 'oom:{number}')"),
                    [{"bytes": 512 * live, "count": live}],
                )
                rows = self.summary("--at", f"oom:{number}", "--top", "3")["top"]
                self.assertEqual(sum(row["bytes"] for row in rows), 512 * live)

    def test_every_error_has_its_sites(self) -> None:
        for oom in self.summary("--top", "0")["ooms"]:
            self.assertGreater(len(oom["top"]), 0)


if __name__ == "__main__":
    main()
