"""Snapshots of a training job for the tests of lakes: some jobs of some ranks, each with two steps."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))
from make_snapshots import MIB, Device, Frames, at, snapshot  # noqa: E402

FORWARD = [*at(38, "forward", "/home/ada/job/model.py"),
           {"filename": "/torch/nn/modules/module.py", "name": "_call_impl", "line": 1500}]
BACKWARD = [*at(30, "backward", "/torch/autograd/graph.py")]
OPTIMIZER = at(91, "step", "/torch/optim/adamw.py")
MODEL = at(10, "build_model")
BATCH = at(50, "load_batch", "/home/ada/job/data.py")

OUTLIER, FAILING = 13, 5  # ranks
DAY_US = 86_400_000_000


def step(device: Device, activation: int, batch: int) -> None:
    kept = [device.alloc(activation, FORWARD) for _ in range(3)]
    loaded = device.alloc(batch, BATCH)
    gradient = device.alloc(2 * MIB, BACKWARD)
    for address in kept:
        device.record("free_requested", address, activation, BACKWARD)
        device.record("free_completed", address, activation, BACKWARD)
        del device.blocks[address]
    device.free(gradient)
    device.free(loaded)


def rank_snapshot(job: int, rank: int) -> dict[str, Any]:
    """Activations grow from job to job; rank 13 holds larger batches; rank 5 fails in every third job."""
    device = Device()
    device.now += job * DAY_US + rank
    device.reserve(256 * MIB)
    device.alloc(16 * MIB, MODEL)
    for _ in range(2):
        step(device, (4 + job) * MIB + 512, 8 * MIB if rank == OUTLIER else MIB)
    state: Frames = OPTIMIZER
    device.alloc(4 * MIB, state)
    if rank == FAILING and job % 3 == 0:
        device.oom((1 + job) << 30, 64 * MIB, FORWARD)
    return snapshot(device)


def write_job(folder: Path, job: int, ranks: int) -> list[Path]:
    paths = []
    for rank in range(ranks):
        path = folder / f"rank{rank}.pickle"
        path.write_bytes(pickle.dumps(rank_snapshot(job, rank)))
        paths.append(path)
    return paths
