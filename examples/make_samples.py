#!/usr/bin/env python3
"""Makes the sample snapshots of this folder; running it again gives the same bytes.

sample-training-step.pickle   training steps of a small transformer as `pickle.dump(..., protocol=4)` writes
                              them, an evaluation and a caught out-of-memory error; recorded with C++ and
                              Python frames, three streams, annotations and extra keys added by the user
sample-cpp-pickler.pickle     a smaller run in the form of PyTorch's C++ writer (protocol 2)

The numbers come from a model of PyTorch's caching allocator (scripts/lib/allocator.py), so trace and segments
agree.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

from lib import cpp_pickler  # noqa: E402
from lib.allocator import CachingAllocator, Clock, segment_dicts  # noqa: E402
from lib.training_model import Shape, TrainingRun, allocator_settings  # noqa: E402

START_US = 1_767_225_600_000_000  # 2026-01-01


def training_step() -> dict[str, Any]:
    """Recorded after a warm-up step: parameters, moments and the old gradients are older than the trace."""
    allocator = CachingAllocator(capacity=1536 << 20, clock=Clock(START_US))
    allocator.user_metadata = None  # PyTorch of 2025: the key came later
    run = TrainingRun(allocator, Shape(layers=5))
    warm_up(run)
    trace: list[dict[str, Any]] = []
    allocator.recorder = trace.append
    run.train_step()
    run.train_step()
    run.evaluate()
    if run.try_larger_batch(16):
        raise AssertionError("the larger batch was meant to fail")
    return {
        "segments": segment_dicts(allocator),
        "device_traces": [trace],
        "allocator_settings": allocator_settings(),
        "external_annotations": run.annotations,
        "run": {"name": "tinylm-baseline", "rank": 0, "world_size": 1, "learning_rate": 3e-4, "seed": None},
        "git_commit": "4f1d2c9",
    }


def short_run() -> dict[str, Any]:
    """Two devices' worth of lists (the first one idle), private pool, metadata: what newer releases write."""
    allocator = CachingAllocator(capacity=1 << 30, clock=Clock(START_US, seed=7))
    allocator.with_pool_ids = True
    run = TrainingRun(allocator, Shape(layers=2, width=256, sequence=128, vocabulary=4096), device=1)
    warm_up(run)
    trace: list[dict[str, Any]] = []
    allocator.recorder = trace.append
    run.train_step()
    allocator.pool_id, allocator.user_metadata = (0, 1), '{"phase": "evaluate"}'
    run.evaluate()
    # The C++ writer knows only strings as values of annotations.
    annotations = [{key: str(value) for key, value in entry.items()} for entry in run.annotations]
    return {
        "segments": segment_dicts(allocator, device=1),
        "device_traces": [[], trace],
        "allocator_settings": allocator_settings(),
        "external_annotations": annotations,
    }


def warm_up(run: TrainingRun) -> None:
    """Model, optimizer state and a first set of gradients, before anything is recorded."""
    run.recording_stacks = False
    run.create()
    run.recording_stacks = True
    run.train_step()
    run.allocator.release_cached(None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "-d", "--directory", type=Path, default=HERE, help="where to write (default: beside this)"
    )
    directory = parser.parse_args().directory
    (directory / "sample-training-step.pickle").write_bytes(pickle.dumps(training_step(), protocol=4))
    (directory / "sample-cpp-pickler.pickle").write_bytes(cpp_pickler.dumps(short_run()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
