"""The command query as a function, and its rows."""

import csv
import io
import json
import math
import numbers
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from snapq._html import table
from snapq._options import PathLike, path_text
from snapq._program import run

Value = Union[int, float, str]
Row = Tuple[Any, ...]

_MOST_ROWS_IN_HTML = 60


class Rows:
    """The result of a query. It iterates over rows, which are tuples, and may be read more than once.

    Attributes:
        columns: the names of the columns.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self.columns: List[str] = list(columns)
        self._rows: List[Row] = list(rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def fetchall(self) -> List[Row]:
        """All rows as a list of tuples."""
        return list(self._rows)

    def df(self) -> Any:
        """The rows as a ``pandas.DataFrame``. Raises ImportError where pandas is not installed."""
        import pandas  # type: ignore[import]

        return pandas.DataFrame.from_records(self._rows, columns=self.columns)

    def __repr__(self) -> str:
        return f"<snapq.Rows: {len(self)} rows of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        more = len(self) - _MOST_ROWS_IN_HTML
        note = f"<p>and {more:,} more rows</p>" if more > 0 else ""
        return table(self.columns, self._rows[:_MOST_ROWS_IN_HTML]) + note


def query(
    path: PathLike,
    sql: Optional[str] = None,
    params: Optional[Mapping[str, Optional[Value]]] = None,
    *,
    named: Optional[str] = None,
    each: bool = False,
    max_rows: Optional[int] = None,
    timeout: Optional[float] = None,
) -> Rows:
    """Queries an archive with SQL, or with a built-in query.

    Args:
        path: an archive or a raw snapshot; with `each` a directory of archives.
        sql: one statement. It may have parameters such as ``:device``.
        params: the values of the parameters, by their names. A text stays a text, even if it looks like a number, and
            None is NULL.
        named: a built-in query, in place of `sql`; ``snapq query --list-named`` lists them.
        each: query every archive of a directory; the first columns are ``archive`` and ``rank``.
        max_rows: the most rows to return.
        timeout: seconds after which the query ends with `LimitExceeded`.

    >>> rows = snapq.query("run.zip", "SELECT site, bytes FROM peak_stacks WHERE bytes > :least", {"least": 90 << 20})
    >>> rows.columns
    ['site', 'bytes']
    >>> for site, size in rows:
    ...     print(f"{size / 2**20:.0f} MiB  {site}")
    768 MiB  /home/ada/tinylm/attention.py:38 forward
    185 MiB  /home/ada/tinylm/train.py:91 train_step
    93 MiB  [no stack]
    >>> snapq.query("run.zip", named="top-sites", params={"top": 1}).fetchall()
    [(0, '768.00 MiB', 805306368, 67.5, 3, None, '/home/ada/tinylm/attention.py:38 forward')]
    """
    if (sql is None) == (named is None):
        raise TypeError("query() takes either sql or named")
    options = [f"--param={name}={_parameter(name, value)}" for name, value in (params or {}).items()]
    options += [f"--named={named}"] if named is not None else []
    options += ["--each"] if each else []
    options += [f"--max-rows={max_rows}"] if max_rows is not None else []
    options += [f"--timeout={timeout}"] if timeout is not None else []
    arguments = (*options, path_text(path))
    # On standard input, because an argument has at most 128 KiB.
    lines = run("query", "--format=jsonl", *arguments, text=sql or "").split("\n")
    # Not splitlines(): JSON may hold other characters that end a line for Python.
    rows = [json.loads(line) for line in lines if line]
    if rows:
        return Rows(list(rows[0]), [tuple(row.values()) for row in rows])
    return Rows(_columns(arguments, sql or ""), [])


def _columns(arguments: Sequence[str], sql: str) -> List[str]:
    """The names of the columns of a result without rows: JSON does not have them, CSV does."""
    return next(csv.reader(io.StringIO(run("query", "--format=csv", *arguments, text=sql), newline="")))


def _parameter(name: str, value: Optional[Value]) -> str:
    """The value as ``--param`` reads it: one pair of quotes around a text keeps it a text."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, numbers.Integral) and -(2**63) <= value < 2**63:
        return str(int(value))
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral) and math.isfinite(value):
        return repr(float(value))
    raise TypeError(f"the parameter {name} must be a text, an integer of 64 bits, a finite number or None, not {value!r}")
