"""A snapshot gives the same database from each container and form in which it can be read."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import pickle
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from program import CPP_SAMPLE, SAMPLE, SCRIPTS, SNAPQ, ProgramTest, content, extracted, main, meta

from lib import cpp_pickler


def load(path: Path) -> Any:
    return pickle.loads(path.read_bytes())


def html_page(data: bytes) -> str:
    """A page like those of `python -m torch.cuda._memory_viz trace_plot`: the padded pickle, in base64, in a script."""
    padded = data + b"\0" * (3 - len(data) % 3)
    plot = json.dumps([{"name": "snapshot.pickle", "base64": base64.b64encode(padded).decode()}])
    return f"""<!DOCTYPE html>
<html><head></head><body>
<script type="module">
import {{add_local_files}} from "https://example.org/MemoryViz.js"
const local_files = {plot}
add_local_files(local_files, "Active Memory Timeline")
</script></body></html>"""


def torch_save(data: bytes, member: str = "archive/data.pkl") -> bytes:
    """What torch.save(snapshot, file) writes: a zip whose members are stored."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(member, data)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


class Inputs(ProgramTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.snapshot = load(SAMPLE)

    def setUp(self) -> None:
        super().setUp()
        self.count = 0

    def database(self, data: bytes | str, name: str = "input", *options: str) -> list[str]:
        """Converts an input and returns the rows of its database. The name of the file does not tell its kind."""
        self.count += 1
        source = self.directory / f"{name}{self.count}"
        source.write_bytes(data.encode() if isinstance(data, str) else data)
        archive = self.convert(source, *options, target=f"{self.count}.zip")
        return content(archive, self.directory / f"rows{self.count}")

    def assert_same_rows(self, found: list[str], expected: list[str], what: str) -> None:
        for one, other in zip(found, expected, strict=False):
            self.assertEqual(one, other, what)
        self.assertEqual(len(found), len(expected), what)

    def test_compressed_and_wrapped_pickles(self) -> None:
        data = SAMPLE.read_bytes()
        expected = self.database(data)
        self.assertGreater(len(expected), 1000)
        forms: dict[str, bytes | str] = {
            "gzip": gzip.compress(data),
            "two gzip members": gzip.compress(data[:100_000]) + gzip.compress(data[100_000:]),
            "HTML": html_page(data),
            "gzip around HTML": gzip.compress(html_page(data).encode()),
            "torch.save": torch_save(data),
            "torch.save under another name": torch_save(data, "run_17/data.pkl"),
            "NUL bytes behind STOP": data + bytes(5000),
        }
        if shutil.which("zstd"):
            forms["zstd"] = subprocess.run(["zstd", "-c", SAMPLE], capture_output=True, check=True).stdout
            forms["gzip around zstd"] = gzip.compress(forms["zstd"])
        for what, form in forms.items():
            with self.subTest(what):
                self.assert_same_rows(self.database(form), expected, what)

    def test_other_bytes_after_the_pickle_are_counted(self) -> None:
        data, rest = SAMPLE.read_bytes(), b"\0and what else the writer left"
        for what, form in (
            ("bare", data + rest),
            ("gzip", gzip.compress(data + rest)),
            ("torch.save", torch_save(data + rest)),
        ):
            with self.subTest(what):
                (self.directory / "input").write_bytes(form)
                result = self.snapq("convert", "input", "-o", "out.zip", "--force")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f"snapq: warning: input: {len(rest)} bytes of the input are not part", result.stderr)
                count = "SELECT device, count FROM anomalies WHERE kind = 'surplus_bytes'"
                answer = self.snapq("query", "out.zip", count, "--format", "csv").stdout
                self.assertEqual(answer.splitlines()[1:], [f",{len(rest)}"])
                self.assertIn(f"{len(rest)} bytes of the input", self.snapq("summary", "out.zip").stdout)

    def test_the_kind_of_input_is_stored(self) -> None:
        for data, kind in (
            (SAMPLE.read_bytes(), "pickle"),
            (gzip.compress(SAMPLE.read_bytes()), "gzip+pickle"),
            (torch_save(SAMPLE.read_bytes()), "torch-zip+pickle"),
            (html_page(SAMPLE.read_bytes()).encode(), "html+pickle"),
            (json.dumps(self.snapshot).encode(), "json"),
        ):
            (self.directory / "input").write_bytes(data)
            found = meta(self.convert("input", target=f"{kind}.zip"), self.directory / kind)
            self.assertEqual((found["source_kind"], found["source_bytes"]), (kind, len(data)))

    def test_standard_input(self) -> None:
        expected = self.database(SAMPLE.read_bytes())
        for what, command in (
            ("file", "snapq < $1"),
            ("pipe", "cat $1 | snapq"),
            ("dribble", "dd bs=7001 < $1 | snapq"),
        ):
            command = command.replace("snapq", '"$0" convert - -o piped.zip --force -q').replace("$1", '"$1"')
            result = subprocess.run(
                ["sh", "-c", command, SNAPQ, SAMPLE], cwd=self.directory, capture_output=True
            )
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assert_same_rows(
                content(self.directory / "piped.zip", self.directory / what), expected, what
            )

    def test_all_protocols_and_both_picklers(self) -> None:
        for sample in (SAMPLE, CPP_SAMPLE):
            snapshot = load(sample)
            expected = self.database(pickle.dumps(snapshot, protocol=4))
            for protocol in range(6):
                with self.subTest(sample=sample.name, protocol=protocol):
                    found = self.database(pickle.dumps(snapshot, protocol=protocol))
                    self.assert_same_rows(found, expected, str(protocol))
            with self.subTest(sample=sample.name, pickler="Python's own Python"):
                file = io.BytesIO()
                pickle._Pickler(file, 4).dump(snapshot)  # the pickler written in Python
                self.assert_same_rows(self.database(file.getvalue()), expected, "pure Python")
            with self.subTest(sample=sample.name, pickler="C++"):
                self.assert_same_rows(self.database(cpp_pickler.dumps(snapshot)), expected, "C++")

    def test_without_a_memo(self) -> None:
        """A pickle without shared objects, as after a round trip through JSON, gives the same snapshot."""
        snapshot = json.loads(json.dumps(self.snapshot))
        for event in (event for trace in snapshot["device_traces"] for event in trace):
            if "pool_id" in event:
                event["pool_id"] = tuple(event["pool_id"])
        file = io.BytesIO()
        pickler = pickle.Pickler(file, 4)
        pickler.fast = True
        pickler.dump(snapshot)
        self.assert_same_rows(self.database(file.getvalue()), self.database(SAMPLE.read_bytes()), "fast")

    def test_json(self) -> None:
        expected = self.database(pickle.dumps(json.loads(json.dumps(self.snapshot))))
        for what, text in (
            ("compact", json.dumps(self.snapshot, separators=(",", ":"))),
            ("indented", json.dumps(self.snapshot, indent=2)),
            ("blank lines first", "\n\n " + json.dumps(self.snapshot)),
            ("plain Unicode", json.dumps(self.snapshot, ensure_ascii=False)),
        ):
            with self.subTest(what):
                self.assert_same_rows(self.database(text), expected, what)
        self.assert_same_rows(
            self.database(gzip.compress(json.dumps(self.snapshot).encode())), expected, "gzip"
        )

    def test_nested_in_a_users_dict(self) -> None:
        """The tables of the allocator are the same; the user's own keys are in table `extra`."""
        expected = self.database(pickle.dumps(self.snapshot))
        expected_lines = set(expected)
        for wrapper in (
            {"snapshot": self.snapshot, "step": 17},
            {"step": 17, "note": "x", "memory": self.snapshot},
        ):
            found = self.database(pickle.dumps(wrapper))
            extra = [line for line in found if line not in expected_lines]
            self.assertTrue(any("step" in line and "17" in line for line in extra), extra)
            tables = ("allocations", "stacks", "other_events", "segments", "blocks", "devices", "timeline")
            for table in tables:
                rows = [line for line in found if line.startswith(f'INSERT INTO "{table}" ')]
                self.assertEqual(
                    rows, [line for line in expected if line.startswith(f'INSERT INTO "{table}" ')]
                )

    def test_a_bare_list_of_segments(self) -> None:
        segments = self.snapshot["segments"]
        found = self.database(pickle.dumps(segments))
        self.assert_same_rows(found, self.database(pickle.dumps({"segments": segments})), "bare list")
        blocks = sum(len(segment["blocks"]) for segment in segments)
        self.assertEqual(sum(line.startswith('INSERT INTO "blocks"') for line in found), blocks)

    def test_empty_snapshots_are_snapshots(self) -> None:
        for value in (
            [],
            {"segments": []},
            {"device_traces": []},
            {"segments": [], "device_traces": [[], []]},
        ):
            for data in (pickle.dumps(value), json.dumps(value).encode()):
                with self.subTest(value=value, data=data[:1]):
                    found = self.database(data)
                    self.assertEqual([line for line in found if line.startswith('INSERT INTO "devices"')], [])
                    archive = zipfile.ZipFile(self.directory / f"{self.count}.zip")
                    self.assertEqual(json.loads(archive.read("allocations.json")), [])
                    archive.close()

    def test_history_of_old_versions(self) -> None:
        """Up to PyTorch 2.0, the size and the stack of a block were in its history."""
        frames = [{"filename": "/app/a.py", "line": 3, "name": "f"}]
        block = {"size": 1024, "state": "active_allocated", "requested_size": 1000, "frames": frames}
        old = {
            "size": 1024,
            "state": "active_allocated",
            "history": [{"addr": 0x1000, "real_size": 1000, "frames": frames}],
        }
        rows = []
        for form in (block, old):
            segment = {
                "device": 0,
                "address": 0x1000,
                "total_size": 2048,
                "allocated_size": 1024,
                "active_size": 1024,
                "stream": 0,
                "segment_type": "small",
                "blocks": [form, {"size": 1024, "state": "inactive", "history": []}],
            }
            found = self.database(pickle.dumps({"segments": [segment], "device_traces": []}))
            rows.append([line for line in found if 'INTO "allocations"' in line or 'INTO "stacks"' in line])
        self.assertEqual(rows[0], rows[1])
        self.assertIn("1000", rows[0][0] + rows[0][1])

    def test_the_same_entry_twice_in_a_trace(self) -> None:
        """Python's pickler refers to a dict that it has written, even while its list is not complete."""
        made = [
            {"action": action, "addr": address, "size": 512, "stream": 0, "time_us": time}
            for time, (action, address) in enumerate(
                [("alloc", 1), ("alloc", 2), ("free_requested", 1), ("free_completed", 1), ("alloc", 3)]
            )
        ]
        for order in (
            "00",
            "0011",
            "0101",
            "00112",
            "0012321",
            "0123401234",
            "001220334",
            "0120",
            "00110022",
        ):
            trace = [made[int(digit)] for digit in order]
            expected = self.database(json.dumps({"segments": [], "device_traces": [trace]}))
            self.assertIn(str(len(order)), next(line for line in expected if 'INTO "devices"' in line))
            for protocol in range(6):
                with self.subTest(order=order, protocol=protocol):
                    data = pickle.dumps({"segments": [], "device_traces": [trace]}, protocol=protocol)
                    self.assert_same_rows(self.database(data), expected, order)

    def test_many_repeated_entries(self) -> None:
        """More entries than the 1000 that Python's pickler appends at a time."""
        made = [
            {"action": "alloc", "addr": 4096 * n, "size": 512, "stream": 0, "time_us": n} for n in range(700)
        ]
        trace = [event for pair in zip(made, made, strict=True) for event in pair] + made
        expected = self.database(json.dumps({"segments": [], "device_traces": [trace]}))
        for protocol in (1, 2, 4):
            data = pickle.dumps({"segments": [], "device_traces": [trace]}, protocol=protocol)
            self.assert_same_rows(self.database(data), expected, str(protocol))

    def test_text_that_is_not_unicode(self) -> None:
        snapshot = copy.deepcopy(self.snapshot)
        snapshot["device_traces"][0][0]["frames"][0]["name"] = "lone \ud800 surrogate"
        database = self.directory / "rows1" / "elements.db"
        self.database(pickle.dumps(snapshot))
        connection = sqlite3.connect(database)
        self.addCleanup(connection.close)
        names = {row[0] for row in connection.execute("SELECT name FROM frames")}
        self.assertTrue(any(name.startswith("lone \ufffd") and name.endswith(" surrogate") for name in names))
        count = connection.execute("SELECT count FROM anomalies WHERE kind = 'invalid_text'").fetchone()
        self.assertIsNotNone(count)

    def test_recorded_events_come_back_from_every_form(self) -> None:
        for name, data in (
            ("cpp.pickle", cpp_pickler.dumps(self.snapshot)),
            ("zero.pickle", pickle.dumps(self.snapshot, 0)),
        ):
            source = self.directory / name
            source.write_bytes(data)
            archive = self.convert(source)
            result = subprocess.run(
                [sys.executable, "-B", SCRIPTS / "roundtrip.py", source, archive],
                capture_output=True,
                text=True,
            )
            self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
            self.assertTrue(extracted(archive, self.directory / f"{name}.d").exists())


if __name__ == "__main__":
    main()
