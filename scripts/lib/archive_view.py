"""Reads an archive with only zipfile and sqlite3, as a program that does not use snapq would."""

from __future__ import annotations

import json
import pickle
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from lib.snapshot_view import FX_KEYS, Event, Frame, Stack, collapse

# The exceptions that reading a damaged snapshot or archive may raise.
UNREADABLE = (
    OSError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    sqlite3.DatabaseError,
    KeyError,
    ValueError,
)

LARGEST_DATABASE_IN_MEMORY = 64 << 20  # bytes


class ArchiveView:
    """A context manager for a zip made by snapq. A small database is read into memory, a large one unpacked to
    `directory`."""

    def __init__(self, path: Path, directory: Path) -> None:
        self.path = path
        self.directory = directory
        self.zip = zipfile.ZipFile(path)
        self.names = self.zip.namelist()
        if self.zip.getinfo("elements.db").file_size <= LARGEST_DATABASE_IN_MEMORY:
            self.database = sqlite3.connect(":memory:")
            self.database.deserialize(self.zip.read("elements.db"))
        else:
            unpacked = self.zip.extract("elements.db", directory)
            self.database = sqlite3.connect(f"file:{unpacked}?mode=ro", uri=True)
        self._stacks: dict[int, Stack] | None = None
        self._strings: dict[int, str] | None = None

    def __enter__(self) -> "ArchiveView":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.database.close()
        self.zip.close()

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.database.execute(sql, parameters).fetchall()

    def value(self, sql: str, *parameters: Any) -> Any:
        row = self.database.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def dicts(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        cursor = self.database.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @property
    def viewer_device(self) -> int:
        return int(self.value("SELECT value FROM meta WHERE key = 'viewer_device'"))

    @property
    def preexisting(self) -> str:
        return str(self.value("SELECT value FROM meta WHERE key = 'preexisting'"))

    def elements(self, device: int) -> list[dict[str, Any]] | None:
        """The parsed timeline of `device`; None if it has no entry."""
        name = "allocations.json" if device == self.viewer_device else f"allocations.device{device}.json"
        if name not in self.names:
            return None
        with self.zip.open(name) as entry:
            return json.load(entry)

    def stacks(self) -> dict[int, Stack]:
        """A dict from stack_id to frames, from tables `stack_frames` and `frames`."""
        if self._stacks is None:
            columns = ", ".join(FX_KEYS)
            frames = {
                row[0]: Frame(collapse(row[1]), row[2], collapse(row[3]), tuple(row[4:]))
                for row in self.rows(f"SELECT frame_id, filename, line, name, {columns} FROM frames")
            }
            lists: dict[int, list[Frame]] = {row[0]: [] for row in self.rows("SELECT stack_id FROM stacks")}
            for stack_id, frame_id in self.rows(
                "SELECT stack_id, frame_id FROM stack_frames ORDER BY stack_id, depth"
            ):
                lists[stack_id].append(frames[frame_id])
            self._stacks = {stack_id: tuple(found) for stack_id, found in lists.items()}
        return self._stacks

    def strings(self) -> dict[int, str]:
        if self._strings is None:
            self._strings = {key: collapse(text) for key, text in self.rows("SELECT id, text FROM strings")}
        return self._strings

    def text(self, string_id: int | None) -> str | None:
        return None if string_id is None else self.strings()[string_id]

    def stack(self, stack_id: int | None) -> Stack | None:
        return None if stack_id is None else self.stacks()[stack_id]

    def events(self, device: int) -> Iterator[tuple[int, Event]]:
        """(event number, event) in trace order, from view `events`."""
        cursor = self.database.execute(
            "SELECT event, action, address, size, stream, pool_id, time_us, stack_id, device_free, "
            "compile_context_id, "
            "user_metadata_id, forward_frames_id FROM events WHERE device = ? ORDER BY event",
            (device,),
        )
        for (
            number,
            action,
            address,
            size,
            stream,
            pool,
            time_us,
            stack,
            free,
            context,
            metadata,
            forward,
        ) in cursor:
            yield number, Event(
                collapse(action),
                address,
                size,
                stream,
                pool,
                time_us,
                self.stack(stack),
                free,
                self.text(context),
                self.text(metadata),
                self.text(forward),
            )
