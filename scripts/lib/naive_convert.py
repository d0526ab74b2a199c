#!/usr/bin/env python3
"""The straightforward conversion in Python, with which the benchmark compares snapq.

Loads the whole pickle, keeps every element with its points as Python objects, writes the text of the stack into
every row of an SQLite table, dumps the timeline as JSON and zips both. These are the steps of SnapViewer's converter;
memory from before the recording is added, so that the output has the same content as that of snapq.

    naive_convert.py INPUT.pickle OUTPUT.zip
"""

from __future__ import annotations

import json
import pickle
import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any


class Element:
    __slots__ = ("size", "frames", "offset", "timesteps", "offsets")

    def __init__(self, size: int, frames: list[dict[str, Any]]) -> None:
        self.size = size
        self.frames = frames
        self.offset = 0
        self.timesteps: list[int] = []
        self.offsets: list[int] = []

    def point(self, step: int) -> None:
        self.timesteps.append(step)
        self.offsets.append(self.offset)


def older_elements(trace: list[dict[str, Any]], segments: list[dict[str, Any]]) -> dict[int, Element]:
    """The elements that existed before the trace, by address, the lowest of the stack first."""
    open_now: set[int] = set()
    found: list[tuple[int, Element]] = []
    for event in trace:
        if event["action"] == "alloc":
            open_now.add(event["addr"])
        elif event["action"] in ("free_requested", "free_completed"):
            if event["addr"] not in open_now:
                found.append((event["addr"], Element(event["size"], event.get("frames", []))))
                open_now.add(event["addr"])
            if event["action"] == "free_completed":
                open_now.discard(event["addr"])
    for segment in segments:
        for block in segment["blocks"]:
            if block["state"] != "inactive" and block["address"] not in open_now:
                found.append((block["address"], Element(block["requested_size"], block.get("frames", []))))
    return dict(reversed(found))


def replay(trace: list[dict[str, Any]], segments: list[dict[str, Any]]) -> list[Element]:
    live = older_elements(trace, segments)
    elements = list(live.values())
    total = step = 0
    for element in elements:
        element.offset = total
        element.point(0)
        total += element.size
    for event in trace:
        if event["action"] == "alloc":
            element = Element(event["size"], event.get("frames", []))
            element.offset = total
            element.point(step)
            live[event["addr"]] = element
            elements.append(element)
            total += element.size
            step += 1
        elif event["action"] == "free_completed":
            step = close(live, event["addr"], step)
            total -= event["size"]
    for element in live.values():
        element.point(step)
    return elements


def close(live: dict[int, Element], address: int, step: int) -> int:
    """Ends an element; the elements above it move down within three steps. Returns the new step."""
    gone = live[address]
    gone.point(step)
    moved = False
    # A dict keeps its order: elements after this one are above it. The loop goes from the top down.
    for element in reversed(live.values()):
        if element is gone:
            break
        element.point(step)
        element.offset -= gone.size
        element.timesteps.append(step + 3)
        element.offsets.append(element.offset)
        moved = True
    del live[address]
    return step + (4 if moved else 1)


def callstack(frames: list[dict[str, Any]]) -> str:
    return "\n".join(f"({i}) {f['filename']}:{f['line']}:{f['name']}" for i, f in enumerate(frames))


def write_database(path: Path, elements: list[Element]) -> None:
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, "
        "end_time INTEGER, callstack TEXT)"
    )
    rows = [
        (idx, e.size, e.timesteps[0], e.timesteps[-1], callstack(e.frames)) for idx, e in enumerate(elements)
    ]
    database.executemany("INSERT INTO allocs VALUES (?, ?, ?, ?, ?)", rows)
    database.commit()
    database.close()


def main() -> int:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    with source.open("rb") as file:
        snapshot = pickle.load(file)  # safe, because the benchmark made the file itself
    elements: list[Element] = []
    for trace in snapshot["device_traces"]:
        if trace:
            elements = replay(trace, snapshot["segments"])
            break
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        timeline, database = Path(directory) / "allocations.json", Path(directory) / "elements.db"
        text = json.dumps(
            [{"timesteps": e.timesteps, "offsets": e.offsets, "size": e.size} for e in elements]
        )
        timeline.write_text(text)
        write_database(database, elements)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(timeline, timeline.name)
            archive.write(database, database.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
