"""The commands convert, summary and diff as functions."""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, cast

from snapq._options import PathLike, option_texts, path_text
from snapq._program import run

_OTHER_OUTPUT = ("color", "force", "format", "get", "github", "list_get", "output", "quiet")
OTHER_CONVERT_OUTPUT = ("dry_run", "output", "progress", "quiet", "stats")


def convert(src: PathLike, dst: Optional[PathLike] = None, **options: Any) -> Path:
    """Turns a snapshot into an archive and returns its path.

    Args:
        src: the snapshot, in any form that ``snapq convert`` reads.
        dst: the archive; by default it is beside `src`, with the suffix ``.zip``.
        options: those of ``snapq convert``, such as ``force=True``, ``compression="zstd"`` or
            ``label={"branch": "main"}``. With ``split=True``, `dst` is a directory, and the result is its path.

    >>> snapq.convert("run.pickle", "copy.zip", label={"branch": "main"})
    PosixPath('copy.zip')
    >>> snapq.summary("copy.zip")["labels"]
    {'branch': 'main'}
    """
    arguments = option_texts("convert", options, without=OTHER_CONVERT_OUTPUT)
    if dst is not None:
        arguments.append(f"--output={path_text(dst)}")
    stats = json.loads(run("convert", "--stats=json", *arguments, path_text(src)))
    if options.get("split"):
        return Path(cast(PathLike, dst))
    return Path(stats["conversions"][0]["output"])


def summary(path: PathLike, **options: Any) -> Dict[str, Any]:
    """What took the memory, and when: the JSON of ``snapq summary``.

    Args:
        path: an archive or a raw snapshot, or a directory of them: the ranks of one job.
        options: those of ``snapq summary``, such as ``at="oom"``, ``by="op"``, ``device=0``. With a limit, such as
            ``max_peak="2GiB"``, `LimitExceeded` is raised where it does not hold; its `report` is the summary.

    >>> summary = snapq.summary("run.zip")
    >>> summary["verdict"]["kind"], summary["verdict"]["asked_bytes"] >> 20
    ('out-of-memory', 256)
    >>> [(row["label"], row["bytes"] >> 20) for row in summary["devices"][0]["top"][:2]]
    [('tinylm/attention.py:38 forward', 768), ('tinylm/train.py:91 train_step', 185)]
    >>> snapq.summary("run.zip", max_peak="1GiB")
    Traceback (most recent call last):
    snapq.LimitExceeded: FAIL max-peak 0 1193402372 1073741824 (device 0: 1.11 GiB, ...)
    """
    return _asked("summary", [path_text(path)], options)


def diff(base: PathLike, new: Optional[PathLike] = None, **options: Any) -> Dict[str, Any]:
    """What changed between two archives, or between two moments of one: the JSON of ``snapq diff``.

    Args:
        base: the archive to compare with, or a directory of ranks.
        new: the archive to compare; by default `base` at another moment.
        options: those of ``snapq diff``, such as ``at_base="start"``, ``by="function"``. With a limit, such as
            ``max_growth="2%,16MiB"``, `LimitExceeded` is raised where it does not hold; its `report` is the comparison.

    >>> changes = snapq.diff("run.zip", at_base="start", at_new="peak")
    >>> row = changes["devices"][0]["rows"][0]
    >>> row["status"], row["label"], row["delta_bytes"] >> 20
    ('added', 'tinylm/attention.py:38 forward (bmm)', 768)
    """
    sides = [path_text(side) for side in (base, new) if side is not None]
    return _asked("diff", sides, options)


def _asked(command: str, paths: List[str], options: Dict[str, Any]) -> Dict[str, Any]:
    arguments = option_texts(command, options, without=_OTHER_OUTPUT)
    return cast(Dict[str, Any], json.loads(run(command, "--format=json", *arguments, *paths)))
