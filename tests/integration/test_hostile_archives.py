"""Hostile archives and every command that reads archives: the command ends with exit code 3 and one line that says what
is wrong and where, runs nothing, writes nothing, and takes bounded memory and time.

test_query.py tests the SQL of a user on such databases.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from program import CPP_SAMPLE, SAMPLE_DIVISOR, ProgramTest, main, remove
from raw_zip import Member, deflated, members_of, zip_bytes

MEMORY_KIB = 48 << 10
SQL = "SELECT idx, size, start_time, end_time, callstack FROM allocs"
COMMANDS: dict[str, tuple[str, ...]] = {
    "info": ("info", "{}"),
    "verify": ("verify", "{}"),
    "query": ("query", "{}", SQL),
    "summary": ("summary", "{}"),
    "diff": ("diff", "{}", "good.zip"),
    "diff, new": ("diff", "good.zip", "{}"),
    "extract": ("extract", "{}", "-d", "out"),
    "report": ("report", "{}", "-q", "-f", "-o", "out"),
    "report, base": ("report", "good.zip", "--base", "{}", "-q", "-f", "-o", "out"),
    "export": ("export", "{}", "--format", "parquet", "-q", "-o", "out"),
}
FEW = ("verify", "query", "extract")  # where there are many cases; the others open an archive in the same way
# Those that open the archive only to look into its database.
OPENING = {name: COMMANDS[name] for name in COMMANDS if name != "extract"}
# The sample has device 1 only; SECOND_DEVICE adds one without allocations.
EXTRACT_DEVICE = {"extract --device": ("extract", "{}", "--device", "0", "-d", "out")}
SECOND_DEVICE = (
    "CREATE TEMP TABLE one AS SELECT * FROM devices; UPDATE one SET device = 0, allocation_count = 0;"
    "INSERT INTO devices SELECT * FROM one;"
)
COMMANDS_BY_NAME = COMMANDS | EXTRACT_DEVICE
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class HostileArchive(ProgramTest):
    """`good.zip` is a small archive made by snapq; `bad` is the copy that a test has changed."""

    def setUp(self) -> None:
        super().setUp()
        self.good = self.convert(CPP_SAMPLE, "--max-points", "4", target="good.zip")

    def refuse(self, bad: str, words: Iterable[str], commands: Iterable[str] = COMMANDS) -> None:
        """Exit 3 with the archive's name and the words; verify prints its findings, and leaves its verdict."""
        before = self.names()
        for name in commands:
            with self.subTest(name):
                result = self.run_bounded(MEMORY_KIB, *(part.format(bad) for part in COMMANDS_BY_NAME[name]))
                self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
                lines = [line for line in result.stderr.splitlines() if not line.startswith("snapq: note: ")]
                self.assertTrue(lines and lines[0].startswith("snapq: error: "), result.stderr)
                self.assertTrue(all(line.startswith("snapq: hint: ") for line in lines[1:]), result.stderr)
                self.assertIn(bad, lines[0])
                self.assertIsNone(CONTROL.search(result.stdout + result.stderr))
                for word in words:
                    self.assertIn(word, lines[0])
                self.assertEqual(self.names(), before)

    def write(self, members: list[Member]) -> str:
        (self.directory / "bad.zip").write_bytes(zip_bytes(members))
        return "bad.zip"

    def changed(self, change: Callable[[dict[str, Member]], Any]) -> str:
        """The good archive with one of its members changed."""
        members = members_of(self.good)
        change({member.name: member for member in members})
        return self.write(members)

    def folder(self, sql: str) -> str:
        """The good archive as a folder, whose database has no checksum, after some SQL has changed it."""
        shutil.rmtree(self.directory / "bad", ignore_errors=True)
        self.assertEqual(self.snapq("extract", "-q", self.good, "-d", "bad").returncode, 0)
        connection = sqlite3.connect(self.directory / "bad" / "elements.db")
        connection.executescript(sql)
        connection.commit()
        connection.close()
        return "bad"

    def answers(self, bad: str, code: int = 0, commands: Iterable[str] = COMMANDS) -> None:
        for name in commands:
            with self.subTest(name):
                result = self.run_bounded(MEMORY_KIB, *(part.format(bad) for part in COMMANDS_BY_NAME[name]))
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIsNone(CONTROL.search(result.stdout + result.stderr))
                remove(self.directory / "out")


class Zips(HostileArchive):
    def test_names_that_could_leave_a_folder(self) -> None:
        for name, shown in {
            "/etc/passwd": "/etc/passwd", "../../up": "../../up", "a/../../up": "a/../../up", "..": "..",
            "c:\\windows": "c:\\x5cwindows", "": "(no name)", "/a\x1b[2J\nb": "/a\\x1b[2J\\x0ab",
        }.items():  # fmt: skip
            with self.subTest(name):
                bad = self.write([*members_of(self.good), Member(name, b"x")])
                self.refuse(bad, [shown, "is not allowed", "byte "])
        self.assertEqual(self.names(), ["bad.zip", "good.zip"])

    def test_two_entries_of_one_name(self) -> None:
        for name in ("elements.db", "allocations.json", "manifest.json", "other"):
            twice = [Member(name, b"x"), Member(name, b"y")] if name == "other" else [Member(name, b"x")]
            with self.subTest(name):
                self.refuse(self.write([*members_of(self.good), *twice]), [name, "two entries", "byte "])

    def test_overlapping_entries(self) -> None:
        members = members_of(self.good)
        inside = Member("inside", b"inner")
        outer = Member("outer", b"#" * 20 + inside.local() + b"inner")
        before = sum(len(member.local()) + len(member.packed) for member in members)
        inside.offset = before + len(outer.local()) + 20
        # The directory has a record of this member, but its bytes are inside the other member.
        whole = zip_bytes([*members, outer])
        end = len(whole) - 22
        size, offset = struct.unpack_from("<II", whole, end + 12)
        count = len(members) + 2
        bad = whole[:end] + inside.record(0)
        bad += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size + len(inside.record(0)), offset, 0)
        (self.directory / "bad.zip").write_bytes(bad)
        self.refuse("bad.zip", ["inside: overlaps with outer", "byte "])

    def test_two_entries_of_the_same_bytes(self) -> None:
        members = members_of(self.good)
        members.append(Member(members[0].name[:-1] + "x", members[0].packed, members[0].method, members[0].size,
                              members[0].crc, offset=0))  # fmt: skip
        self.refuse(self.write(members), ["the zip directory points to something else"])

    def test_wrong_sizes_and_checksums(self) -> None:
        for name in ("elements.db", "manifest.json"):
            for label, change in {
                "larger": {"size": 1 << 20}, "smaller": {"size": 100}, "checksum": {"crc": 7},
                "packed larger": {"packed_size": 1 << 30}, "packed smaller": {"packed_size": 50},
                "method": {"method": 99}, "encrypted": {"flags": 1},
            }.items():  # fmt: skip
                with self.subTest(f"{name}: {label}"):

                    def lie(members: dict[str, Member], change: dict[str, int] = change, name: str = name) -> None:
                        for key, value in change.items():
                            setattr(members[name], key, value)
                            members[name].central[key] = value

                    self.refuse(self.changed(lie), [name], FEW)
                with self.subTest(f"{name}: {label} in the directory alone"):

                    def contradict(members: dict[str, Member], change: dict[str, int] = change, name: str = name) -> None:
                        members[name].central.update(change)

                    self.refuse(self.changed(contradict), [name, "byte "], FEW)

    def test_wrong_sizes_and_checksums_without_seek_points(self) -> None:
        """In an archive without seek points, they are found at the end of the entry."""
        database = self.viewer_database()
        for label, change, words in (
            ("larger", {"size": len(database) + 1}, "fewer bytes"),
            ("smaller", {"size": len(database) - 1}, "more bytes"),
            ("checksum", {"crc": 1}, "checksum"),
        ):
            with self.subTest(label):
                bad = self.write([deflated("allocations.json", b"[]"), deflated("elements.db", database, **change)])
                self.refuse(bad, ["elements.db", words, "byte "])

    def test_decompression_bombs(self) -> None:
        bomb = deflated("elements.db", [b"SQLite format 3\0", *[bytes(1 << 20)] * 100])
        self.refuse(self.write([deflated("allocations.json", b"[]"), bomb]), ["elements.db"])
        claim = deflated("elements.db", b"SQLite format 3\0" + bytes(4000), size=0xFFFFFFF0)
        self.refuse(self.write([deflated("allocations.json", b"[]"), claim]),
                    ["elements.db: unpacks to more than 2000 times its size", "byte "])  # fmt: skip
        self.refuse(self.changed(lambda members: members.update(self.inflate_manifest(members))),
                    ["manifest.json: is larger than the format allows"])  # fmt: skip
        self.assertLess(sum(path.stat().st_size for path in self.directory.iterdir()), 2 << 20)

    @staticmethod
    def inflate_manifest(members: dict[str, Member]) -> dict[str, Member]:
        huge = deflated("manifest.json", [b" " * (1 << 20)] * 60)
        old = members["manifest.json"]
        old.packed, old.method, old.size, old.crc, old.packed_size = huge.packed, 8, huge.size, huge.crc, len(huge.packed)
        return {}

    def viewer_database(self) -> bytes:
        file = self.directory / "viewer.db"
        connection = sqlite3.connect(file)
        connection.executescript(
            "CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, end_time INTEGER, callstack TEXT)"
        )
        connection.close()
        data = file.read_bytes()
        file.unlink()
        return data


class Manifests(HostileArchive):
    def with_manifest(self, change: Callable[[dict[str, Any]], Any]) -> str:
        def replace(members: dict[str, Member]) -> None:
            entry = members["manifest.json"]
            raw = zlib.decompress(entry.packed, -zlib.MAX_WBITS)
            document = json.loads(raw)
            change(document)
            new = deflated("manifest.json", json.dumps(document).encode())
            entry.packed, entry.size, entry.crc, entry.packed_size = new.packed, new.size, new.crc, len(new.packed)

        return self.changed(replace)

    def test_wrong_seek_points(self) -> None:
        def database(document: dict[str, Any]) -> dict[str, Any]:
            return next(entry for entry in document["entries"] if entry["name"] == "elements.db")

        def first_chunk(place: int, value: int) -> Callable[[dict[str, Any]], None]:
            return lambda document: database(document)["chunks"][0].__setitem__(place, value)

        def moved(document: dict[str, Any]) -> None:
            chunks = database(document)["chunks"]
            chunks[0][0] -= 7
            chunks[1][0] += 7

        def swapped(document: dict[str, Any]) -> None:
            chunks = database(document)["chunks"]
            chunks[0], chunks[1] = chunks[1], chunks[0]

        for label, change, words in (
            ("a chunk of 2^63 bytes", first_chunk(0, 1 << 63), ["manifest.json"]),
            ("a chunk of 2^64 - 1 raw bytes", first_chunk(1, (1 << 64) - 1), ["manifest.json", "larger than the format allows"]),
            ("a chunk of 16 MiB raw", first_chunk(1, 16 << 20), ["manifest.json"]),
            ("a negative chunk", first_chunk(0, -1), ["manifest.json"]),
            ("a checksum of 33 bits", first_chunk(2, 1 << 33), ["manifest.json"]),
            ("a wrong checksum", first_chunk(2, 1), ["elements.db", "chunk 0 is damaged", "byte "]),
            ("chunks that begin elsewhere", moved, ["elements.db", "chunk", "damaged", "byte "]),
            ("chunks in another order", swapped, ["elements.db", "chunk", "damaged", "byte "]),
            ("no chunks", lambda d: database(d)["chunks"].clear(), ["manifest.json", "do not add up"]),
            ("a text for chunks", lambda d: database(d).__setitem__("chunks", "x"), ["manifest.json"]),
            ("another size", lambda d: database(d).__setitem__("size", 1), ["manifest.json", "do not add up"]),
            ("an entry that is not there", lambda d: database(d).__setitem__("name", "../x"), ["../x"]),
            ("an entry twice", lambda d: d["entries"].append(database(d)), ["manifest.json", "elements.db", "twice"]),
            ("deeply nested", lambda d: d.__setitem__("x", json.loads("[" * 900 + "]" * 900)), []),
        ):  # fmt: skip
            with self.subTest(label):
                bad = self.with_manifest(change)
                if label == "deeply nested":  # ignored, like an unknown member of a later version
                    self.assertEqual(self.run_bounded(MEMORY_KIB, "info", bad).returncode, 0)
                    continue
                # Commands that do not read a damaged chunk may succeed; verify finds it in any case.
                is_chunk = "damaged" in words
                self.refuse(bad, words, ("verify", "extract") if is_chunk else COMMANDS)


class Databases(HostileArchive):
    """Databases of unknown origin in a folder, where they have no checksum."""

    def test_endless_views_are_refused(self) -> None:
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        for table, commands in (("devices", FEW), ("meta", OPENING)):
            with self.subTest(table):
                bad = self.folder(
                    f"ALTER TABLE {table} RENAME TO hidden; CREATE VIEW {table} AS {endless} "
                    f"SELECT hidden.* FROM hidden, n WHERE n.x < 0;"
                )
                self.refuse(bad, [f"elements.db: view {table} has WITH"], commands)

    def test_an_endless_join_is_ended(self) -> None:
        bad = self.folder(
            "ALTER TABLE live_stacks RENAME TO hidden; CREATE VIEW live_stacks AS SELECT hidden.* FROM hidden, "
            + ", ".join(f"stack_frames AS f{i}" for i in range(12))
            + f" WHERE {' + '.join(f'f{i}.depth' for i in range(12))} < 0;"
        )
        self.refuse(bad, ["more work than a database of its size can need"], ("summary", "diff", "report"))
        named = self.run_bounded(MEMORY_KIB, "query", bad, "--named", "top-sites", "--timeout", "1000")
        self.assert_refused(named, 3, "bad: named query top-sites: its database takes more work than")

    def test_a_record_that_claims_gigabytes_is_an_input_error(self) -> None:
        bad = self.folder(
            "PRAGMA page_size=512; VACUUM; CREATE TABLE t(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
            "INSERT INTO t VALUES ('a', hex(zeroblob(50))), ('b', hex(zeroblob(50))), ('recognised', 'value');"
        )
        database = self.directory / bad / "elements.db"
        data = bytearray(database.read_bytes())
        record = data.index(b"recognised") - 4  # after its size, the size of its header and two types
        data[record : record + 5] = b"\xef\xfc\xdc\xec\x70"  # 4 GB in five bytes
        database.write_bytes(data)
        result = self.run_bounded(MEMORY_KIB, "query", bad, "SELECT * FROM t")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("SQLite: out of memory (SELECT * FROM t): a query may take at most 64.00 MiB", result.stderr)

    def test_views_that_call_functions_are_refused(self) -> None:
        for call in ("load_extension('x')", "readfile('/etc/passwd')", "writefile('x', 'y')", "fts3_tokenizer('x')",
                     "edit('x')", "callstack(0)"):  # fmt: skip
            with self.subTest(call):
                bad = self.folder(
                    f"ALTER TABLE devices RENAME TO hidden; CREATE VIEW devices AS SELECT {call} AS device, * FROM hidden;"
                )
                self.refuse(bad, [f"elements.db: view devices calls {call[:call.index('(')]}"], ("summary",))

    # Each is a single call that takes hours and cannot be interrupted.
    LONG_CALLS = (
        "instr(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1' || {0}) = 0",
        "length(printf('%.*c', 2000000000, {0})) > 0",
        "json_patch(replace(hex(zeroblob(2000000)), '00', {0}), replace(hex(zeroblob(2000000)), '00', {0})) IS NULL",
        "length(trim(hex(zeroblob(7000000)), hex(zeroblob(7000000)) || {0})) > 0",
        "replace(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1' || {0}, '') IS NOT NULL",
        "hex(zeroblob(7000000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%1' || {0}",
    )
    PLACES = {
        "view": ("CREATE VIEW meta AS SELECT * FROM hidden WHERE {}", "view meta "),
        "generated column": ("CREATE TABLE meta(key, value, long AS ({}))", "table meta has a generated column"),
        "check": ("CREATE TABLE meta(key, value CHECK({}))", "table meta has a CHECK constraint"),
        "index": ("CREATE TABLE meta(key, value); CREATE INDEX i ON meta({})", "index i is on an expression"),
        "condition of an index": ("CREATE TABLE meta(key, value); CREATE INDEX i ON meta(key) WHERE {}", "index i is on"),
        "trigger": ("CREATE TABLE meta(key, value); CREATE TRIGGER t AFTER UPDATE ON meta BEGIN "
                    "SELECT {} FROM hidden; END", "trigger t is not accepted"),
    }  # fmt: skip

    def test_very_long_calls_in_a_schema_are_refused(self) -> None:
        for place, (statement, words) in self.PLACES.items():
            with self.subTest(place):
                sql = statement.format(self.LONG_CALLS[0].format("key"))
                bad = self.folder(f"{SECOND_DEVICE} ALTER TABLE meta RENAME TO hidden; {sql};")
                self.refuse(bad, [f"elements.db: {words}"], {**OPENING, **EXTRACT_DEVICE})

    def test_very_long_calls_in_the_archive_of_another_program_are_refused(self) -> None:
        for call in self.LONG_CALLS:
            with self.subTest(call):
                connection = sqlite3.connect(self.directory / "viewer.db")
                connection.executescript(
                    "CREATE TABLE h(idx INTEGER PRIMARY KEY, size INT, start_time INT, end_time INT, callstack TEXT);"
                    f"CREATE VIEW allocs AS SELECT * FROM h WHERE {call.format('idx')};"
                )
                connection.close()
                database = (self.directory / "viewer.db").read_bytes()
                (self.directory / "viewer.db").unlink()
                bad = self.write([deflated("allocations.json", b"[]"), deflated("elements.db", database)])
                self.refuse(bad, ["bad.zip: elements.db: view allocs "], ("summary", "query"))

    def test_views_that_multiply_each_other_are_refused(self) -> None:
        tower = "CREATE VIEW v0 AS SELECT * FROM allocations;" + "".join(
            f"CREATE VIEW v{i} AS SELECT * FROM v{i - 1} UNION ALL SELECT * FROM v{i - 1};" for i in range(1, 40)
        )
        self.refuse(self.folder(tower), ["view v1 reads another view, v0"], ("info", "query"))

    def test_what_is_refused_is_not_called_damaged(self) -> None:
        bad = self.folder("CREATE VIEW v AS SELECT trim(key) FROM meta;")
        words = "elements.db: view v calls trim"
        result = self.snapq("verify", bad)
        self.assertEqual(result.returncode, 3)
        self.assertIn(f"snapq: error: {bad}: snapq refuses its database: {words}\n", result.stderr)
        self.assertIn(f"\nrefused by snapq:\n  {words}\n", result.stdout)
        self.assertNotIn("damage", result.stdout + result.stderr.replace("need not be damaged", ""))
        several = self.snapq("verify", bad, "good.zip", "--format", "json")
        self.assertEqual(several.returncode, 3)
        self.assertIn(f"{bad} (refused: {words})", several.stderr)
        damage = json.loads(several.stdout)["archives"][0]["damage"]
        self.assertEqual([(each["entry"], each["refused"]) for each in damage], [("elements.db", True)])

    def test_triggers_are_refused(self) -> None:
        bad = self.folder("CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM allocations; END;")
        self.refuse(bad, ["trigger t is not accepted"], OPENING)

    def test_indexes_and_views_of_a_user_are_accepted(self) -> None:
        self.answers(self.folder(
            "CREATE INDEX by_size ON allocations(size DESC); CREATE VIEW large AS SELECT device, max(size) AS size "
            "FROM allocations GROUP BY device; CREATE TABLE notes(text UNIQUE);"
        ))  # fmt: skip

    def test_a_log_beside_the_database_keeps_the_viewer_device(self) -> None:
        self.answers(self.folder(SECOND_DEVICE), 0, EXTRACT_DEVICE)
        bad = self.folder(SECOND_DEVICE + "PRAGMA journal_mode=WAL;")
        self.answers(bad)
        self.refuse(bad, ["bad: elements.db: uses a write-ahead log"], EXTRACT_DEVICE)

    def test_virtual_tables_are_not_opened(self) -> None:
        for module in ("fts5(device)", "rtree(device, low, high)", "fts4(device)"):
            with self.subTest(module):
                try:
                    bad = self.folder(f"ALTER TABLE devices RENAME TO hidden; CREATE VIRTUAL TABLE devices USING {module};")
                except sqlite3.OperationalError:
                    self.skipTest(f"Python's SQLite has no {module}")
                self.refuse(bad, ["virtual table devices is not accepted"], ("info", "summary", "diff"))

    def test_missing_or_different_tables_are_input_errors(self) -> None:
        for table in ("devices", "live_stacks", "stacks"):
            with self.subTest(table):
                bad = self.folder(f"ALTER TABLE {table} RENAME TO hidden; CREATE TABLE {table}(x); INSERT INTO {table} VALUES(1);")
                self.refuse(bad, ["no such column", "made by another program"], ("summary", "diff"))
                self.refuse(self.folder(f"DROP TABLE {table};"), ["no such table", "made by another program"], ("summary", "diff"))

    def test_schemas_rewritten_by_hand(self) -> None:
        for label, sql, words in (
            ("not SQL", "UPDATE sqlite_master SET sql = 'nonsense' WHERE name = 'devices'", "malformed database schema"),
            ("a root page far away", "UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'devices'", "malformed"),
            ("two tables on one page", "UPDATE sqlite_master SET rootpage = 1 WHERE name = 'devices'", ""),
            ("a table without columns", "UPDATE sqlite_master SET sql = 'CREATE TABLE devices()' WHERE name = 'devices'",
             "malformed database schema"),
            ("a table that calls", "UPDATE sqlite_master SET sql = 'CREATE TABLE devices(device, x AS "
             "(load_extension(device)))' WHERE name = 'devices'", ""),
            ("a view of itself", "UPDATE sqlite_master SET type = 'view', rootpage = 0, sql = 'CREATE VIEW devices AS "
             "SELECT * FROM devices' WHERE name = 'devices'", ""),
        ):  # fmt: skip
            with self.subTest(label):
                bad = self.folder(f"PRAGMA writable_schema=ON; {sql};")
                self.refuse(bad, [words], ("summary", "diff", "diff, new"))

    def test_names_from_a_schema_do_not_reach_the_terminal(self) -> None:
        name = "x\x1b[2J\x07\ny\u009b1m"
        bad = self.folder(f'CREATE TABLE "{name}"(a); CREATE VIEW "v{name}" AS SELECT nothing_like_it FROM devices;')
        self.answers(bad)
        result = self.run_bounded(MEMORY_KIB, "query", bad, "SELECT * FROM nowhere")
        self.assertEqual(result.returncode, 2)
        self.assertIn("\\x1b[2J", result.stderr)
        self.assertIsNone(CONTROL.search(result.stderr))
        bad = self.folder(f"PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = 'no \x1b[2J\nSQL', name = '{name}' "
                          "WHERE name = 'devices';")  # fmt: skip
        self.refuse(bad, ["malformed database schema", "\\x1b[2J"], ("info", "summary", "diff"))

    def test_malformed_pages_give_an_error_or_an_answer(self) -> None:
        bad = self.folder("")
        file = self.directory / bad / "elements.db"
        good = file.read_bytes()
        found = 0
        for place in range(100, len(good), len(good) // max(4, 25 // SAMPLE_DIVISOR)):
            file.write_bytes(good[:place] + b"\xff\xfe\xfd\xfc" * 8 + good[place + 32 :])
            for name in ("info", "verify", "query", "summary", "diff", "report"):
                with self.subTest(place=place, command=name):
                    result = self.run_bounded(MEMORY_KIB, *(part.format(bad) for part in COMMANDS[name]))
                    self.assertIn(result.returncode, (0, 2, 3) if name == "query" else (0, 3), result.stderr)
                    found += result.returncode == 3
                    if result.returncode == 3:
                        self.assertIn(bad, result.stderr.splitlines()[-1] if name == "verify" else result.stderr)
        self.assertGreater(found, 3)

    def test_a_hostile_rank_is_listed_and_the_others_are_shown(self) -> None:
        for sql, words in (("DROP TABLE devices;", "no such table: devices"),
                           (f"CREATE TABLE t(a CHECK({self.LONG_CALLS[0].format('a')}));", "table t has a CHECK")):  # fmt: skip
            with self.subTest(words):
                bad = self.folder(sql)
                shutil.rmtree(self.directory / "ranks", ignore_errors=True)
                (self.directory / "ranks").mkdir()
                (self.directory / bad).rename(self.directory / "ranks" / "rank1")
                shutil.copy(self.good, self.directory / "ranks" / "rank0.zip")
                result = self.run_bounded(MEMORY_KIB, "summary", "ranks")
                self.assertEqual(result.returncode, 3)
                self.assertIn("rank0.zip", result.stdout)
                self.assertIn("1 of 2 archives could not be used: ranks/rank1: ", result.stderr)
                self.assertIn(words, result.stderr)


if __name__ == "__main__":
    main()
