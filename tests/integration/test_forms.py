"""One snapshot in all forms (pickle protocols 0 to 5, the C++ pickler, JSON) gives archives with equal content."""

from __future__ import annotations

import io
import json
import pickle
import sqlite3
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

from program import CORPUS, ROOT, SAMPLE_DIVISOR, SNAPQ, main, needs_recorded_snapshots

import random_snapshots
from lib import cpp_pickler

# Columns with numbers that are given in the order of first appearance, and the table that a number refers to.
REFERENCES = {"site_frame_id": "frames", "user_frame_id": "frames", "frame_id": "frames", "stack_id": "stacks",
              "free_stack_id": "stacks", "peak_stack_id": "stacks", "compile_context_id": "strings",
              "user_metadata_id": "strings", "forward_frames_id": "strings", "category_id": "strings",
              "forward_stack_id": "stacks"}


def forms_of(snapshot: Any) -> dict[str, bytes]:
    made = {f"protocol-{protocol}": pickle.dumps(snapshot, protocol=protocol) for protocol in range(6)}
    made["again"] = pickle.dumps(pickle.loads(made["protocol-4"]), protocol=4)
    made["python-pickler"] = python_pickler(snapshot)
    made["cpp"] = cpp_pickler.dumps(snapshot)
    made["json"] = json.dumps(snapshot).encode()
    made["json-lines"] = json.dumps(snapshot, indent=1, ensure_ascii=False).encode()
    return made


def python_pickler(snapshot: Any) -> bytes:
    """A pickle by the pickler written in Python, which frames and memoizes slightly differently from the one in C."""
    out = io.BytesIO()
    pickle._Pickler(out, protocol=4).dump(snapshot)  # type: ignore[attr-defined]
    return out.getvalue()


def content_of(archive: Path) -> dict[str, Any]:
    """Entries and tables, with each number of a stack, frame or string replaced by the row that it refers to."""
    with zipfile.ZipFile(archive) as entries, tempfile.TemporaryDirectory() as directory:
        database = Path(directory) / "elements.db"
        database.write_bytes(entries.read("elements.db"))
        content: dict[str, Any] = {name: entries.read(name) for name in entries.namelist() if "allocations" in name}
        with sqlite3.connect(database) as connection:
            content.update(tables_of(connection))
        connection.close()
    return content


def tables_of(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    frames = {row[0]: row[1:] for row in connection.execute("SELECT * FROM frames")}
    stacks: dict[int, Any] = {row[0]: () for row in connection.execute("SELECT stack_id FROM stacks")}
    for stack, frame in connection.execute("SELECT stack_id, frame_id FROM stack_frames ORDER BY stack_id, depth"):
        stacks[stack] += (frames[frame],)
    meanings = {"frames": frames, "stacks": stacks, "strings": dict(connection.execute("SELECT id, text FROM strings"))}
    tables = {}
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if name == "strings":
            continue
        cursor = connection.execute(f"SELECT * FROM {name}")
        columns = [meanings.get(REFERENCES.get(column[0], ""), {}) for column in cursor.description]
        rows = [tuple(meaning.get(value, value) for meaning, value in zip(columns, row)) for row in cursor]
        tables[name] = sorted((row for row in rows if not is_about_source(name, row)), key=repr)
    return tables


def is_about_source(table: str, row: tuple[Any, ...]) -> bool:
    return table == "meta" and str(row[0]).startswith("source_")


class FormsTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)

    def convert(self, payload: bytes) -> dict[str, Any]:
        source, target = self.scratch / "snapshot", self.scratch / "archive.zip"
        source.write_bytes(payload)
        subprocess.run([SNAPQ, "convert", "-q", "-f", source, "-o", target], check=True, capture_output=True)
        return content_of(target)

    def assert_forms_agree(self, snapshot: Any, what: object) -> None:
        forms = forms_of(snapshot)
        expected = self.convert(forms.pop("protocol-4"))
        for form, payload in forms.items():
            content = self.convert(payload)
            for part in expected:
                self.assertEqual(content[part], expected[part], f"{what}, {form}: {part}")


class Forms(FormsTest):
    def test_samples(self) -> None:
        for path in sorted((ROOT / "examples").glob("*.pickle")):
            self.assert_forms_agree(pickle.loads(path.read_bytes()), path.name)

    def test_random_snapshots(self) -> None:
        for seed, snapshot in random_snapshots.snapshots(1, 25 // min(SAMPLE_DIVISOR, 4)):
            self.assert_forms_agree(snapshot, f"seed {seed}")


@needs_recorded_snapshots
class RecordedSnapshots(FormsTest):
    def test_recorded_snapshots_as_json(self) -> None:
        for path in sorted(CORPUS.glob("*.pickle")):
            if path.stat().st_size > 1 << 20:  # JSON is up to 60 times larger
                continue
            payload = path.read_bytes()
            expected = self.convert(payload)
            content = self.convert(json.dumps(pickle.loads(payload)).encode())
            for part in expected:
                self.assertEqual(content[part], expected[part], f"{path.name}: {part}")


if __name__ == "__main__":
    main()
