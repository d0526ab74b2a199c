"""Finds the program snapq and runs it."""

import json
import logging
import os
import signal
import subprocess
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Type

from snapq._errors import Error, InputError, LimitExceeded, SnapqWarning, SystemError, UsageError

PROGRAM_VARIABLE = "SNAPQ_PROGRAM"
"""Environment variable with the path of another program than the installed one."""

_ERROR_OF_EXIT_CODE: Dict[int, Type[Error]] = {1: LimitExceeded, 2: UsageError, 3: InputError, 4: SystemError}
_log = logging.getLogger("snapq")


def find_program() -> str:
    """The path of the program: that of the environment variable ``SNAPQ_PROGRAM``, or the installed one."""
    return os.environ.get(PROGRAM_VARIABLE) or _installed_program()


@lru_cache(maxsize=None)
def _installed_program() -> str:
    """The program that was installed together with this package."""
    for path in _where_it_may_be():
        if path.is_file():
            return str(path)
    raise Error(
        "the program snapq is not installed beside its Python package",
        f"install the wheel of snapq, or set {PROGRAM_VARIABLE} to the path of the program",
    )


def _where_it_may_be() -> List[Path]:
    from importlib.metadata import PackageNotFoundError, files  # takes as long as all other imports together

    found = []
    try:
        scripts = [file for file in files("snapq") or [] if file.name == "snapq" and file.parent.name == "bin"]
        found = [Path(str(script.locate())).resolve() for script in scripts]
    except PackageNotFoundError:
        pass
    # After `pip install --target DIR` the list of files does not name the place.
    return [*found, Path(__file__).parent.parent / "bin" / "snapq"]


def version() -> str:
    """The version of the program, which is that of the package."""
    return run("--version").split()[1]


def run(*arguments: str, text: str = "") -> str:
    """Runs the program with `text` as its standard input and returns what it prints.

    What the program says besides is logged to the logger ``snapq``, its warnings are Python warnings, and if it
    fails, the exception has its message.
    """
    program = find_program()
    # In a job of GitHub, warnings would be written for GitHub.
    environment = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    try:
        done = subprocess.run(
            [program, *arguments],
            input=text.encode("utf-8", "surrogateescape"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
    except OSError as error:
        raise Error(f"{program} cannot be started: {error.strerror}") from error
    # The program writes UTF-8, except that names of files keep their bytes.
    output = done.stdout.decode("utf-8", "surrogateescape")
    said = done.stderr.decode("utf-8", "surrogateescape").split("\n")
    if done.returncode != 0:
        raise _error(done.returncode, said, output)
    _pass_on(said)
    return output


def _pass_on(said: Sequence[str]) -> None:
    for warning in _texts(said, "warning"):
        warnings.warn(warning, SnapqWarning, stacklevel=_frames_of_this_package())
    for line in said:
        if line and not line.startswith("snapq: warning: "):
            _log.info("%s", line)


def _frames_of_this_package() -> int:
    """How many callers a warning must leave out, so that it names the line of the user."""
    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("snapq."):
        depth, frame = depth + 1, frame.f_back
    return depth


def _texts(said: Sequence[str], kind: str) -> List[str]:
    prefix = f"snapq: {kind}: "
    return [line[len(prefix) :] for line in said if line.startswith(prefix)]


def _error(exit_code: int, said: Sequence[str], output: str) -> Error:
    kind = _ERROR_OF_EXIT_CODE.get(exit_code, Error)
    failed_checks = [line for line in said if line.startswith("FAIL ")]
    lines = _texts(said, "error") or failed_checks or [line for line in said if line]
    if exit_code < 0:
        lines.append(f"{signal.Signals(-exit_code).name} ended the program")
    message = "\n".join(lines) or f"the program ended with exit code {exit_code}"
    return kind(message, "\n".join(_texts(said, "hint")), exit_code, _report(output))


def _report(output: str) -> Optional[Dict[str, Any]]:
    """The dict that a failed question printed all the same."""
    try:
        report = json.loads(output)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None
