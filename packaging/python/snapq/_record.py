"""Records a piece of training."""

import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Optional, Type

from snapq._archive import Archive
from snapq._errors import Error, RecordingError, UsageError
from snapq._options import PathLike, option_texts
from snapq._program import find_program
from snapq._questions import OTHER_CONVERT_OUTPUT, convert
from snapq._torch import dump_snapshot, import_torch, is_out_of_memory, is_recording, start_recording, stop_recording

_NOT_FOR_A_RECORDING = (*OTHER_CONVERT_OUTPUT, "split")


class Recording:
    """What `record` returns: a context manager, for use in one ``with`` statement.

    Attributes:
        path: where the archive will be.
        archive: the archive after the ``with`` statement; ``None`` until then, and where nothing was kept.
    """

    _active: ClassVar[Optional["Recording"]] = None  # PyTorch has one recording for the whole process

    def __init__(self, path: PathLike, max_entries: int, stacks: str, on_oom: bool, **options: Any) -> None:
        option_texts("record", options, without=_NOT_FOR_A_RECORDING)
        self.path = Path(path)
        self.archive: Optional[Archive] = None
        self._max_entries = max_entries
        self._stacks = stacks
        self._on_oom = on_oom
        self._options = options

    def __enter__(self) -> "Recording":
        self._torch = import_torch()
        self._refuse_what_would_fail_later()
        self._snapshot = self._place_for_snapshot()
        try:
            start_recording(self._torch, self._max_entries, self._stacks)
        except BaseException:
            shutil.rmtree(self._snapshot.parent)
            raise
        Recording._active = self
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        out_of_memory = is_out_of_memory(self._torch, error)
        try:
            self._finish(keep=error is None or (out_of_memory and self._on_oom))
        except Exception as problem:
            if error is None:
                raise
            # The error of the training is the one to raise.
            print(f"snapq: error: the recording could not be kept: {problem}", file=sys.stderr)
        if out_of_memory and self.archive is not None:
            print(f"{self.archive.verdict}\nrecorded in {self.path}", file=sys.stderr)

    def _refuse_what_would_fail_later(self) -> None:
        """Hours of training must not end with an error that was to be seen before."""
        if Recording._active is not None:
            raise RecordingError(f"a recording to {Recording._active.path} is not finished yet")
        if is_recording(self._torch):
            raise RecordingError(
                "PyTorch records already, and another recording would end that one",
                "stop it with torch.cuda.memory._record_memory_history(None)",
            )
        if self.path.exists() and not self._options.get("force"):
            raise UsageError(f"{self.path}: exists already", "force=True replaces it", exit_code=2)
        find_program()

    def _place_for_snapshot(self) -> Path:
        """A file in a new directory beside the archive, where there is room for gigabytes, and with its name: the
        archive keeps the name of the snapshot and finds the rank in it."""
        name = self.path.name[: -len(".zip")] if self.path.name.endswith(".zip") else self.path.name
        try:
            directory = tempfile.mkdtemp(prefix=f"{name}-recording-", dir=self.path.parent)
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be written: {error.strerror}") from error
        return Path(directory) / f"{name}.pickle"

    def _finish(self, keep: bool) -> None:
        """Stops the recording in any case. A snapshot that was written, but could not be converted, stays."""
        written = False
        try:
            try:
                if keep:
                    dump_snapshot(self._torch, self._snapshot)
                    written = True
            finally:
                Recording._active = None
                stop_recording(self._torch)
            if keep:
                self._convert()
                written = False
        finally:
            if not written:
                shutil.rmtree(self._snapshot.parent)

    def _convert(self) -> None:
        try:
            self.archive = Archive(convert(self._snapshot, self.path, **self._options))
        except Error as error:
            error.hint = "\n".join(filter(None, [error.hint, f"the snapshot is kept as {self._snapshot}"]))
            raise


def record(
    path: PathLike, *, max_entries: int = 1_000_000, stacks: str = "python", on_oom: bool = True, **options: Any
) -> Recording:
    """Records the memory of the GPUs during a ``with`` statement, and writes an archive at its end.

    ::

        with snapq.record("run.zip", max_entries=1_000_000) as recording:
            train()
        print(recording.archive.verdict)

    An out-of-memory error that leaves the statement is recorded, too: the archive is written, the verdict is printed
    to standard error, and the error goes on. After another exception there is no archive.

    While the snapshot is written and converted, it lies in a directory beside the archive, which needs room for it.
    If it cannot be converted, it stays there, and the error says where.

    Args:
        path: the archive. It must not exist, unless ``force=True`` is given.
        max_entries: how many events PyTorch keeps for each GPU; of more, the oldest are lost. Each may take some kB.
        stacks: ``"python"``, or ``"all"`` for C++ frames, too, which makes training slower.
        on_oom: whether an out-of-memory error is worth an archive.
        options: those of ``snapq convert``, such as ``label={"branch": "main"}``, ``compression="zstd"``.

    Raises:
        RecordingError: before the first line of the statement runs: there is no PyTorch, no GPU, or another recording.
    """
    return Recording(path, max_entries, stacks, on_oom, **options)
