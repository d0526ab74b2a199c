"""The exceptions of snapq: one class for each exit code of the program."""

from typing import Any, Dict, Optional


class Error(Exception):
    """What snapq could not do.

    ``str(error)`` is the message of the program, with its hint on a line of its own.

    Attributes:
        message: what is wrong, and where.
        hint: what to do about it; empty if there is nothing to say.
        exit_code: that of the program, or -N if signal N ended it; ``None`` if the program was not at fault.
        report: the dict that `summary` or `diff` would have returned, where the program printed it nevertheless.

    >>> try:
    ...     snapq.summary("nothing.zip")
    ... except snapq.Error as error:
    ...     print(type(error).__name__, error.exit_code, error.message)
    InputError 3 nothing.zip: does not exist
    """

    def __init__(
        self, message: str, hint: str = "", exit_code: Optional[int] = None, report: Optional[Dict[str, Any]] = None
    ) -> None:
        super().__init__(message, hint, exit_code, report)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        self.report = report

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class LimitExceeded(Error):
    """A limit that you set was exceeded or could not be checked (exit code 1). `report` has the whole answer."""


class UsageError(Error):
    """A wrong option or value, wrong SQL, or a target that exists already (exit code 2)."""


class InputError(Error):
    """The input is missing, damaged, no snapshot, or lacks the figure that was asked for (exit code 3)."""


class SystemError(Error):
    """The disk is full, the target cannot be written, or there is too little memory (exit code 4)."""


class RecordingError(Error):
    """PyTorch cannot record here: it is missing, too old, sees no GPU, or records already."""


class SnapqWarning(UserWarning):
    """What the program warns of, for example that a comparison had no base."""
