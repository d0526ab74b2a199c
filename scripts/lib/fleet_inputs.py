"""Snapshots of the ranks of one job, for scripts/fleet_costs.

    python3 scripts/lib/fleet_inputs.py COUNT FOLDER        FOLDER/kind0.pickle, kind1.pickle, …

They are made in a process of their own: memory of the one that measures would count as that of the programs it starts.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.allocator import CachingAllocator, Clock, segment_dicts  # noqa: E402
from lib.training_model import Shape, TrainingRun, allocator_settings  # noqa: E402

START_US = 1_767_225_600_000_000


def training(kind: int) -> dict[str, Any]:
    """A snapshot of some thousand events."""
    allocator = CachingAllocator(capacity=8 << 30, clock=Clock(START_US, seed=kind))
    run = TrainingRun(allocator, Shape(batch=12 if kind % 12 == 7 else 8))
    run.create()
    run.train_step()
    trace: list[dict[str, Any]] = []
    allocator.recorder = trace.append
    for _ in range(1 + kind % 4):
        run.train_step()
    return {"segments": segment_dicts(allocator), "device_traces": [trace], "allocator_settings": allocator_settings(),
            "external_annotations": run.annotations}  # fmt: skip


def main() -> None:
    for kind in range(int(sys.argv[1])):
        (Path(sys.argv[2]) / f"kind{kind}.pickle").write_bytes(pickle.dumps(training(kind)))


if __name__ == "__main__":
    main()
