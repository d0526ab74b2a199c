"""A run in its steady state: a period of events that repeats with the same addresses.

Real training and inference loops behave like this after their first steps, when the allocator has cached all segments
that it needs. A generator can repeat the period any number of times.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lib.allocator import CachingAllocator, Clock, segment_dicts
from lib.call_stacks import TORCH, Place
from lib.training_model import Shape
from lib.unfused_model import UnfusedRun

LIGHTNING = "/opt/venv/lib/python3.12/site-packages/lightning/pytorch"
PERIOD_TARGET = 10_000
SHAPE = Shape(layers=8)
LAUNCHER_FROM = {"training": 2, "inference": 16}
WORKSPACE_NESTING = {"training": 15, "inference": 44}  # chosen so that an event takes about 230 bytes of pickle
BATCH = 1000
START_US = 1_767_225_600_000_000

# The frames outside the model's own code when a training framework runs it, innermost first.
LAUNCHER: list[Place] = [
    ("training_step", "/home/ada/tinylm/lightning_module.py", 61),
    ("_call_strategy_hook", f"{LIGHTNING}/trainer/call.py", 328),
    ("closure", f"{LIGHTNING}/loops/optimization/automatic.py", 129),
    ("wrapper", f"{TORCH}/optim/lr_scheduler.py", 140),
    ("optimizer_step", f"{LIGHTNING}/plugins/precision/precision.py", 123),
    ("_optimizer_step", f"{LIGHTNING}/loops/optimization/automatic.py", 268),
    ("run", f"{LIGHTNING}/loops/optimization/automatic.py", 188),
    ("advance", f"{LIGHTNING}/loops/training_epoch_loop.py", 327),
    ("run", f"{LIGHTNING}/loops/training_epoch_loop.py", 152),
    ("advance", f"{LIGHTNING}/loops/fit_loop.py", 471),
    ("run", f"{LIGHTNING}/loops/fit_loop.py", 214),
    ("_run_stage", f"{LIGHTNING}/trainer/trainer.py", 1052),
    ("_run", f"{LIGHTNING}/trainer/trainer.py", 1012),
    ("_fit_impl", f"{LIGHTNING}/trainer/trainer.py", 599),
    ("_call_and_handle_interrupt", f"{LIGHTNING}/trainer/call.py", 47),
    ("fit", f"{LIGHTNING}/trainer/trainer.py", 560),
    ("_run_code", "<frozen runpy>", 88),
    ("_run_module_as_main", "<frozen runpy>", 198),
    ("<module>", "/home/ada/tinylm/__main__.py", 12),
]


class SteadyRun:
    """`mix` is training or inference. `record()` returns the next period of `period_events` events."""

    def __init__(self, mix: str, seed: int) -> None:
        self.mix = mix
        clock = Clock(START_US + seed * 1_000_003, seed + 1)
        self.allocator = CachingAllocator(24 << 30, clock, 0x7F2C_0000_0000 + seed * (1 << 32))
        self.run = UnfusedRun(self.allocator, SHAPE, launcher=LAUNCHER[LAUNCHER_FROM[mix] :])
        self.run.create()
        if mix == "training":
            self.run.train_step()
        for _ in range(3):
            self._round()
        self.run.make_workspace(nesting=WORKSPACE_NESTING[mix])
        self.period_events = 0
        self._rounds, self._padding = 1, 0
        self._choose_period()

    def record(self) -> list[dict[str, Any]]:
        """One period of events, with its own frame lists."""
        events: list[dict[str, Any]] = []
        self.allocator.recorder = events.append
        self._period()
        self.allocator.recorder = None
        if len(events) != self.period_events:
            raise AssertionError(f"the period has {len(events)} events, not {self.period_events}")
        return events

    def segments(self) -> list[dict[str, Any]]:
        return segment_dicts(self.allocator)

    def _round(self) -> None:
        if self.mix == "training":
            self.run.train_step()
        else:
            # Requests of different lengths, as a server batches them.
            for sequence in (256, 96):
                self.run.evaluate(replace(SHAPE, sequence=sequence))
        self.allocator.synchronize()

    def _period(self) -> None:
        for _ in range(self._rounds):
            self._round()
        # Some of the fillers come from a deep recursion: real files have a few stacks of up to 300 frames.
        deep = min(self._padding, 4)
        self.run.read_metrics(self._padding - deep)
        self.run.read_metrics(deep, nesting=110)

    def _choose_period(self) -> None:
        """Chooses whole cycles, and scalars of three events each, so that all events fill batches of the pickler."""
        counted: list[dict[str, Any]] = []
        cycle = self._cycle()
        self.allocator.recorder = counted.append
        for _ in range(cycle):
            self._round()
        self.allocator.recorder = None
        events = len(counted)

        def padding(cycles: int) -> int:
            # Solves events * cycles + 3 * x = 0 modulo BATCH; 667 is the inverse of 3.
            return -events * cycles * 667 % BATCH

        about = max(1, PERIOD_TARGET // events)
        cycles = min(range(max(1, about // 2), about * 2 + 1), key=lambda count: (padding(count), count))
        self._rounds, self._padding = cycle * cycles, padding(cycles)
        self.period_events = events * cycles + 3 * self._padding

    def _cycle(self) -> int:
        """The number of rounds after which the addresses repeat. It may be above 1, because tensors that outlive a
        round alternate between two addresses."""
        seen: dict[object, int] = {}
        for number in range(200):
            state = self.run.state()
            if state in seen:
                return number - seen[state]
            seen[state] = number
            self._round()
        raise AssertionError("the allocator does not settle; change the shape")
