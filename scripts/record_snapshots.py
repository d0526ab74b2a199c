#!/usr/bin/env python3
"""Records small real snapshots with PyTorch on a GPU, to see whether their format has changed.

Needs PyTorch with a CUDA (or ROCm) device; without one, it says so and exits 2. Each recording runs in its own process,
because the settings of the allocator and of the recording hold for a whole process. Each file has a few hundred kB.

    scripts/record_snapshots.py -d recorded
    scripts/record_snapshots.py -d recorded --only streams-and-oom

training-all-frames      one AdamW step of a small transformer, C++ and Python frames, recorded from the start
training-python-frames   the same with Python frames only, recording begun after the first step
streams-and-oom          expandable segments, a side stream with record_stream, annotations, a caught OOM
cpp-pickler              the step as torch::cuda::_memory_snapshot_pickled writes it (needs a C++ compiler)
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

UNAVAILABLE = 2
NO_TORCH = "PyTorch is not installed here; the recordings need it and a GPU"
MAX_ENTRIES = 4000
OOM_LIMIT_BYTES = 512 << 20  # limit for the process, so that it runs out of memory on any GPU

# PyTorch has no Python binding for the C++ writer.
PICKLED_SOURCE = """
#include <torch/csrc/cuda/memory_snapshot.h>
#include <torch/extension.h>
pybind11::bytes pickled() { return torch::cuda::_memory_snapshot_pickled(); }
PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("pickled", &pickled); }
"""


class Unavailable(Exception):
    """This machine cannot make the recording."""


def require_gpu() -> Any:
    if importlib.util.find_spec("torch") is None:
        raise Unavailable(NO_TORCH)
    import torch

    if not torch.cuda.is_available():
        raise Unavailable(f"PyTorch {torch.__version__} sees no GPU here; the recordings need one")
    return torch


def start_recording(torch: Any, stacks: str) -> None:
    """Starts a recording of everything that this version of PyTorch can record."""
    wanted: dict[str, Any] = {
        "context": "all",
        "stacks": stacks,
        "max_entries": MAX_ENTRIES,
        "clear_history": True,
        "compile_context": True,
        "global_record_annotations": True,
    }
    for newest in ("global_record_annotations", "compile_context", "clear_history", None):
        try:
            torch.cuda.memory._record_memory_history("all", **wanted)
            return
        except TypeError:
            if newest is None:
                raise
            wanted.pop(newest)


def transformer(torch: Any) -> Any:
    layer = torch.nn.TransformerEncoderLayer(d_model=128, nhead=4, dim_feedforward=512, batch_first=True)
    body = torch.nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
    return torch.nn.Sequential(torch.nn.Embedding(1000, 128), body, torch.nn.Linear(128, 1000)).cuda()


def training_step(torch: Any, model: Any, optimizer: Any) -> None:
    tokens = torch.randint(1000, (8, 64), device="cuda")
    with torch.profiler.record_function("forward"):
        loss = torch.nn.functional.cross_entropy(model(tokens).flatten(0, 1), tokens.flatten())
    with torch.profiler.record_function("backward"):
        loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def train(torch: Any, stacks: str, warm_up: int) -> None:
    if not warm_up:
        start_recording(torch, stacks)
    model = transformer(torch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(warm_up):
        training_step(torch, model, optimizer)
    if warm_up:
        start_recording(torch, stacks)
    training_step(torch, model, optimizer)
    torch.cuda.synchronize()


def dump(torch: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(torch.cuda.memory._snapshot(), protocol=4))


def record_all_frames(torch: Any, path: Path) -> None:
    train(torch, "all", warm_up=0)
    dump(torch, path)


def record_python_frames(torch: Any, path: Path) -> None:
    train(torch, "python", warm_up=1)
    dump(torch, path)


def record_streams_and_oom(torch: Any, path: Path) -> None:
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, OOM_LIMIT_BYTES / total))
    start_recording(torch, "all")
    side = torch.cuda.Stream()
    for _ in range(20):
        with torch.cuda.stream(side), torch.profiler.record_function("prefetch"):
            batch = torch.ones(1 << 18, device="cuda")
        torch.cuda.current_stream().wait_stream(side)
        batch.record_stream(torch.cuda.current_stream())
        result = batch * 2
        del batch, result
    held = []
    try:
        while True:
            held.append(torch.empty(32 << 20, dtype=torch.uint8, device="cuda"))
    except torch.cuda.OutOfMemoryError:
        held = held[: len(held) // 2]
    torch.cuda.synchronize()
    dump(torch, path)


def record_cpp_pickler(torch: Any, path: Path) -> None:
    from torch.utils import cpp_extension

    try:
        module = cpp_extension.load_inline("snapshot_pickled", PICKLED_SOURCE, extra_ldflags=["-ltorch_cuda"])
    except (OSError, RuntimeError, ImportError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"the C++ writer could not be reached: {error}") from error
    train(torch, "all", warm_up=1)
    path.write_bytes(module.pickled())


RECORDINGS: dict[str, tuple[Callable[[Any, Path], None], dict[str, str]]] = {
    "training-all-frames": (record_all_frames, {}),
    "training-python-frames": (record_python_frames, {}),
    "streams-and-oom": (record_streams_and_oom, {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}),
    "cpp-pickler": (record_cpp_pickler, {}),
}


def record_here(name: str, directory: Path) -> int:
    """Makes one recording in this process."""
    try:
        torch = require_gpu()
        path = directory / f"{name}-torch{torch.__version__.split('+')[0]}.pickle"
        RECORDINGS[name][0](torch, path)
    except Unavailable as reason:
        print(f"record_snapshots: {name}: {reason}", file=sys.stderr)
        return UNAVAILABLE
    snapshot = pickle.loads(path.read_bytes())
    events = sum(len(trace) for trace in snapshot["device_traces"])
    print(f"{path.name}: {path.stat().st_size} bytes, {events} events, {len(snapshot['segments'])} segments")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-d", "--directory", type=Path, default=Path("recorded"))
    parser.add_argument("--only", choices=list(RECORDINGS), help="one recording, in this process")
    options = parser.parse_args()
    # torch is not imported here, because each recording has its own process.
    if importlib.util.find_spec("torch") is None:
        print(f"record_snapshots: {NO_TORCH}", file=sys.stderr)
        return UNAVAILABLE
    options.directory.mkdir(parents=True, exist_ok=True)
    if options.only is not None:
        return record_here(options.only, options.directory)
    codes = [
        subprocess.run(
            [sys.executable, __file__, "-d", options.directory, "--only", name],
            check=False,
            env={**os.environ, **environment},
        ).returncode
        for name, (_, environment) in RECORDINGS.items()
    ]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
