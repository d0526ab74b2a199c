"""Plugin of pytest: tests that hold a limit of GPU memory, and tests that look at a recording.

::

    @pytest.mark.max_peak("2GiB")
    def test_step_stays_small():
        train_step()

    def test_loss_is_not_the_peak(memory_snapshot):
        with memory_snapshot() as recording:
            train_step()
        assert "loss.py" not in recording.archive.summary()["devices"][0]["peak_site"]

Both need PyTorch with a GPU, and fail where there is none: a limit that was not checked does not hold.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Callable

import pytest

from snapq._archive import Archive
from snapq._errors import LimitExceeded
from snapq._record import Recording, record

_ARCHIVE_NAME = "memory"


def pytest_configure(config: pytest.Config) -> None:
    meaning = "the test fails when more memory of a GPU is requested at once, as in max_peak('2GiB')"
    config.addinivalue_line("markers", f"max_peak(size): {meaning}")


def pytest_itemcollected(item: pytest.Item) -> None:
    marker = item.get_closest_marker("max_peak")
    if marker is None or not isinstance(item, pytest.Function):
        return
    if len(marker.args) != 1 or marker.kwargs:
        raise pytest.UsageError(f"{item.nodeid}: max_peak takes one size, as in max_peak('2GiB')")
    if "tmp_path" not in item.fixturenames:
        item.fixturenames.append("tmp_path")
    limited = functools.partial(_run_limited, item, item.runtest, marker.args[0])
    item.runtest = limited  # type: ignore[assignment]


def _run_limited(item: pytest.Function, run: Callable[[], None], limit: Any) -> None:
    directory = Path(str(item.funcargs["tmp_path"]))
    with record(_free_name(directory)) as recording:
        run()
    assert recording.archive is not None
    message = _exceeded(recording.archive, limit)
    if message:
        pytest.fail(f"{message}\n{recording.archive.verdict}\nrecorded in {recording.path}", pytrace=False)


def _exceeded(archive: Archive, limit: Any) -> str:
    """Why the limit does not hold; empty if it holds."""
    try:
        archive.summary(max_peak=limit)
    except LimitExceeded as error:
        return error.message
    return ""


def _free_name(directory: Path) -> Path:
    """A test may make several recordings."""
    count = sum(1 for _ in directory.glob(f"{_ARCHIVE_NAME}*.zip"))
    return directory / f"{_ARCHIVE_NAME}{count or ''}.zip"


@pytest.fixture
def memory_snapshot(tmp_path: Path) -> Callable[..., Recording]:
    """Makes recordings: ``memory_snapshot()`` is `snapq.record` to an archive in the directory of the test.

    It takes the arguments of `snapq.record` but the path.
    """
    return lambda **options: record(_free_name(tmp_path), **options)
