"""What `snapq.record` needs of PyTorch, over the modelled allocator of scripts/lib: one GPU with 64 MiB.

It behaves like PyTorch 2.10 and later: the events of a recording are gone when it is stopped. Stacks are those of the
program that runs.
"""

import pickle
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

sys.path.append(str(Path(__file__).resolve().parents[4] / "scripts"))

from lib.allocator import CachingAllocator, Clock, OutOfMemory, segment_dicts  # noqa: E402

__version__ = "2.10.0"
CAPACITY = 64 << 20
calls = []  # how the recording was started and stopped

_allocator = CachingAllocator(CAPACITY, Clock(1_767_225_600_000_000))
_trace = []


class OutOfMemoryError(RuntimeError):
    pass


class Tensor:
    """Memory that is free again when nothing refers to it."""

    def __init__(self, block):
        self._block = block

    def __del__(self):
        _allocator.free(self._block, _stack())


def empty(size):
    """`size` bytes of the GPU."""
    try:
        return Tensor(_allocator.allocate(size, 0, _stack()))
    except OutOfMemory as error:
        raise OutOfMemoryError(f"CUDA out of memory: {error}") from None


def _stack():
    frames = traceback.extract_stack()[:-2]
    return [{"name": f.name, "filename": f.filename, "line": f.lineno} for f in reversed(frames)]


def _record_memory_history(
    enabled="all", context="all", stacks="all", max_entries=sys.maxsize, device=None, clear_history=False,
    compile_context=False, global_record_annotations=False,
):  # fmt: skip
    calls.append({name: value for name, value in locals().items() if value is not None})
    _trace.clear()
    _allocator.recorder = _trace.append if enabled else None


def _dump_snapshot(filename):
    with open(filename, "wb") as file:
        pickle.dump({"segments": segment_dicts(_allocator), "device_traces": [_trace]}, file, protocol=4)


cuda = SimpleNamespace(
    OutOfMemoryError=OutOfMemoryError,
    is_available=lambda: True,
    memory=SimpleNamespace(_record_memory_history=_record_memory_history, _dump_snapshot=_dump_snapshot),
)
_C = SimpleNamespace(_cuda_isHistoryEnabled=lambda: _allocator.recorder is not None)
