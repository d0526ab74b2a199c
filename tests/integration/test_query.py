#!/usr/bin/env python3
"""Compares `snapq query` with Python's sqlite3 on the unpacked database, reads its formats with other readers, and
tries hostile databases."""

from __future__ import annotations

import contextlib
import csv
import html
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest
import zipfile
from collections.abc import Iterator
from pathlib import Path

from program import ROOT, is_sanitized, main
from text_readers import JOINER, is_invisible

SNAPSHOTS = sorted([*(ROOT / "examples").glob("*.pickle"), *(ROOT / ".." / "shared" / "corpus").glob("*.pickle")])
TIME_LIMIT_S = 60
METHODS = ("deflate", "zstd", "store", "dir")

# Queries on every table and view, and queries that use different parts of SQLite: scans, searches, sorts, groups,
# joins, windows, subqueries, recursion, JSON, collations, limits.
QUESTIONS = [
    "SELECT * FROM meta ORDER BY key",
    "SELECT * FROM devices",
    "SELECT * FROM strings ORDER BY id",
    "SELECT * FROM frames ORDER BY frame_id",
    "SELECT * FROM stacks ORDER BY stack_id LIMIT 50",
    "SELECT * FROM stack_frames ORDER BY stack_id DESC, depth LIMIT 500",
    "SELECT * FROM allocations",
    "SELECT * FROM other_events",
    "SELECT * FROM segments",
    "SELECT * FROM blocks",
    "SELECT * FROM annotations",
    "SELECT * FROM spans",
    "SELECT * FROM settings",
    "SELECT * FROM extra",
    "SELECT * FROM anomalies",
    "SELECT * FROM timeline",
    "SELECT * FROM stack_totals",
    "SELECT * FROM live_stacks",
    "SELECT * FROM stream_totals",
    "SELECT * FROM fragmentation",
    "SELECT * FROM oom",
    "SELECT idx, size, start_time, end_time, length(callstack) FROM allocs",
    "SELECT * FROM allocs WHERE idx = 7",
    "SELECT * FROM allocs ORDER BY idx DESC LIMIT 3",
    "SELECT device, count(*), sum(size) FROM live_at_peak GROUP BY device",
    "SELECT device, stack_id, site, op, bytes, count FROM peak_stacks",
    "SELECT count(*), sum(size) FROM unfreed",
    "SELECT * FROM events ORDER BY device, event LIMIT 1000",
    "SELECT action, count(*), sum(size), min(time_us), max(time_us) FROM events GROUP BY action ORDER BY action",
    "SELECT count(DISTINCT stack_id), avg(size), total(size) FROM allocations",
    "SELECT size, count(*) FROM allocations GROUP BY size HAVING count(*) > 2 ORDER BY count(*) DESC, size",
    "SELECT site, sum(size) AS bytes FROM allocations JOIN stacks USING (stack_id) GROUP BY site ORDER BY bytes DESC, site",
    "SELECT a.idx, b.idx FROM allocations a JOIN allocations b ON b.device = a.device AND b.address = a.address AND "
    "b.idx > a.idx ORDER BY a.device, a.idx, b.idx LIMIT 200",
    "SELECT idx, size, sum(size) OVER (ORDER BY device, idx), row_number() OVER (PARTITION BY size ORDER BY idx) "
    "FROM allocations ORDER BY device, idx LIMIT 500",
    "SELECT idx FROM allocations WHERE size = (SELECT max(size) FROM allocations) ORDER BY device, idx",
    "SELECT f.filename, count(*) FROM frames f WHERE EXISTS (SELECT 1 FROM stack_frames s WHERE s.frame_id = f.frame_id) "
    "GROUP BY f.filename ORDER BY f.filename COLLATE NOCASE, f.filename",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x * 2 FROM n WHERE x < 1 << 40) SELECT x, (SELECT count(*) FROM "
    "allocations WHERE size >= x AND size < x * 2) FROM n",
    "SELECT t.stack_id, j.key, j.value FROM stack_totals t JOIN json_each(t.unfreed_tenths) j ORDER BY t.stack_id, j.key",
    "SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p ORDER BY m.name, p.cid",
    "SELECT DISTINCT origin FROM allocations UNION SELECT state FROM blocks EXCEPT SELECT 'trace' ORDER BY 1",
    "SELECT upper(substr(site, 1, 20)), instr(site, ':'), replace(site, '/', '|') FROM stacks ORDER BY stack_id LIMIT 100",
    "SELECT address, printf('%x', address), hex(callstack), quote(site) FROM allocations JOIN stacks USING (stack_id) "
    "ORDER BY device, idx LIMIT 20",
    "SELECT idx, size / 3.0, size * 1e300 * 1e300, -size, size % 7, CAST(size AS TEXT) || 'B' FROM allocations LIMIT 50",
    "SELECT x'00ff', zeroblob(3), NULL, '', 1.0, -0.0, 9223372036854775807, -9223372036854775808, 'é漢🔥'",
    "SELECT count(*) FROM stacks WHERE callstack LIKE '%forward%' OR callstack GLOB '*backward*'",
    "SELECT group_concat(stack_id, ';') FROM (SELECT stack_id FROM stacks ORDER BY depth DESC, stack_id LIMIT 30)",
    "SELECT callstack FROM stacks ORDER BY length(callstack) DESC, stack_id LIMIT 5",
    "SELECT * FROM allocations WHERE device = (SELECT max(device) FROM devices) AND idx BETWEEN 100 AND 120",
]

NASTY = [
    "plain", "", " leading and trailing ", 'quote " quote', "apostrophe '", "comma, semicolon; tab\there",
    "line\nfeed", "carriage\rreturn", "both\r\n", "\n", "pipe | pipe", "back\\slash\\n", "\\", "`code` *bold* __init__ ~x~",
    "<b>&amp;</b>", "[link](there)", "nul\0inside", "\x1b[31mred", "\x7f\x80", "emoji 🔥👩‍👩‍👧 e\u0301", "漢字かな 한글", "\u202ereversed",
    "a_b_c _d_", "# heading", "- list", "NULL", "1", "1.5", "x'00'", "trailing backslash \\", "\ufeffbom", "&#65;",
]


def as_shown(text: str) -> str:
    """The text as Markdown shows it: invisible characters are shown by their codes, except line feeds."""
    names = {"\t": "\\t", "\r": "\\r", "\0": "\\0"}

    def shown(character: str) -> str:
        if character == "\n" or not is_invisible(character):
            return character
        code = ord(character)
        return names.get(character) or (f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")

    return "".join(map(shown, text))


def program() -> str:
    found = os.environ.get("SNAPQ")
    if not found:
        sys.exit(77)
    return found


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, check=False, timeout=TIME_LIMIT_S,
                          stdin=subprocess.DEVNULL, **options)


def answer(archive: Path, sql: str, *options: str) -> bytes:
    result = run("query", archive, sql, *options)
    if result.returncode != 0:
        raise AssertionError(f"{sql}: {result.stderr.decode()}")
    return result.stdout


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def plain(value: object) -> object:
    """A value of sqlite3 as JSON would give it back."""
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    return value


class Workplace(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        program()
        cls.directory = tempfile.TemporaryDirectory(prefix="query-")
        cls.place = Path(cls.directory.name)
        cls.sample = cls.place / "sample.zip"
        run("convert", "-q", ROOT / "examples" / "sample-training-step.pickle", "-o", cls.sample)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.directory.cleanup()


class SameRowsAsSqlite(Workplace):
    def test_there_are_enough_questions(self) -> None:
        self.assertGreaterEqual(len(QUESTIONS), 40)

    def test_every_archive_and_compression(self) -> None:
        """Every query on every archive of the samples; on those of recorded snapshots, and with a sanitizer, each query
        with another compression."""
        for number, snapshot in enumerate(SNAPSHOTS):
            reference = self.reference(snapshot)
            tries_all = snapshot.parent.name == "examples" and not is_sanitized()
            for turn, method in enumerate(METHODS):
                archive = self.place / f"{snapshot.stem}.{method}"
                how = ("--layout", "dir") if method == "dir" else ("--compression", method)
                self.assertEqual(run("convert", "-q", snapshot, "-o", archive, *how).returncode, 0)
                for sql in QUESTIONS if tries_all else QUESTIONS[(number + turn) % len(METHODS) :: len(METHODS)]:
                    with self.subTest(snapshot=snapshot.stem, method=method, sql=sql):
                        rows = json.loads(answer(archive, sql, "--format", "json"))
                        self.assertEqual([list(row.values()) for row in rows], reference[sql])

    def reference(self, snapshot: Path) -> dict[str, list[list[object]]]:
        archive = self.place / "reference.zip"
        self.assertEqual(run("convert", "-q", "-f", snapshot, "-o", archive).returncode, 0)
        with zipfile.ZipFile(archive) as file:
            file.extract("elements.db", self.place)
        database = sqlite3.connect(self.place / "elements.db")
        rows = {sql: [list(map(plain, row)) for row in database.execute(sql)] for sql in QUESTIONS}
        database.close()
        return rows


class Formats(Workplace):
    """Difficult rows in every format, read back with another program or module."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        rows = [f"SELECT {number} AS id, CAST(x'{text.encode().hex()}' AS TEXT) AS text, "
                f"{('NULL', number, number / 7)[number % 3]} AS number" for number, text in enumerate(NASTY)]
        rows.append(f"SELECT {len(NASTY)}, CAST(x'41ff42c3' AS TEXT), x'00ff7f'")
        cls.sql = " UNION ALL ".join(rows)
        database = sqlite3.connect(":memory:")
        database.text_factory = bytes
        cls.rows = [[value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) and column == 1 else value
                     for column, value in enumerate(row)] for row in database.execute(cls.sql)]
        database.close()

    def output(self, fmt: str, *options: str) -> bytes:
        return answer(self.sample, self.sql, "--format", fmt, *options)

    def texts(self, null: str = "") -> list[list[str]]:
        def text(value: object) -> str:
            return null if value is None else value.hex().upper() if isinstance(value, bytes) else str(value)
        return [[text(value) for value in row] for row in self.rows]

    def test_csv(self) -> None:
        read = list(csv.reader(io.StringIO(self.output("csv").decode("utf-8", "surrogateescape"), newline="")))
        self.assertEqual(read[0], ["id", "text", "number"])
        self.assertEqual(read[1:], self.texts())

    def test_csv_tells_null_from_empty_text(self) -> None:
        self.assertEqual(answer(self.sample, "SELECT '', NULL", "--format", "csv", "--no-header"), b'"",\n')

    def test_tsv(self) -> None:
        lines = self.output("tsv", "--null", "NIL").decode("utf-8", "surrogateescape").split("\n")
        self.assertEqual(lines.pop(), "")

        def field(text: str) -> str:
            names = {"t": "\t", "n": "\n", "r": "\r", "0": "\0", "\\": "\\"}
            return re.sub(r"\\(.)", lambda match: names[match[1]], text)

        read = [[field(part) for part in line.split("\t")] for line in lines]
        self.assertEqual(read[1:], self.texts("NIL"))

    def test_json_and_json_lines(self) -> None:
        wanted = [{"id": row[0], "text": repaired(row[1]), "number": plain(row[2])} for row in self.rows]
        self.assertEqual(json.loads(self.output("json").decode("utf-8", "strict")), wanted)
        lines = self.output("jsonl").decode("utf-8", "strict").split("\n")
        self.assertEqual([json.loads(line) for line in lines[:-1]], wanted)

    def test_markdown(self) -> None:
        read = list(markdown_rows(self.output("markdown").decode("utf-8", "strict")))
        self.assertEqual(read[0], ["id", "text", "number"])
        found = [[text.replace(JOINER, "") for text in row] for row in read[1:]]
        self.assertEqual(found, [[as_shown(repaired(text)) for text in row] for row in self.texts()])

    def test_line(self) -> None:
        text = self.output("line").decode("utf-8", "strict")
        records = re.split(r"\n\n(?= *id = )", text.rstrip("\n"))
        self.assertEqual(len(records), len(self.rows))
        self.assertIn("  text = line\n         feed\n", text)
        self.assertNotIn("\x1b", text)

    def test_tables_are_aligned_and_harmless(self) -> None:
        for fmt in ("table", "box"):
            text = self.output(fmt).decode("utf-8", "strict")
            lines = text.splitlines()
            self.assertFalse([c for c in text if unicodedata.category(c) == "Cc" and c != "\n"])
            self.assertNotIn("\u202e", text)
            if fmt == "box":
                self.assertEqual({width(line) for line in lines}, {width(lines[0])})
                self.assertEqual(len(lines), len(self.rows) + 4)

    def test_repeated_column_names(self) -> None:
        rows = json.loads(answer(self.sample, 'SELECT 1 AS a, 2 AS a, 3 AS "a:2", 4 AS "q\n""x"', "--format", "json"))
        self.assertEqual(rows, [{"a": 1, "a:3": 2, "a:2": 3, 'q\n"x': 4}])


def repaired(text: str) -> str:
    """The text with U+FFFD in place of bytes that are not UTF-8."""
    return re.sub("[\udc80-\udcff]", "\ufffd", text)


def markdown_rows(text: str) -> Iterator[list[str]]:
    """The cells of a table in GitHub's dialect: split at bare pipes, then escapes, tags and entities undone."""
    for number, line in enumerate(text.rstrip("\n").split("\n")):
        if number == 1:
            continue
        cells = re.findall(r"\|((?:\\.|[^|\\])*)(?=\|)", line)
        yield [markdown_text(cell.strip(" ")) for cell in cells]


def markdown_text(cell: str) -> str:
    out = ""
    while cell:
        if cell.startswith("<br>"):
            out, cell = out + "\n", cell[4:]
        elif found := re.match(r"\\([!-/:-@\[-`{-~])", cell):
            out, cell = out + found[1], cell[2:]
        elif found := re.match(r"&(#\d+|\w+);", cell):
            code = found[1]
            out, cell = out + (chr(int(code[1:])) if code.startswith("#") else html.unescape(found[0])), cell[found.end():]
        else:
            out, cell = out + cell[0], cell[1:]
    return out


def width(text: str) -> int:
    """The number of columns on a terminal, from Python's Unicode tables."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Strangers(Workplace):
    """Hostile databases."""

    def archive(self, name: str, sql: str) -> Path:
        folder = self.place / name
        folder.mkdir()
        database = sqlite3.connect(folder / "elements.db")
        database.executescript("CREATE TABLE meta(key TEXT PRIMARY KEY, value); INSERT INTO meta VALUES('format_version', 1);"
                               "CREATE TABLE allocations(device, idx, size); INSERT INTO allocations VALUES(0, 0, 512);" + sql)
        database.commit()
        database.close()
        return folder

    def refused(self, archive: Path, sql: str, *options: str) -> str:
        result = run("query", archive, sql, *options)
        self.assertIn(result.returncode, (1, 2, 3), result.stdout)
        self.assertTrue(result.stderr.startswith(b"snapq: error: "), result.stderr)
        return result.stderr.decode()

    def test_databases_that_could_run_something_are_not_opened(self) -> None:
        for number, (sql, words) in enumerate((
            ("CREATE VIEW v AS SELECT load_extension('x.so')", "view v calls load_extension"),
            ("CREATE VIEW v AS SELECT callstack(0)", "view v calls callstack"),
            ("CREATE VIEW v AS SELECT 'a' REGEXP 'b'", "view v has REGEXP"),
            ("CREATE VIEW v AS SELECT * FROM alive_at(0, 'peak')", "view v calls alive_at"),
            ("CREATE VIEW v AS SELECT fts3_tokenizer('x')", "view v calls fts3_tokenizer"),
            ("CREATE VIEW v AS SELECT zeroblob(1000000000) AS x", "view v calls zeroblob"),
            ("CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT sum(x) FROM c",
             "view v has WITH"),
            ("CREATE VIEW v AS SELECT 1 AS x; CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
             "trigger t is not accepted"),
        )):  # fmt: skip
            said = self.refused(self.archive(f"running{number}", sql), "SELECT * FROM v")
            self.assertIn(f"elements.db: {words}", said)

    def test_endless_joins_end_with_the_time_limit(self) -> None:
        folder = self.archive("endless", "CREATE VIEW v AS SELECT sum(a.idx) FROM " + ", ".join(
            f"allocations {alias}" for alias in "abcdefghij") + "; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
            "FROM c WHERE x < 100) INSERT INTO allocations SELECT 0, x, 512 FROM c;")  # fmt: skip
        self.assertIn("--timeout", self.refused(folder, "SELECT * FROM v", "--timeout", "0.3"))

    # Single calls that take hours, or at least seconds, and cannot be interrupted.
    LONG_CALLS = (
        "instr(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1')",
        "printf('%.*c', 2000000000, 'x')",
        "replace(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1', '')",
        "trim(hex(zeroblob(7000000)), replace(hex(zeroblob(100000)), '00', 'abcdef') || '0')",
        "hex(zeroblob(7000000)) LIKE '%' || hex(zeroblob(400)) || '1'",
        "json_patch((SELECT json_group_object(x, x) FROM n), (SELECT json_group_object(x || 'y', x) FROM n))",
    )

    def test_one_long_call_ends_with_the_time_limit(self) -> None:
        folder = self.archive("calls", "")
        numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000)"
        programs = [
            subprocess.Popen([program(), "query", folder, f"{numbers} SELECT {call}", "--timeout", "0.3"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for call in self.LONG_CALLS
        ]  # fmt: skip
        for call, running in zip(self.LONG_CALLS, programs, strict=True):
            with self.subTest(call):
                _, said = running.communicate(timeout=TIME_LIMIT_S)
                self.assertEqual((running.returncode, said),
                                 (1, b"snapq: error: the query took longer than --timeout 0.3 s\n"))

    def test_rows_before_a_long_call_are_shown(self) -> None:
        sql = f"SELECT 'first' UNION ALL SELECT {self.LONG_CALLS[0]}"
        result = run("query", self.archive("rows", ""), sql, "--timeout", "0.3", "--format", "csv", "--no-header")
        self.assertEqual((result.returncode, result.stdout), (1, b"first\n"))

    def test_huge_values_and_deep_nesting_fail(self) -> None:
        folder = self.archive("huge", "")
        for value in ("hex(zeroblob(1000000000))", "zeroblob(60000000)", "hex(zeroblob(16000000))",
                      "zeroblob(60000000) || 'x'",
                      "replace(hex(zeroblob(8000000)), '0', 'aaaaaaaaaaaaaaaaaaaaaaaa')"):  # fmt: skip
            result = run("query", folder, f"SELECT length({value})")
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"string or blob too big\nsnapq: hint: a value may have at most 16.00 MiB", result.stderr)
        self.refused(folder, "SELECT " + "(" * 2000 + "1" + ")" * 2000)
        self.refused(folder, "SELECT " + " UNION ALL SELECT ".join("1" * 1 for _ in range(2000)))

    def test_values_that_are_large_together_fail(self) -> None:
        values = ", ".join(["randomblob(16000000)"] * 5)
        said = self.refused(self.archive("large", ""), f"SELECT {values}")
        self.assertIn("a query may take at most 64.00 MiB", said)

    def test_long_patterns_are_refused(self) -> None:
        """While RE2 compiles a pattern, its memory and its messages on stderr have no limit."""
        folder = self.archive("patterns", "")
        for pattern in ("a|b.", "a|"):
            self.assertEqual(answer(folder, f"SELECT replace(hex(zeroblob(8000)), '00', '{pattern}') REGEXP 'x'")[-2:], b"0\n")
            said = self.refused(folder, f"SELECT regexp(replace(hex(zeroblob(100000)), '00', '{pattern}'), 'x')")
            self.assertEqual(said, f"snapq: error: regexp: the pattern has {len(pattern)}00000 bytes, more than 65536\n")

    def test_sql_that_is_too_long_is_a_usage_error(self) -> None:
        (self.place / "long.sql").write_text("SELECT 1 --" + "x" * 1_100_000)
        result = run("query", self.archive("innocent", ""), "-f", self.place / "long.sql")
        self.assertEqual((result.returncode, result.stderr),
                         (2, b"snapq: error: SQLite: the SQL has 1100011 bytes, more than 1048576\n"))

    def test_a_nul_in_sql_is_refused(self) -> None:
        folder = self.archive("nul", "")
        for sql in (b"\0", b"select 1\0", b"select 1;\0", b"select 1\0; select 2", b"-- a\0b\nselect 1"):
            for source, text in (("-f", self.place / "nul.sql"), ("-", None)):
                (self.place / "nul.sql").write_bytes(sql)
                with self.subTest(sql=sql, source=source):
                    arguments = ("query", folder, *((source, text) if text else (source,)))
                    result = subprocess.run([program(), *arguments], input=sql, capture_output=True, check=False,
                                            timeout=TIME_LIMIT_S)  # fmt: skip
                    self.assertEqual(result.returncode, 2, result.stderr)
                    self.assertIn(b"snapq: error: SQLite: there is a NUL character in the SQL", result.stderr)

    def test_a_file_with_a_wrong_header_is_not_a_database(self) -> None:
        folder = self.archive("header", "")
        data = bytearray((folder / "elements.db").read_bytes())
        (folder / "elements.db").write_bytes(b"SQLite format 4\0" + data[16:])
        self.assertIn("elements.db", self.refused(folder, "SELECT 1"))
        (folder / "elements.db").write_bytes(b"")
        self.refused(folder, "SELECT * FROM allocations")

    def test_malformed_pages_give_an_error_or_an_answer(self) -> None:
        folder = self.archive("pages", "CREATE TABLE t(a, b, c); CREATE INDEX i ON t(b);"
                              "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000) "
                              "INSERT INTO t SELECT x, 'text ' || x, randomblob(10) FROM n;")
        file = folder / "elements.db"
        good = file.read_bytes()
        for place in range(100, len(good), len(good) // 60):
            bad = bytearray(good)
            bad[place:place + 4] = b"\xff\xfe\xfd\xfc"
            file.write_bytes(bad)
            result = run("query", folder, "SELECT count(*), sum(a), max(b), sum(length(c)) FROM t; "
                         "SELECT count(*) FROM t WHERE b > 'text 2'; PRAGMA integrity_check; SELECT * FROM sqlite_master")
            self.assertIn(result.returncode, (0, 2, 3), (place, result.stderr))

    def test_cut_archives_are_errors(self) -> None:
        whole = self.sample.read_bytes()
        cut = self.place / "cut.zip"
        for length in range(0, len(whole), len(whole) // 40):
            cut.write_bytes(whole[:length])
            result = run("query", cut, "SELECT count(*) FROM allocations")
            self.assertEqual(result.returncode, 3, (length, result.stderr))

    def test_statements_that_only_read_are_allowed(self) -> None:
        self.assertEqual(answer(self.sample, "SELECT sum(value) FROM json_each('[1,2,3]')", "--no-header").strip(), b"6")
        self.assertEqual(answer(self.sample, "SELECT count(*) FROM pragma_table_info('devices')", "--no-header").strip(), b"25")
        self.assertEqual(answer(self.sample, "SELECT count(*) FROM alive_at(0, 'peak')", "--no-header").strip(), b"182")
        self.assertEqual(answer(self.sample, "PRAGMA quick_check", "--no-header").strip(), b"ok")
        self.assertIn(b"SEARCH", answer(self.sample, "EXPLAIN QUERY PLAN SELECT * FROM allocs WHERE idx = 3"))

    def test_all_other_statements_are_refused(self) -> None:
        for sql in ("CREATE TABLE t(x)", "CREATE TEMP TABLE t(x)", "DROP TABLE meta", "DELETE FROM meta", "VACUUM",
                    "UPDATE meta SET value = 1", "BEGIN", "SAVEPOINT s", "DETACH main", "REINDEX", "ANALYZE",
                    "PRAGMA journal_mode = WAL", "PRAGMA temp_store_directory = '/'", "PRAGMA trusted_schema = ON",
                    "VACUUM INTO 'copy.db'", "UPDATE sqlite_master SET sql = ''", "SELECT writefile('x', 'y')",
                    "SELECT readfile('/etc/passwd')", "CREATE VIRTUAL TABLE v USING fts5(x)", "SELECT edit('x')"):
            with self.subTest(sql=sql):
                self.refused(self.sample, sql)


def has_open_below(process: int, folder: Path) -> bool:
    """Whether a process has an open file in a folder, with or without a name."""
    links = []
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            links.append(os.readlink(entry))
    return any(link.startswith(f"{folder}/") for link in links)


class NoTraces(Workplace):
    def test_nothing_is_created_beside_the_archive(self) -> None:
        folder = self.place / "alone"
        folder.mkdir()
        shutil.copy(self.sample, folder / "a.zip")
        folder.chmod(0o555)
        answer(folder / "a.zip", "SELECT * FROM allocations ORDER BY size, callstack(stack_id)")
        self.assertEqual(os.listdir(folder), ["a.zip"])
        folder.chmod(0o755)

    @unittest.skipIf(shutil.which("strace") is None, "needs strace")
    def test_no_file_is_created_anywhere(self) -> None:
        log = self.place / "strace.log"
        calls = "trace=open,openat,creat,mkdir,mkdirat,link,linkat,rename,renameat,renameat2,unlink,unlinkat"
        sql = "SELECT s.site, count(*) FROM allocations JOIN stacks s USING (stack_id) GROUP BY 1 ORDER BY 2"
        result = subprocess.run(["strace", "-f", "-o", log, "-e", calls, program(), "query", self.sample, sql],
                                capture_output=True, check=False, timeout=TIME_LIMIT_S)
        if result.returncode != 0 and b"ptrace" in result.stderr:
            self.skipTest("strace is not allowed here")
        self.assertEqual(result.returncode, 0, result.stderr)
        made = [line for line in log.read_text().splitlines()
                if "O_CREAT" in line or re.search(r"\b(creat|mkdir|link|rename|unlink)(at2?)?\(", line)]
        made = [line for line in made if "/tsan.rodata." not in line]  # the thread sanitizer makes it when it starts
        self.assertEqual(made, [])

    def test_a_raw_snapshot_leaves_nothing(self) -> None:
        temporary = self.place / "temporary"
        temporary.mkdir()
        snapshot = ROOT / "examples" / "sample-training-step.pickle"
        result = run("query", snapshot, "SELECT count(*) FROM allocations", env={**os.environ, "TMPDIR": str(temporary)})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(os.listdir(temporary), [])

    def test_a_kill_while_a_snapshot_is_converted_leaves_nothing(self) -> None:
        temporary = self.place / "killed"
        temporary.mkdir()
        snapshot = (ROOT / "examples" / "sample-training-step.pickle").read_bytes()
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            process = subprocess.Popen([program(), "query", "-", "SELECT 1"], stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env={**os.environ, "TMPDIR": str(temporary)})
            process.stdin.write(snapshot[:100_000])  # and then it waits for the rest
            process.stdin.flush()
            end = time.monotonic() + TIME_LIMIT_S
            while not has_open_below(process.pid, temporary) and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(0.05)
            process.send_signal(how)
            self.assertEqual(process.wait(TIME_LIMIT_S), -how)
            process.stdin.close()
            self.assertEqual(os.listdir(temporary), [])

    def test_a_closed_reader_ends_quietly(self) -> None:
        command = f"'{program()}' query '{self.sample}' 'SELECT a.idx FROM allocs a, allocs b' | head -1"
        result = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=TIME_LIMIT_S)
        self.assertEqual(result.stderr, b"")

    def test_a_full_disk_is_reported(self) -> None:
        with open("/dev/full", "wb") as full:
            result = subprocess.run([program(), "query", self.sample, "SELECT * FROM allocations"], stdout=full,
                                    stderr=subprocess.PIPE, check=False, timeout=TIME_LIMIT_S)
        self.assertEqual(result.returncode, 4, result.stderr)


if __name__ == "__main__":
    main(needs_program=False)
