"""info, extract and verify on undamaged archives, on those of SnapViewer's converter, and on damaged ones."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from program import CPP_SAMPLE, SAMPLE, SNAPQ, ProgramTest, Result, bytes_of, main


class ArchiveTest(ProgramTest):
    def json_of(self, *arguments: str | Path) -> Any:
        result = self.snapq(*arguments, "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def snapviewer_zip(self) -> Path:
        """An archive like those of SnapViewer's converter: two entries, one table."""
        database = self.directory / "elements.db"
        connection = sqlite3.connect(database)
        connection.execute(
            "CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, end_time INTEGER, "
            "callstack TEXT)"
        )
        connection.executemany(
            "INSERT INTO allocs VALUES(?, ?, ?, ?, 'f')", [(0, 512, 0, 2), (1, 1024, 1, 2)]
        )
        connection.commit()
        connection.close()
        elements = [
            {"timesteps": [0, 2], "offsets": [0, 0], "size": 512},
            {"timesteps": [1, 2], "offsets": [512, 512], "size": 1024},
        ]
        target = self.directory / "foreign.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("allocations.json", json.dumps(elements))
            archive.write(database, "elements.db")
        database.unlink()
        return target


class Info(ArchiveTest):
    def test_info_lists_the_contents_of_the_archive(self) -> None:
        archive = self.convert(SAMPLE, "--label", "run=7", "--rank", "2", "--preexisting", "freed")
        info = self.json_of("info", archive)
        self.assertEqual((info["format_version"], info["kind"]), (1, "snapq zip"))
        self.assertEqual(info["bytes"], archive.stat().st_size)
        manifest = info["manifest"]
        self.assertEqual(
            manifest["source"], {"name": SAMPLE.name, "bytes": SAMPLE.stat().st_size, "kind": "pickle"}
        )
        self.assertEqual((manifest["labels"], manifest["rank"]), ({"run": "7"}, 2))
        self.assertEqual((manifest["preexisting"], manifest["timeline_exact"]), ("freed", True))
        self.assertEqual((manifest["devices"], manifest["viewer_device"]), ([0], 0))
        with zipfile.ZipFile(archive) as opened:
            wanted = [(entry.filename, entry.file_size, entry.compress_size) for entry in opened.infolist()]
        self.assertEqual([(e["name"], e["size"], e["compressed_size"]) for e in info["entries"]], wanted)

    def test_row_counts_are_those_of_the_tables(self) -> None:
        archive = self.convert(SAMPLE)
        tables = {table["name"]: table for table in self.json_of("info", archive)["tables"]}
        self.snapq("extract", archive, "-d", "out")
        connection = sqlite3.connect(self.directory / "out" / "elements.db")
        self.addCleanup(connection.close)
        names = connection.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"
        ).fetchall()
        self.assertEqual({(name, table["type"]) for name, table in tables.items()}, set(names))
        for name, kind in names:
            if kind == "table":
                count = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                self.assertEqual(tables[name]["rows"], count, name)
            else:
                self.assertIsNone(tables[name]["rows"])

    def test_every_kind_of_archive(self) -> None:
        folder = self.convert(SAMPLE, "--layout", "dir", target="folder")
        zstd = self.convert(SAMPLE, "--compression", "zstd", target="zstd.zip")
        for path, kind, has_manifest in (
            (folder, "snapq folder", True),
            (zstd, "snapq zip", True),
            (self.snapviewer_zip(), "SnapViewer zip", False),
            (SAMPLE, "raw snapshot", True),
        ):
            with self.subTest(kind=kind):
                info = self.json_of("info", path)
                self.assertEqual((info["kind"], info["manifest"] is not None), (kind, has_manifest))
                self.assertIn("elements.db", [entry["name"] for entry in info["entries"]])
                text = self.snapq("info", path)
                self.assertEqual(text.returncode, 0, text.stderr)
                self.assertIn(kind, text.stdout)

    def test_a_snapshot_leaves_no_temporary(self) -> None:
        place = self.directory / "tmp"
        place.mkdir()
        command = [SNAPQ, "info", SAMPLE]
        result = subprocess.run(command, env={"TMPDIR": str(place)}, capture_output=True, check=True)
        self.assertIn(b"note", result.stderr)
        self.assertEqual(self.names("tmp"), [])

    def test_files_that_are_not_archives_are_refused(self) -> None:
        (self.directory / "text").write_text("hello")
        (self.directory / "empty").mkdir()
        for name in ("missing.zip", "text", "empty"):
            result = self.snapq("info", name)
            self.assertEqual((result.returncode, result.stdout), (3, ""), name)
            self.assertIn(f"snapq: error: {name}", result.stderr)


class Extract(ArchiveTest):
    def test_an_archive_is_not_extracted_onto_itself(self) -> None:
        """With another viewer device, its manifest would be wrong."""
        folder = self.convert(SAMPLE, "--layout", "dir", target="folder")
        before = bytes_of(folder)
        for name in ("folder", "./folder/", "link"):
            if name == "link":
                (self.directory / name).symlink_to("folder")
            result = self.snapq("extract", folder, "-d", name, "--force")
            self.assert_refused(result, 2, "would be replaced by the extracted files")
            self.assertEqual(bytes_of(folder), before)

    def test_the_files_are_those_that_snapviewer_loads(self) -> None:
        for compression in ("deflate", "zstd", "store"):
            archive = self.convert(SAMPLE, "--compression", compression)
            folder = self.directory / compression
            result = self.snapq("extract", archive, "-d", folder)
            self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)
            self.assertEqual(self.names(compression), ["allocations.json", "elements.db"])
            elements = json.loads((folder / "allocations.json").read_text())
            connection = sqlite3.connect(folder / "elements.db")
            rows = connection.execute(
                "SELECT idx, size, start_time, end_time, callstack FROM allocs ORDER BY idx"
            )
            for element, row in zip(elements, rows.fetchall(), strict=True):
                self.assertEqual(sorted(element), ["offsets", "size", "timesteps"])
                self.assertEqual(
                    (row[1:4]), (element["size"], element["timesteps"][0], element["timesteps"][-1])
                )
                self.assertIsInstance(row[4], str)
            plan = connection.execute(
                "EXPLAIN QUERY PLAN SELECT callstack FROM allocs WHERE idx = 7"
            ).fetchall()
            self.assertTrue(all("SCAN" not in step[3] for step in plan), plan)
            connection.close()

    def test_another_device_can_be_extracted(self) -> None:
        archive = self.convert(CPP_SAMPLE)
        viewer = self.json_of("info", archive)["manifest"]["viewer_device"]
        result = self.snapq("extract", archive, "-d", "out", "--device", str(viewer))
        self.assertEqual(result.returncode, 0, result.stderr)
        result = self.snapq("extract", archive, "-d", "none", "--device", "9")
        self.assert_refused(result, 2, "device 9")
        self.assertEqual(self.names(), ["out", "out.zip"])

    def test_existing_files_stay_without_force(self) -> None:
        archive = self.convert(SAMPLE)
        folder = self.directory / "out"
        folder.mkdir()
        (folder / "elements.db").write_text("mine")
        (folder / "notes.txt").write_text("mine")
        self.assert_refused(self.snapq("extract", archive, "-d", "out"), 2, "elements.db")
        self.assertEqual(self.names("out"), ["elements.db", "notes.txt"])
        self.assertEqual((folder / "elements.db").read_text(), "mine")
        self.assertEqual(self.snapq("extract", archive, "-d", "out", "-f").returncode, 0)
        self.assertEqual(self.names("out"), ["allocations.json", "elements.db", "notes.txt"])

    def test_a_raw_snapshot_is_extracted_exactly(self) -> None:
        self.snapq("extract", self.convert(SAMPLE), "-d", "from-archive")
        result = self.snapq("extract", SAMPLE, "-d", "from-snapshot")
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("allocations.json", "elements.db"):
            one, other = (self.directory / folder / name for folder in ("from-archive", "from-snapshot"))
            self.assertTrue(one.read_bytes() == other.read_bytes(), name)

    def test_names_in_a_hostile_zip_are_not_used_as_paths(self) -> None:
        for name in ("../../escaped", "/tmp/snapq-escaped", "deep/../../escaped"):
            archive = self.snapviewer_zip()
            with zipfile.ZipFile(archive, "a") as opened:
                opened.writestr(name, "x")
            (self.directory / "deep").mkdir()
            result = self.snapq("extract", archive, "-d", "deep/er")
            self.assert_refused(result, 3, "foreign.zip", name)
            self.assertEqual((self.names(), self.names("deep")), (["deep", "foreign.zip"], []))
            self.assertFalse(Path("/tmp/snapq-escaped").exists())
            (self.directory / "deep").rmdir()

    def test_damage_leaves_nothing(self) -> None:
        data = bytearray(self.convert(SAMPLE).read_bytes())
        data[len(data) // 2] ^= 1
        (self.directory / "bad.zip").write_bytes(data)
        self.assert_refused(self.snapq("extract", "bad.zip", "-d", "out"), 3, "bad.zip")
        self.assertEqual(self.names(), ["bad.zip", "out.zip"])

    def test_missing_directory_option(self) -> None:
        self.assert_refused(self.snapq("extract", self.convert(SAMPLE)), 2, "--directory")


class Verify(ArchiveTest):
    def damaged(self, result: Result, name: str) -> None:
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertTrue(result.stderr.startswith(f"snapq: error: {name}"), result.stderr)

    def test_good_archives_pass(self) -> None:
        self.convert(SAMPLE, target="deflate.zip")
        self.convert(SAMPLE, "--compression", "zstd", target="zstd.zip")
        self.convert(SAMPLE, "--compression", "store", target="store.zip")
        self.convert(SAMPLE, "--layout", "dir", target="folder")
        self.snapq("extract", "zstd.zip", "-d", "extracted")
        self.snapviewer_zip()
        names = self.names()
        document = self.json_of("verify", *names)
        self.assertEqual([archive["archive"] for archive in document["archives"]], names)
        for archive in document["archives"]:
            self.assertEqual((archive["ok"], archive["damage"]), (True, []))
            checks = [check["name"] for check in archive["checks"]]
            self.assertIn("database", checks)
            self.assertTrue(any(check.startswith("timeline") for check in checks), checks)

    def test_names_that_no_file_can_have(self) -> None:
        (self.directory / "loop").symlink_to("loop")
        for name, why in (("loop", "Too many levels of symbolic links"), ("x" * 300, "File name too long")):
            for command in (("verify",), ("info",), ("summary",), ("query", "SELECT 1")):
                with self.subTest(command=command[0], name=name):
                    result = self.snapq(command[0], name, *command[1:])
                    self.assert_refused(result, 3, f"{name}: cannot be opened: {why}")

    def test_any_flipped_byte_is_found_or_harmless(self) -> None:
        """Most bytes have a checksum. The others (times, versions of the zip) must not change what is read."""
        for options in ((), ("--compression", "zstd"), ("--compression", "store")):
            good = self.convert(CPP_SAMPLE, *options)
            self.snapq("extract", good, "-d", "good", "-f")
            whole = [
                (self.directory / "good" / name).read_bytes() for name in ("allocations.json", "elements.db")
            ]
            rng = random.Random(17)
            found = 0
            for position in sorted(rng.sample(range(good.stat().st_size), 40)):
                data = bytearray(good.read_bytes())
                data[position] ^= 1 << rng.randrange(8)
                (self.directory / "bad.zip").write_bytes(data)
                result = self.snapq("verify", "bad.zip", "-q")
                if result.returncode != 0:
                    self.damaged(result, "bad.zip")
                    found += 1
                    continue
                self.snapq("extract", "bad.zip", "-d", "bad", "-f")
                read = [
                    (self.directory / "bad" / name).read_bytes()
                    for name in ("allocations.json", "elements.db")
                ]
                self.assertTrue(read == whole, f"byte {position}")
            self.assertGreater(found, 35)

    def test_truncated_archives(self) -> None:
        data = self.convert(SAMPLE).read_bytes()
        for size in (40, len(data) // 2, len(data) - 30, len(data) - 1):
            (self.directory / "bad.zip").write_bytes(data[:size])
            self.damaged(self.snapq("verify", "bad.zip"), "bad.zip")

    def test_an_entry_that_contradicts_the_database(self) -> None:
        folder = self.convert(SAMPLE, "--layout", "dir", target="folder")
        (folder / "manifest.json").unlink()
        connection = sqlite3.connect(folder / "elements.db")
        connection.execute("UPDATE allocations SET size = size + 1 WHERE idx = 3")
        connection.commit()
        connection.close()
        result = self.snapq("verify", "folder", "--format", "json")
        self.damaged(result, "folder")
        damage = json.loads(result.stdout)["archives"][0]["damage"]
        self.assertEqual(damage[0]["entry"], "allocations.json")

    def test_an_entry_that_is_gone(self) -> None:
        folder = self.convert(SAMPLE, "--layout", "dir", target="folder")
        (folder / "allocations.json").unlink()
        self.damaged(self.snapq("verify", "folder"), "folder")

    def test_several_archives_are_all_checked(self) -> None:
        good = self.convert(SAMPLE, target="a.zip")
        data = bytearray(good.read_bytes())
        data[len(data) // 3] ^= 4
        (self.directory / "b.zip").write_bytes(data)
        shutil.copy(good, self.directory / "c.zip")
        result = self.snapq("verify", "a.zip", "b.zip", "missing.zip", "c.zip")
        self.assertEqual(result.returncode, 3)
        failed = "b.zip (damaged), missing.zip (does not exist)"
        self.assertEqual(result.stderr, f"snapq: error: 2 of 4 archives failed verification: {failed}\n")
        self.assertEqual(result.stdout.count("\nwhole\n"), 2)

    def test_files_that_are_not_archives_are_not_called_damaged(self) -> None:
        for name, words in ((SAMPLE, "is not a snapq archive"), ("missing.zip", "does not exist")):
            result = self.snapq("verify", name)
            self.assert_refused(result, 3, words)

    def test_quiet_prints_errors_only(self) -> None:
        result = self.snapq("verify", "-q", self.convert(SAMPLE))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


if __name__ == "__main__":
    main()
