"""What `snapq export` writes is read by DuckDB and by hyparquet, and is what the archives have.

Needs node 18 and the npm modules of package-lock.json beside this file (scripts/lib/npm_modules.sh installs them).
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

from make_lake import OUTLIER, rank_snapshot, write_job  # noqa: E402
from program import CORPUS, CPP_SAMPLE, ROOT, SAMPLE, SKIPPED, SNAPQ, ProgramTest, exit_code, extracted  # noqa: E402
from random_snapshots import random_snapshot  # noqa: E402

MODULES = Path(os.environ.get("SNAPQ_LAKE_MODULES", ROOT / "build" / "npm" / "lake"))
RANDOM_TABLE = os.environ.get("RANDOM_TABLE", "")
EXAMPLES = ROOT / "examples" / "lake"
SEEDS = range(1, 31)
JOBS, RANKS = 8, 64

Row = list[Any]


def lines_of(text: str) -> list[Any]:
    """The JSON of each line. Numbers with fractions are {"real": text}, because JavaScript writes 1e16 like an integer."""
    return [json.loads(line, object_hook=real_or_object) for line in text.split("\n") if line]


def real_or_object(value: dict[str, Any]) -> Any:
    return float(value["real"]) if list(value) == ["real"] else value


def node(script: str, *arguments: str | Path, cwd: Path) -> list[Any]:
    environment = {**os.environ, "SNAPQ_LAKE_MODULES": str(MODULES)}
    done = subprocess.run(["node", HERE / script, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr[-3000:])
    return lines_of(done.stdout)


def in_order(rows: Iterable[Row]) -> list[str]:
    return sorted(json.dumps(row) for row in rows)


class LakeTest(ProgramTest):
    def export(self, *arguments: str | Path, lake: str = "lake") -> None:
        done = self.snapq("export", *arguments, "--format", "parquet", "-o", lake, "-q")
        self.assertEqual((done.returncode, done.stderr, done.stdout), (0, "", ""))

    def tables(self, lake: str = "lake") -> Iterator[tuple[str, list[str], list[Row]]]:
        """Name, columns and rows of each file, as both readers agree."""
        files = sorted((self.directory / lake).rglob("*.parquet"))
        for answer in node("read_tables.mjs", *files, cwd=self.directory):
            name = Path(answer["file"]).relative_to(self.directory / lake).parts[0]
            yield name, answer["columns"], answer["rows"]


class RandomTables(LakeTest):
    """The writer alone: types, NULLs, extremes, dictionaries that are given up, several row groups."""

    def test_both_readers_find_every_value(self) -> None:
        for seed in SEEDS:
            subprocess.run([RANDOM_TABLE, str(seed), f"{seed}.parquet", f"{seed}.json"], cwd=self.directory, check=True)
        answers = node("read_tables.mjs", *(f"{seed}.parquet" for seed in SEEDS), cwd=self.directory)
        rows = 0
        for seed, answer in zip(SEEDS, answers, strict=True):
            expected = lines_of((self.directory / f"{seed}.json").read_text(encoding="utf-8"))
            self.assertEqual(len(answer["rows"]), len(expected), seed)
            for number, (found, wanted) in enumerate(zip(answer["rows"], expected, strict=True)):
                self.assertEqual(found, wanted, f"seed {seed}, row {number}")
            rows += len(expected)
        self.assertGreater(rows, 50_000)


# Columns of a table that have other names, or come from another table, than in the archive.
RENAMED = {"before_recording_bytes": "older_bytes", "before_recording_count": "older_count"}
RENAMED_IN = {("devices", "before_recording_bytes"): "preexisting_bytes"}
OF_STACK = {"stack_hash", "site", "op", "phase"}
# Tables whose rows are not those of the archive. A lake has the categories in a table of their own.
SUMMED = {
    "live_stacks": "SELECT device, moment, stack_id, origin, sum(bytes) AS bytes, sum(count) AS count FROM live_stacks "
    "GROUP BY device, moment, stack_id, origin"
}


class Archive:
    """The tables of an archive as sqlite3 reads them."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.database = sqlite3.connect(extracted(path, folder))
        self.database.text_factory = lambda text: text.decode("utf-8", "replace")
        self.database.row_factory = sqlite3.Row
        self.stacks = {row["stack_id"]: dict(row) for row in self.database.execute("SELECT * FROM stacks")}
        self.strings = dict(tuple(row) for row in self.database.execute("SELECT id, text FROM strings"))
        self.meta = dict(tuple(row) for row in self.database.execute("SELECT key, value FROM meta"))

    def close(self) -> None:
        self.database.close()

    def rows(self, table: str, columns: list[str]) -> list[Row]:
        if table == "archives":
            return [[plain(self.meta.get(name)) for name in columns]]
        if table == "labels":
            return [[key[6:], str(value)] for key, value in self.meta.items() if key.startswith("label.")]
        return [[plain(self.value(table, dict(row), name)) for name in columns]
                for row in self.database.execute(SUMMED.get(table, f"SELECT * FROM {table}"))]

    def value(self, table: str, row: dict[str, Any], name: str) -> Any:
        if name == "peak_site":
            return self.stacks.get(row["peak_stack_id"], {}).get("site")
        if name == "user_metadata":
            return self.strings.get(row["user_metadata_id"])
        if name == "free_stack_hash":
            return self.stacks.get(row["free_stack_id"], {}).get("stack_hash")
        for candidate in (name, RENAMED_IN.get((table, name)), RENAMED.get(name), f"{name}_us"):
            if candidate in row:
                return row[candidate]
        if name in OF_STACK:
            return self.stacks.get(row["stack_id"], {}).get(name)
        raise KeyError(f"{table}.{name}")


def plain(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


class Tables(LakeTest):
    def check(self, sources: list[Path]) -> None:
        archives = {}
        for number, source in enumerate(sources):
            name = f"a{number}"
            self.convert(source, "--label", "commit=c0ffee", "--rank", str(number), target=f"{name}.zip")
            archives[name] = Archive(self.directory / f"{name}.zip", self.directory / name)
            self.addCleanup(archives[name].close)
        self.export(*(f"{name}.zip" for name in archives), "--table", "allocations", "--table", "events")
        tables = set()
        for table, columns, rows in self.tables():
            tables.add(table)
            self.assertEqual(columns[:2], ["archive", "rank"])
            found: dict[str, list[Row]] = defaultdict(list)
            for row in rows:
                self.assertEqual(row[1], row[0][1:])
                found[row[0]].append(row[2:])
            for name, archive in archives.items():
                with self.subTest(source=sources[int(name[1:])].name, table=table):
                    self.assertEqual(in_order(found[name]), in_order(archive.rows(table, columns[2:])))
        self.assertEqual(len(tables), 16)

    def test_samples(self) -> None:
        self.check([SAMPLE, CPP_SAMPLE])

    @unittest.skipUnless(CORPUS.is_dir(), "there are no recorded snapshots")
    def test_recorded_snapshots(self) -> None:
        self.check(sorted(CORPUS.glob("*.pickle")))

    def test_random_snapshots(self) -> None:
        sources = []
        for seed in range(1, 21):
            path = self.directory / f"s{seed}.json"
            path.write_text(json.dumps(random_snapshot(seed)), encoding="utf-8", errors="surrogatepass")
            sources.append(path)
        self.check(sources)


class Queries(LakeTest):
    """The queries of examples/lake on 64 ranks of 8 jobs give what snapq itself says of the archives."""

    def setUp(self) -> None:
        super().setUp()
        self.summaries = []
        for job in range(JOBS):
            folder = self.directory / f"job{job}"
            folder.mkdir()
            write_job(folder, job, RANKS)
            labels = ("--label", f"commit=c{job}", "--label", f"tokens={1024 * (job + 1)}")
            done = self.snapq("convert", *sorted(folder.glob("*.pickle")), "-o", folder, *labels, "-q")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for path in folder.glob("*.pickle"):
                path.unlink()
            self.export(folder, "--partition", f"job=night-{job}")
            self.summaries.append(self.summary(folder, "--top", "0"))

    def summary(self, folder: Path, *options: str) -> dict[str, Any]:
        done = self.snapq("summary", folder, "--format", "json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def ask(self, *names: str) -> list[list[Row]]:
        scripts = [EXAMPLES / "views.duckdb.sql", *(EXAMPLES / f"{name}.sql" for name in names)]
        return node("ask.mjs", *scripts, cwd=self.directory / "lake")

    def devices(self, job: int) -> Iterator[tuple[int, dict[str, Any]]]:
        for archive in self.summaries[job]["archives"]:
            yield archive["rank"], archive["devices"][0]

    def test_they_equal_the_answers_of_snapq(self) -> None:
        self.assertEqual(sorted(path.stem for path in EXAMPLES.glob("*.sql")), sorted(
            ["views.duckdb", "peak-by-commit", "ranks-out-of-line", "sites-that-grew", "ooms-by-site",
             "activations-per-token", "gate-against-last-ten"]))
        peaks, outliers, grown, ooms, activations, gate = self.ask(
            "peak-by-commit", "ranks-out-of-line", "sites-that-grew", "ooms-by-site", "activations-per-token",
            "gate-against-last-ten")
        highest = [max(device["peak_requested_bytes"] for _, device in self.devices(job)) for job in range(JOBS)]
        self.assertEqual([[row[0], row[2], row[3]] for row in peaks],
                         [[f"c{job}", str(RANKS), str(highest[job])] for job in range(JOBS)])
        self.assertEqual([[row[0], int(row[1])] for row in outliers],
                         [[f"night-{job}", OUTLIER] for job in range(JOBS)])
        self.check_grown(grown)
        self.assertEqual(ooms, [["/home/ada/job/model.py:38 forward", "3", "3", str(1 << 30), str(7 << 30)]])
        self.check_activations(activations)
        self.assertEqual(gate, [[str(sorted(highest)[(JOBS - 1) // 2])]])

    def check_grown(self, grown: list[Row]) -> None:
        sites: list[dict[str, int]] = []
        for job in (JOBS - 2, JOBS - 1):
            sums: dict[str, int] = defaultdict(int)
            for _, device in self.devices(job):
                for row in device["top"]:
                    sums[row["key"]] += row["bytes"]
            sites.append(sums)
        expected = {site: str(bytes_now - sites[0][site]) for site, bytes_now in sites[1].items()
                    if bytes_now > sites[0][site]}
        self.assertTrue(expected)
        self.assertEqual({row[0]: row[3] for row in grown}, expected)

    def check_activations(self, found: list[Row]) -> None:
        expected = []
        for job in range(JOBS):
            total = sum(row["bytes"] for _, device in self.devices(job) for row in device["categories"]
                        if row["category"] == "activation")
            self.assertGreater(total, 0)
            expected.append([f"night-{job}", str(total), total / (RANKS * 1024 * (job + 1))])
        self.assertEqual(found, expected)


class Export(LakeTest):
    """An export is whole or not at all."""

    def files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in sorted((self.directory / "lake").rglob("*")) if path.is_file()}

    def test_an_archive_is_not_replaced_without_force(self) -> None:
        self.convert(SAMPLE, target="a.zip")
        self.export("a.zip")
        before = self.files()
        refused = self.snapq("export", "a.zip", "--format", "parquet", "-o", "lake")
        self.assert_refused(refused, 2, "lake/archives/a.parquet exists")
        kept = self.snapq("export", "a.zip", "--format", "parquet", "-o", "lake", "--skip-existing")
        self.assertEqual((kept.returncode, kept.stderr), (0, "a.zip: up to date\n"))
        self.assertEqual(self.files(), before)
        self.export("a.zip", "--force")
        self.assertEqual(self.files(), before)

    def test_only_what_is_up_to_date_is_kept(self) -> None:
        command = ("export", "a.zip", "--format", "parquet", "-o", "lake", "--skip-existing")
        self.convert(SAMPLE, target="a.zip")
        self.export("a.zip")
        for options, reason in (
            ((), "is older than a.zip"),
            (("--table", "allocations"), "has no file of table allocations"),
        ):
            if not options:
                now = (self.directory / "lake/archives/a.parquet").stat().st_mtime_ns
                os.utime(self.directory / "a.zip", ns=(now + 1, now + 1))
            before = self.files()
            refused = self.snapq(*command, *options)
            self.assert_refused(refused, 2, f"lake/archives/a.parquet exists, but {reason}")
            self.assertEqual(self.files(), before)
            self.assertEqual(self.snapq(*command, *options, "--force").returncode, 0)
            for again in ((), ("--force",)):
                kept = self.snapq(*command, *options, *again)
                self.assertEqual((kept.returncode, kept.stderr), (0, "a.zip: up to date\n"))

    def test_a_damaged_archive_leaves_nothing(self) -> None:
        self.convert(SAMPLE, target="a.zip")
        damaged = bytearray((self.directory / "a.zip").read_bytes())
        middle = len(damaged) // 2
        damaged[middle : middle + 20_000] = bytes(20_000)
        (self.directory / "b.zip").write_bytes(damaged)
        refused = self.snapq("export", "a.zip", "b.zip", "--format", "parquet", "-o", "lake")
        self.assert_refused(refused, 3, "b.zip")
        self.assertEqual(self.files(), {})

    def test_a_killed_export_leaves_no_half_file_and_can_be_repeated(self) -> None:
        archive = self.convert(SAMPLE, target="a.zip")
        archives = [shutil.copy(archive, self.directory / f"rank{number}.zip") for number in range(30)]
        command = [SNAPQ, "export", *archives, "--format", "parquet", "-o", "lake", "-q"]
        started = time.monotonic()
        subprocess.run(command, cwd=self.directory, check=True)
        took = time.monotonic() - started
        whole = self.files()
        for part in range(1, 9):
            shutil.rmtree(self.directory / "lake", ignore_errors=True)  # a kill may come before it exists
            with subprocess.Popen(command, cwd=self.directory, stderr=subprocess.DEVNULL) as process:
                time.sleep(took * part / 9)
                process.send_signal(signal.SIGKILL if part % 2 else signal.SIGTERM)
            for path, content in self.files().items():
                self.assertEqual(content, whole[path], path)
        subprocess.run(command, cwd=self.directory)  # refused where the last one was complete
        self.assertEqual(self.files(), whole)

    def test_names_that_cannot_be_told_apart_are_refused(self) -> None:
        for folder in ("x", "y"):
            (self.directory / folder).mkdir()
            self.convert(SAMPLE, target=f"{folder}/a.zip")
        refused = self.snapq("export", "x/a.zip", "y/a.zip", "--format", "parquet", "-o", "lake")
        self.assert_refused(refused, 2, "two archives are called a in the lake")
        refused = self.snapq("export", "x/a.zip", "--format", "parquet", "-o", "lake", "--partition", "host")
        self.assert_refused(refused, 2, "x/a.zip has no label 'host'")


class History(LakeTest):
    """The job of docs/ci.md. Debian has no DuckDB; a stand-in with the options that the job uses asks DuckDB for node."""

    def setUp(self) -> None:
        super().setUp()
        page = (ROOT / "docs" / "ci.md").read_text()
        job = page.split("<!-- file: nightly-lake -->\n```bash\n")[1].split("```")[0]
        (self.directory / "ci").mkdir()
        for name in ("views.duckdb", "gate-against-last-ten"):
            shutil.copy(EXAMPLES / f"{name}.sql", self.directory / "ci")
        self.script("nightly-lake", job)
        self.script("tools/snapq", f'#!/bin/sh\nexec "{SNAPQ}" "$@"\n')
        self.script("tools/duckdb", f"""#!/bin/bash
set -euo pipefail
[[ $# == 4 && "$1 $3 $4" == "-init -csv -noheader" ]]
SNAPQ_LAKE_MODULES="{MODULES}" node "{HERE / 'ask.mjs'}" "$2" /dev/stdin | sed 's/^\\[\\["//; s/"\\]\\]$//'
""")

    def script(self, name: str, text: str) -> None:
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def night(self, number: int, activation: int) -> int:
        snapshot = rank_snapshot(number, 0)
        snapshot["device_traces"][0].append({"action": "alloc", "addr": 1 << 41, "size": activation, "stream": 0,
                                             "frames": [], "time_us": snapshot["device_traces"][0][-1]["time_us"] + 1})
        (self.directory / "run.pickle").write_bytes(pickle.dumps(snapshot))
        environment = {**os.environ, "PATH": f"{self.directory}/tools:{os.environ['PATH']}", "COMMIT": f"c{number}"}
        done = self.run_program(["./nightly-lake", "run.pickle", "lake", f"night-{number}"], env=environment)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode

    def test_the_limit_follows_the_median_and_a_failed_night_is_not_added(self) -> None:
        for number in range(1, 8):
            self.assertEqual(self.night(number, 1000 << 20), 0)
        self.assertEqual(self.night(8, 1100 << 20), 1)
        self.assertEqual(self.night(9, 1005 << 20), 0)
        jobs = sorted(path.name for path in (self.directory / "lake" / "archives").iterdir())
        self.assertEqual(jobs, [f"job=night-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9)])


class Memory(LakeTest):
    """Alone in its process: Linux counts what this one has held as the peak of the programs that it starts."""

    def test_it_does_not_grow_with_the_archive(self) -> None:
        generate = [sys.executable, ROOT / "scripts" / "generate_snapshot.py", "--size", "60MB", "-o", "large.pickle"]
        subprocess.run(generate, cwd=self.directory, check=True, capture_output=True)
        self.convert("large.pickle", target="large.zip")
        tables = ("--table", "allocations", "--table", "events")
        done = self.run_bounded(64 << 10, "export", "large.zip", "--format", "parquet", "-o", "lake", *tables)
        self.assertEqual(done.returncode, 0, done.stderr)


def reason_to_skip() -> str | None:
    if not SNAPQ:
        return "SNAPQ does not name the program under test"
    if not shutil.which("node"):
        return "there is no node (Debian: nodejs)"
    if not (MODULES / "node_modules").is_dir():
        return f"there are no npm modules in {MODULES} (scripts/test installs them)"
    return None


if __name__ == "__main__":
    if lack := reason_to_skip():
        print(f"skipped: {lack}")
        sys.exit(SKIPPED)
    sys.exit(exit_code(unittest.main(exit=False).result))
