"""The options of convert have their documented effect."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from program import CORPUS, CPP_SAMPLE, SAMPLE, SAMPLE_DIVISOR, ProgramTest, extracted, main, meta

LEVELS = {"deflate": range(0, 4), "zstd": range(1, 20)}


class Reports(ProgramTest):
    def stats(self, source: Path, *options: str) -> dict[str, Any]:
        result = self.snapq("convert", source, "--stats=json", "-q", *options)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        document = json.loads(result.stdout)
        self.assertEqual((document["format_version"], len(document["conversions"])), (1, 1))
        return document["conversions"][0]

    def test_a_dry_run_prints_the_right_counts_and_writes_nothing(self) -> None:
        sources = (SAMPLE, CPP_SAMPLE, *sorted(CORPUS.glob("*.pickle"))[::SAMPLE_DIVISOR])
        for source in sources:
            for compression in ("deflate", "zstd", "store"):
                with self.subTest(source=source.name, compression=compression):
                    dry = self.stats(source, "--dry-run", "--compression", compression)
                    self.assertEqual(self.names(), [])
                    done = self.stats(source, "-o", "out.zip", "--compression", compression)
                    for name in ("input_bytes", "devices", "events", "allocations", "stacks", "points"):
                        self.assertEqual(dry[name], done[name], name)
                    for name in ("output_bytes", "timeline_bytes", "database_bytes"):
                        self.assertTrue(
                            done[name] / 2 <= dry[name] <= done[name] * 2, (name, dry[name], done[name])
                        )
                    self.assertEqual((dry["dry_run"], dry["output"]), (True, None))
                    (self.directory / "out.zip").unlink()

    def test_a_dry_run_prints_text_by_default(self) -> None:
        result = self.snapq("convert", "--dry-run", SAMPLE)
        self.assertEqual((result.returncode, result.stderr, self.names()), (0, "", []))
        for word in ("events", "allocations", "stacks", "points", "timeline", "database", "archive"):
            self.assertRegex(result.stdout, rf"(?m)^  {word} +(about )?[\d,.]+")

    def test_stats_as_json_are_all_of_stdout(self) -> None:
        report = self.stats(SAMPLE, "-o", "out.zip")
        self.assertEqual(report["output_bytes"], (self.directory / "out.zip").stat().st_size)
        self.assertEqual((report["input_bytes"], report["dry_run"]), (SAMPLE.stat().st_size, False))
        with zipfile.ZipFile(self.directory / "out.zip") as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
        self.assertEqual(report["timeline_bytes"], sizes["allocations.json"])
        self.assertEqual(report["database_bytes"], sizes["elements.db"])
        self.assertIsNone(report["heap_allocations"])  # counted by earlier versions
        self.assertEqual([phase["phase"] for phase in report["phases"]], ["decode", "replay", "write"])
        peak = 0
        for phase in report["phases"]:
            for name in ("wall_seconds", "cpu_seconds", "bytes_in", "bytes_out"):
                self.assertGreaterEqual(phase[name], 0)
            self.assertGreaterEqual(phase["vm_hwm_bytes"], max(peak, phase["vm_rss_bytes"] // 2))
            peak = phase["vm_hwm_bytes"]

    def test_json_of_a_dry_run_is_all_of_stdout_without_quiet(self) -> None:
        result = self.snapq("convert", SAMPLE, CPP_SAMPLE, "--dry-run", "--stats=json")
        self.assertEqual(len(json.loads(result.stdout)["conversions"]), 2)

    def test_stats_as_text(self) -> None:
        result = self.snapq("convert", SAMPLE, "-o", "out.zip", "--stats")
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("decode", "replay", "write", "VmHWM", "points"):
            self.assertIn(word, result.stdout)

    def test_quiet_hides_warnings_too(self) -> None:
        result = self.snapq("convert", SAMPLE, "-o", "loud.zip", "--max-points", "4")
        self.assertIn("snapq: warning: ", result.stderr)
        self.assertIn("loud.zip", result.stderr)
        result = self.snapq("convert", SAMPLE, "-o", "quiet.zip", "--max-points", "4", "-q")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


class Contents(ProgramTest):
    def rows(self, archive: Path, sql: str) -> list[tuple[Any, ...]]:
        folder = self.directory / f"rows-{archive.name}"
        shutil.rmtree(folder, ignore_errors=True)
        connection = sqlite3.connect(extracted(archive, folder))
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def elements(self, archive: Path) -> list[dict[str, Any]]:
        with zipfile.ZipFile(archive) as opened:
            return json.loads(opened.read("allocations.json"))

    def test_labels_and_ranks_are_kept(self) -> None:
        labels = (
            "--label",
            "model=gpt 2",
            "--label",
            "git=abc=def",
            "--label",
            "empty=",
            "--label",
            "git=last",
        )
        archive = self.convert(SAMPLE, *labels, "--rank", "3")
        found = meta(archive, self.directory / "rows")
        self.assertEqual(found["label.model"], "gpt 2")
        self.assertEqual((found["label.git"], found["label.empty"]), ("last", ""))
        self.assertEqual(int(found["rank"]), 3)

    def test_ranks_from_names(self) -> None:
        for name, options, rank in (
            ("rank7_mem.pickle", (), 7),
            ("mem_rank-12.pickle", (), 12),
            ("snapshot_3.pickle", (), 3),
            ("run.pickle", (), None),
            ("rank7_mem.pickle", ("--rank", "1"), 1),
            ("node_4_gpu.pickle", ("--rank-regex", r"node_(\d+)"), 4),
            ("rank7_mem.pickle", ("--rank-regex", r"node_(\d+)"), None),
        ):
            with self.subTest(name=name, options=options):
                shutil.copy(CPP_SAMPLE, self.directory / name)
                archive = self.convert(name, *options)
                folder = self.directory / "rows"
                shutil.rmtree(folder, ignore_errors=True)
                found = meta(archive, folder).get("rank")
                self.assertEqual(None if found is None else int(found), rank)

    def test_max_points(self) -> None:
        exact = self.elements(self.convert(SAMPLE, "--max-points", "0"))
        self.assertEqual(exact, self.elements(self.convert(SAMPLE)))
        most = max(len(element["offsets"]) for element in exact)
        self.assertGreater(most, 50)
        for limit in (4, 5, 10, 51, most):
            thinned = self.elements(self.convert(SAMPLE, "--max-points", str(limit)))
            self.assertEqual(len(thinned), len(exact))
            for one, other in zip(thinned, exact, strict=True):
                self.assertLessEqual(len(one["offsets"]), limit)
                if len(other["offsets"]) <= limit:
                    self.assertEqual(one, other)
                ends = [
                    (e["size"], e["timesteps"][0], e["timesteps"][-1], e["offsets"][0]) for e in (one, other)
                ]
                self.assertEqual(ends[0], ends[1])
            self.assertEqual(self.snapq("verify", "out.zip").returncode, 0)

    def test_every_level_gives_the_same_content(self) -> None:
        plain = self.convert(CPP_SAMPLE, "--layout", "dir", target="plain")
        wanted = {name: (plain / name).read_bytes() for name in ("allocations.json", "elements.db")}
        for method, levels in LEVELS.items():
            sizes = []
            for level in levels:
                target = f"{method}{level}"
                archive = self.convert(
                    CPP_SAMPLE, "--compression", method, "--level", str(level), target=target
                )
                sizes.append(archive.stat().st_size)
                extracted(archive, self.directory / f"{target}.d")
                for name, data in wanted.items():
                    self.assertTrue(
                        (self.directory / f"{target}.d" / name).read_bytes() == data, (target, name)
                    )
            self.assertLess(min(sizes[1:]), sizes[0] + 1)

    def test_unzip_and_zipfile_read_the_default(self) -> None:
        archive = self.convert(SAMPLE)
        with zipfile.ZipFile(archive) as opened:
            self.assertIsNone(opened.testzip())
            self.assertEqual(opened.namelist(), ["allocations.json", "elements.db", "manifest.json"])
            self.assertEqual({info.compress_type for info in opened.infolist()}, {zipfile.ZIP_DEFLATED})
            self.assertEqual({info.date_time for info in opened.infolist()}, {(1980, 1, 1, 0, 0, 0)})
        if shutil.which("unzip"):
            self.assertIn("No errors detected", self.run_tool("unzip", "-t", archive))

    def run_tool(self, *command: str | Path) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def test_one_device_of_several(self) -> None:
        snapshot = pickle.loads(SAMPLE.read_bytes())
        snapshot["device_traces"] = [snapshot["device_traces"][0][:400], snapshot["device_traces"][0]]
        for number, segment in enumerate(snapshot["segments"]):
            segment["device"] = number % 2
        (self.directory / "two.pickle").write_bytes(pickle.dumps(snapshot))
        both = self.convert("two.pickle", target="both.zip")
        with zipfile.ZipFile(both) as opened:
            self.assertEqual(
                opened.namelist(),
                ["allocations.json", "elements.db", "allocations.device1.json", "manifest.json"],
            )
        self.assertEqual(self.rows(both, "SELECT device FROM devices ORDER BY device"), [(0,), (1,)])
        for device in (0, 1):
            one = self.convert("two.pickle", "--device", str(device), target=f"{device}.zip")
            self.assertEqual(self.rows(one, "SELECT device FROM devices"), [(device,)])
            sql = f"SELECT idx, size, start_timestep, end_timestep FROM allocations WHERE device = {device} ORDER BY idx"
            self.assertEqual(self.rows(one, sql), self.rows(both, sql))
            with zipfile.ZipFile(both) as opened, zipfile.ZipFile(one) as single:
                name = "allocations.json" if device == 0 else "allocations.device1.json"
                self.assertEqual(opened.read(name), single.read("allocations.json"))
        self.assertEqual(self.snapq("verify", "both.zip", "0.zip", "1.zip").returncode, 0)

    def test_names_of_archives(self) -> None:
        for name, expected in (
            ("run.pickle", "run.zip"),
            ("run.pickle.gz", "run.zip"),
            ("run.v2.pkl", "run.v2.zip"),
            ("run", "run.zip"),
        ):
            folder = self.directory / re.sub(r"\W", "_", name)
            folder.mkdir()
            shutil.copy(CPP_SAMPLE, folder / name)
            result = self.snapq("convert", f"{folder.name}/{name}")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.names(folder.name), sorted([name, expected]))


if __name__ == "__main__":
    main()
