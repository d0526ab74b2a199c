"""Small inputs whose archive could be many times larger: rows that share a long name, timelines of several devices, and
the indents of nested annotations. The tests count bytes and points.
"""

from __future__ import annotations

import json
import pickle
import re
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from program import SNAPQ, ProgramTest, extracted, main
from test_growth import ACTION, ADDRESS, ALLOC, KEYS, SIZE, churn_below, text

from lib.growth_shapes import SHAPES

MIB = 1 << 20
MOST_BYTES = 200_000_000  # or 20 for each byte of the input
MOST_POINTS = 50_000_000


def annotated(annotations: list[dict[str, Any]]) -> bytes:
    events = [{"action": "alloc", "addr": 512, "size": 512, "stream": 0, "time_us": 5, "frames": []}]
    return pickle.dumps({"segments": [], "device_traces": [events], "external_annotations": annotations})


class SharedTexts(ProgramTest):
    def stacks_over_a_long_name(self, path: Path, stacks: int) -> None:
        """Each event has a stack of two frames: one of its own, and one with a name of 1 MiB that all share."""
        name, shared = bytes([len(KEYS)]), bytes([len(KEYS) + 1])
        with path.open("wb") as file:
            file.write(b"\x80\x02")
            for index, key in enumerate(KEYS):
                file.write(key + b"q" + bytes([index]) + b"0")
            file.write(text("n" * (MIB - 100)) + b"q" + name + b"0")
            file.write(b"}(" + text("name") + b"h" + name + text("filename") + text("a.py") + text("line") + b"K\x01uq" + shared + b"0")
            file.write(b"}(" + text("segments") + b"]" + text("device_traces") + b"](](")
            for number in range(stacks):
                frame = b"}(" + text("name") + text("f") + text("filename") + text("b.py") + text("line") + b"J" + number.to_bytes(4, "little") + b"u"
                file.write(b"}(" + ACTION + ALLOC + ADDRESS + b"J" + (512 * number).to_bytes(4, "little") + SIZE + b"M\x00\x02"
                           + text("frames") + b"](" + frame + b"h" + shared + b"eu")  # fmt: skip
            file.write(b"eeu.")

    def test_errors_with_a_long_operator(self) -> None:
        """Each out-of-memory error has the same operator, whose name has a MiB. To number the errors does not need the names."""
        frame = {"filename": "x.cpp", "name": "at::_ops::" + "a" * (MIB - 100) + "::call", "line": 1}
        events = [{"action": "oom", "size": MIB, "stream": 0, "time_us": 1, "device_free": 5, "frames": [frame]} for _ in range(1000)]
        (self.directory / "in").write_bytes(pickle.dumps({"segments": [], "device_traces": [events]}))
        self.convert("in")
        for style in ("csv", "table"):
            with self.subTest(style):
                answer = self.directory / "answer"
                with answer.open("wb") as file:
                    asked = subprocess.run([SNAPQ, "query", "out.zip", "--named", "ooms", "--format", style], cwd=self.directory,
                                           stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False)  # fmt: skip
                self.assertEqual((asked.returncode, asked.stderr), (0, b""))
                self.assertLessEqual(answer.stat().st_size, MOST_BYTES)
                self.assertEqual(len(set(re.findall(rb"\boom:\d+\b", answer.read_bytes()))), 1000)

    def test_stacks_over_a_long_name(self) -> None:
        stacks = 1000  # a gigabyte of stack texts
        self.stacks_over_a_long_name(self.directory / "in", stacks)
        result = self.snapq("convert", "in", "-o", "out.zip", "--stats=json", "--level", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)["conversions"][0]
        self.assertLessEqual(report["database_bytes"], MOST_BYTES)
        warning = "texts were cut: the input repeats its texts so often that the archive would be many times larger"
        self.assertIn(warning, result.stderr)
        self.assertEqual(self.snapq("verify", "out.zip", "-q").returncode, 0)
        with zipfile.ZipFile(self.directory / "out.zip") as archive:
            anomalies = json.loads(archive.read("manifest.json"))["anomalies"]
        with sqlite3.connect(extracted(self.directory / "out.zip", self.directory / "folder")) as database:
            rows = database.execute("SELECT device, kind, count FROM anomalies").fetchall()
            sizes = [size for (size,) in database.execute("SELECT length(callstack) FROM stacks WHERE depth = 2 ORDER BY stack_id")]
            frames = database.execute("SELECT count(*) FROM stack_frames").fetchone()[0]
        database.close()
        self.assertEqual([(each["device"], each["kind"], each["count"]) for each in anomalies], rows)
        (device, kind, count), = rows
        self.assertEqual((device, kind, frames), (None, "cut_text", 2 * stacks))
        whole = sum(size > MIB // 2 for size in sizes)
        self.assertGreater(whole, 100)
        self.assertGreater(min(sizes[:whole]), MIB // 2)  # the first ones
        self.assertLess(max(sizes[whole:]), 200)
        self.assertEqual(count, stacks - whole)
        summary = self.snapq("summary", "out.zip")
        self.assertIn("texts were cut: the input repeats its texts so often that", summary.stdout)

    def test_a_command_on_such_a_snapshot_writes_no_more(self) -> None:
        self.stacks_over_a_long_name(self.directory / "in", 400)
        (self.directory / "tmp").mkdir()
        limited = self.run_bounded(200 * 1024, "query", "in", "SELECT sum(length(callstack)) FROM stacks", "--no-header")
        self.assertEqual(limited.returncode, 0, limited.stderr)
        self.assertLessEqual(int(limited.stdout), MOST_BYTES)


class Timelines(ProgramTest):
    def test_several_devices_share_the_points_of_an_input(self) -> None:
        devices, live, turns = 5, 4000, 8000  # 64 million points each
        with (self.directory / "in").open("wb") as file:
            file.write(b"\x80\x02")
            for index, key in enumerate(KEYS):
                file.write(key + b"q" + bytes([index]) + b"0")
            file.write(b"}(" + text("segments") + b"]" + text("device_traces") + b"](")
            for _ in range(devices):
                file.write(b"](")
                file.writelines(churn_below(live, turns))
                file.write(b"e")
            file.write(b"eu.")
        result = self.snapq("convert", "in", "-o", "out.zip", "--dry-run", "--stats=json")
        self.assertEqual(result.returncode, 0, result.stderr)
        points = json.loads(result.stdout)["conversions"][0]["points"]
        self.assertLessEqual(points, MOST_POINTS)
        self.assertGreater(points, MOST_POINTS // 4)
        self.assertEqual(result.stderr.count("were thinned out"), devices)


class Points(ProgramTest):
    """Small traces whose exact timelines would have many more points than events."""

    def test_points_of_each_shape_are_limited(self) -> None:
        for shape in ("lowest freed first", "rounds of allocations", "frees below allocations", "pending frees below allocations",
                      "events at one address", "pending frees"):  # fmt: skip
            with self.subTest(shape):
                data = SHAPES[shape](2_000_000)
                (self.directory / "in").write_bytes(data)
                result = self.snapq("convert", "in", "-o", "out.zip", "--dry-run", "--stats=json")
                self.assertEqual(result.returncode, 0, result.stderr)
                report = json.loads(result.stdout)["conversions"][0]
                self.assertLessEqual(report["points"], MOST_POINTS)
                if "were thinned out" in result.stderr:
                    self.assertGreater(report["points"], MOST_POINTS // 8)  # not needlessly few

    def test_the_text_of_many_points_takes_few_bytes(self) -> None:
        for shape in ("lowest freed first", "frees below allocations", "pending frees below allocations"):
            with self.subTest(shape):
                (self.directory / "in").write_bytes(SHAPES[shape](500_000))
                self.convert("in", "--level", "1")
                self.assertLessEqual((self.directory / "out.zip").stat().st_size, MOST_BYTES)


class ManyDevices(ProgramTest):
    """Rows of a device are found by their rowids when there are more than eight devices."""

    def test_each_device_has_its_own_rows(self) -> None:
        devices, sites = 12, 5

        def event(device: int, site: int) -> dict[str, Any]:
            frame = {"filename": f"/x/d{device}.py", "line": site, "name": "f"}
            return {"action": "alloc", "addr": 4096 * site, "size": 512 * (device + site + 1), "stream": 65536 * (site + 1),
                    "frames": [frame]}  # fmt: skip

        traces = [[event(device, site) for site in range(sites)] for device in range(devices)]
        (self.directory / "in").write_bytes(pickle.dumps({"segments": [], "device_traces": traces}))
        self.convert("in")
        for key, name in (("site", lambda device, site: f"/x/d{device}.py:{site} f"),
                          ("stream", lambda device, site: str(65536 * (site + 1)))):  # fmt: skip
            summary = json.loads(self.snapq("summary", "out.zip", "--by", key, "--format", "json").stdout)
            self.assertEqual(len(summary["devices"]), devices)
            for device, shown in enumerate(summary["devices"]):
                rows = {row["key"]: row["bytes"] for row in shown["top"] if row["key"] != "[other]"}
                sizes = {name(device, site): 512 * (device + site + 1) for site in range(sites)}
                self.assertEqual(rows, sizes)
        labels = self.snapq("summary", "out.zip", "--by", "stream", "--device", "11").stdout
        for site in range(sites):
            self.assertIn(f"stream {site + 1} ({65536 * (site + 1):#x})", labels)
        diff = json.loads(self.snapq("diff", "out.zip", "out.zip", "--format", "json").stdout)
        self.assertEqual(len(diff["devices"]), devices)
        self.assertTrue(all(row["base_bytes"] == row["new_bytes"] for each in diff["devices"] for row in each["rows"]))


class NestedAnnotations(ProgramTest):
    def test_indents_of_named_spans_are_capped(self) -> None:
        depth = 5000
        annotations = [{"name": "s", "stage": stage, "device": 0, "time_us": first + i}
                       for stage, first in (("START", 0), ("END", depth)) for i in range(depth)]  # fmt: skip
        (self.directory / "in").write_bytes(annotated(annotations))
        self.convert("in")
        for format in ("csv", "table"):
            with self.subTest(format):
                result = self.run_bounded(48 * 1024, "query", "out.zip", "--named", "spans", "--format", format)
                lines = result.stdout.splitlines()
                self.assertGreater(len(lines), depth)
                self.assertLess(max(map(len, lines)), 300)
        rows = json.loads(self.snapq("query", "out.zip", "--named", "spans", "--format", "json").stdout)
        self.assertEqual([row["span"] for row in rows], [" " * (2 * min(i, 32)) + "s" for i in range(depth)])
        self.assertEqual([row["moment"] for row in rows], [f"span:s#{i}" for i in range(depth)])
        self.assertEqual(self.snapq("summary", "out.zip", "--at", f"span:s#{depth - 1}").returncode, 0)

    def test_numbers_of_spans_are_those_of_their_names(self) -> None:
        pairs = [("a", 0), ("b", 2), ("a", 4), ("a", 6), ("c", 8), ("b", 10)]
        annotations = [{"name": name, "stage": stage, "device": 0, "time_us": time + (stage == "END")}
                       for name, time in pairs for stage in ("START", "END")]  # fmt: skip
        (self.directory / "in").write_bytes(annotated(annotations))
        self.convert("in")
        rows = json.loads(self.snapq("query", "out.zip", "--named", "spans", "--format", "json").stdout)
        self.assertEqual([row["moment"] for row in rows], ["span:a#0", "span:b#0", "span:a#1", "span:a#2", "span:c", "span:b#1"])


if __name__ == "__main__":
    main()
