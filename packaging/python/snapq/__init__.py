"""Answers questions about PyTorch CUDA memory snapshots.

Each function runs the program ``snapq``, which comes with this package, and returns what it says. Options of the
program are keyword arguments: ``--max-peak 2GiB`` is ``max_peak="2GiB"``, ``--no-oom`` is ``no_oom=True``, and an
option that may be repeated takes a list, or a dict for ``KEY=VALUE``. Names in results are those of the program's
JSON. Failures are exceptions, one class for each exit code of the program; see `Error`.
"""

from typing import Any

from snapq._archive import Archive, open
from snapq._errors import Error, InputError, LimitExceeded, RecordingError, SnapqWarning, SystemError, UsageError
from snapq._page import Page
from snapq._program import version
from snapq._query import Rows, query
from snapq._questions import convert, diff, summary
from snapq._record import Recording, record

__all__ = [
    "Archive",
    "Error",
    "InputError",
    "LimitExceeded",
    "Page",
    "Recording",
    "RecordingError",
    "Rows",
    "SnapqWarning",
    "SystemError",
    "UsageError",
    "convert",
    "diff",
    "open",
    "query",
    "record",
    "summary",
]


# Tracebacks and help() show the names that are public.
for _name in __all__:
    globals()[_name].__module__ = __name__


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version()
    raise AttributeError(f"module 'snapq' has no attribute {name!r}")
