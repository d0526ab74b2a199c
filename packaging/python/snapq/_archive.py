"""An archive as an object, for notebooks."""

import os
from typing import Any, Dict, List, Mapping, Optional

from snapq._html import preformatted, table
from snapq._options import PathLike, path_text
from snapq._page import Page, report
from snapq._program import run
from snapq._query import Rows, Value, query
from snapq._questions import diff, summary

_ROWS_IN_HTML = 10


class Archive:
    """An archive, or a directory with the ranks of one job. In a notebook it shows its verdict and largest sites.

    It holds no file open: each question reads the archive anew. A raw snapshot can be asked, too, but it is
    converted for each question; `convert` it first.

    Attributes:
        verdict: what happened, in at most five lines of text: the result of ``snapq summary -q``.

    >>> archive = snapq.open("run.zip")
    >>> archive
    Archive('run.zip')
    >>> print(archive.verdict.splitlines()[0])
    OUT OF MEMORY on device 0: 256.00 MiB for tinylm/attention.py:38 forward (bmm)
    >>> archive.summary(by="op")["devices"][0]["top"][0]["key"]
    'bmm'
    >>> archive.query("SELECT count(*) FROM allocations").fetchall()
    [(1127,)]
    """

    def __init__(self, path: PathLike) -> None:
        self._path = os.fspath(path)
        self.verdict = run("summary", "--quiet", "--color=never", path_text(path)).rstrip("\n")

    def __fspath__(self) -> str:
        return self._path

    def __repr__(self) -> str:
        return f"Archive({self._path!r})"

    def summary(self, **options: Any) -> Dict[str, Any]:
        """`snapq.summary` of this archive."""
        return summary(self, **options)

    def diff(self, new: Optional[PathLike] = None, **options: Any) -> Dict[str, Any]:
        """`snapq.diff` with this archive as the base."""
        return diff(self, new, **options)

    def query(
        self, sql: Optional[str] = None, params: Optional[Mapping[str, Optional[Value]]] = None, **options: Any
    ) -> Rows:
        """`snapq.query` of this archive."""
        return query(self, sql, params, **options)

    def report(self, height: int = 800, **options: Any) -> Page:
        """The page of ``snapq report``: in a notebook a frame of `height` pixels, with the whole run in it.

        The options are those of the command, such as ``base="main.zip"``, ``range="step:3..step:5"`` or
        ``max_bytes="4MiB"``. The notebook keeps the page, so a smaller one makes a smaller notebook.

        >>> page = snapq.open("run.zip").report(no_paths=True)
        >>> page.html.startswith("<!DOCTYPE html>")
        True
        """
        return report(self, height, **options)

    def _repr_html_(self) -> str:
        found = self.summary(top=_ROWS_IN_HTML)
        return preformatted(self.verdict) + (_ranks_table(found) if "archives" in found else _sites_table(found))


def _sites_table(found: Dict[str, Any]) -> str:
    """What was live at the peak on the device of the verdict."""
    of_verdict = (found["verdict"] or {}).get("device")
    rows: List[Dict[str, Any]] = sum((d["top"] for d in found["devices"] if d["device"] == of_verdict), [])
    return table(
        ["live at the peak, by site", "MiB", "%", "count"],
        [(row["label"], _mebibytes(row["bytes"]), round(100 * row["share"], 1), row["count"]) for row in rows],
    )


def _ranks_table(found: Dict[str, Any]) -> str:
    """What was live at the peaks of all ranks together."""
    return table(
        ["live at the peak of all ranks, by site", "MiB", "count", "ranks"],
        [(row["label"], _mebibytes(row["bytes"]), row["count"], row["archives"]) for row in found["rows"]],
    )


def _mebibytes(size: int) -> float:
    return round(size / 2**20, 1)


def open(path: PathLike) -> Archive:
    """An `Archive`. Raises `InputError` where there is none at `path`, or where it is damaged."""
    return Archive(path)
