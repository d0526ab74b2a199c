"""The few functions of PyTorch that a recording needs."""

import importlib
import os
from typing import Any, Dict, Optional

from snapq._errors import RecordingError

# What some releases do not know, newest first: spans of the program, the compiled region, and an empty history.
_OPTIONAL = ("global_record_annotations", "compile_context", "clear_history")


def import_torch() -> Any:
    """PyTorch, if it can record here. Raises RecordingError."""
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise RecordingError(f"PyTorch cannot be imported, and nothing else can record: {error}") from error
    if not torch.cuda.is_available():
        raise RecordingError(
            f"PyTorch {torch.__version__} sees no GPU, and only memory of a GPU is recorded",
            "torch.cuda.is_available() must be true",
        )
    return torch


def is_recording(torch: Any) -> bool:
    asked = getattr(torch._C, "_cuda_isHistoryEnabled", None)
    return bool(asked is not None and asked())


def start_recording(torch: Any, max_entries: int, stacks: str) -> None:
    """Records all events with stacks, and as much else as this release of PyTorch can. Raises RecordingError."""
    wanted: Dict[str, Any] = {"context": "all", "stacks": stacks, "max_entries": max_entries}
    wanted.update(dict.fromkeys(_OPTIONAL, True))
    for unknown in (*_OPTIONAL, None):
        try:
            torch.cuda.memory._record_memory_history("all", **wanted)
            return
        except (AttributeError, TypeError) as error:
            if unknown is None:
                raise RecordingError(
                    f"PyTorch {torch.__version__} cannot record as snapq.record needs it: {error}",
                    "PyTorch 2.1 and later can",
                ) from error
            del wanted[unknown]


def stop_recording(torch: Any) -> None:
    torch.cuda.memory._record_memory_history(None)


def dump_snapshot(torch: Any, path: "os.PathLike[str]") -> None:
    """Writes what was recorded. PyTorch still records then: releases from 2.10 on forget the events when they stop."""
    torch.cuda.memory._dump_snapshot(os.fspath(path))


def is_out_of_memory(torch: Any, error: Optional[BaseException]) -> bool:
    """Whether the error is PyTorch's OutOfMemoryError, or was raised because of one."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, torch.cuda.OutOfMemoryError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
