"""`snapq export` under failures, signals and limits, and with names that somebody else chose.

tests/lake reads what the files contain.
"""

from __future__ import annotations

import pickle
import resource
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from program import CPP_SAMPLE, SAMPLE, ProgramTest, Result, main, remove
from shim import EIO, EMFILE, ENOSPC, ShimTest

MARK = b"PAR1"
TO_LAKE = ("--format", "parquet", "-q", "-o", "lake")


class LakeTest(ProgramTest):
    def export(self, *arguments: str | Path, **how: Any) -> Result:
        return self.snapq("export", *arguments, *TO_LAKE, **how)

    def files(self) -> dict[str, bytes]:
        """The files of the lake by their paths in it."""
        lake = self.directory / "lake"
        return {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()}

    def remove_hidden_files(self) -> int:
        """Of these, engines read none. Returns how many there were."""
        hidden = list((self.directory / "lake").rglob(".*.tmp"))
        for path in hidden:
            path.unlink()
        return len(hidden)

    def whole_files(self) -> dict[str, bytes]:
        found = self.files()
        for path, content in found.items():
            self.assertTrue(content.startswith(MARK) and content.endswith(MARK), path)
        return found


class Failures(LakeTest, ShimTest):
    """Two archives of the same name, so that one can replace the other in the lake."""

    def setUp(self) -> None:
        super().setUp()
        for folder, source in (("old", CPP_SAMPLE), ("new", SAMPLE)):
            (self.directory / folder).mkdir()
            self.convert(source, "--max-points", "4", target=f"{folder}/run.zip")
        self.arguments = ("export", "new/run.zip", *TO_LAKE)
        self.old, self.new = (self.exported(folder) for folder in ("old", "new"))

    def exported(self, folder: str) -> dict[str, bytes]:
        self.assertEqual(self.export(f"{folder}/run.zip", "--force").returncode, 0)
        found = self.whole_files()
        remove(self.directory / "lake")
        return found

    def check_what_is_left(self) -> None:
        """Each file is the old or the new one, and with the file of table archives all are from one export."""
        found = self.whole_files()
        for path, content in found.items():
            self.assertIn(content, (self.old.get(path), self.new[path]), path)
        if "archives/run.parquet" in found:
            self.assertIn(found, (self.old, self.new))

    def check_repeated(self) -> None:
        self.assertEqual(self.snapq(*self.arguments, "--force").returncode, 0)
        self.assertEqual(self.files(), self.new)
        remove(self.directory / "lake")

    def test_a_call_that_fails_before_the_files_have_names_leaves_nothing(self) -> None:
        for kind, error in (("write", ENOSPC), ("write", EIO), ("name", EMFILE)):
            calls = self.counted(kind, *self.arguments)
            first_name = calls if kind == "write" else calls - self.counted("link", *self.arguments, "--force")
            remove(self.directory / "lake")
            self.assertGreater(first_name, 13)
            for at in range(1, first_name, max(1, first_name // 20)):
                with self.subTest(kind=kind, at=at):
                    result = self.snapq(*self.arguments, env=self.environment(kind, at, error))
                    if result.returncode == 0:  # a call whose failure does not matter, such as a lock
                        remove(self.directory / "lake")
                        continue
                    self.assertIn(result.returncode, (3, 4), result.stderr)
                    self.assertEqual(self.names(), ["new", "old"])

    def test_a_name_that_cannot_be_given_leaves_no_mixed_group(self) -> None:
        for folder in ("", "old"):
            options = ("--force",) if folder else ()
            calls = 0
            for at in range(1, 100):
                remove(self.directory / "lake")
                if folder:
                    self.assertEqual(self.export("old/run.zip").returncode, 0)
                result = self.snapq(*self.arguments, *options, env=self.environment("link", at, ENOSPC))
                if result.returncode == 0 and self.files() == self.new:
                    break
                calls += 1
                with self.subTest(folder=folder, at=at):
                    self.assert_refused(result, 4, "cannot write lake/")
                    self.check_what_is_left()
                    self.check_repeated()
            self.assertGreaterEqual(calls, len(self.new))

    def test_a_signal_at_any_call(self) -> None:
        for folder, number in (("", signal.SIGTERM), ("old", signal.SIGTERM), ("", signal.SIGKILL), ("old", signal.SIGKILL)):
            arguments = (*self.arguments, "--force")
            remove(self.directory / "lake")
            calls = self.counted("name", *arguments)
            for at in range(1, calls + 1, 23):
                remove(self.directory / "lake")
                if folder:
                    self.assertEqual(self.export("old/run.zip").returncode, 0)
                with self.subTest(folder=folder, signal=number, at=at):
                    code, _ = self.stopped_before("name", at, arguments, lambda process, number=number: process.send_signal(number))
                    self.assertEqual(code, -number)
                    self.assertLessEqual(self.remove_hidden_files(), 0 if number == signal.SIGTERM else 1)
                    self.check_what_is_left()
                    if number == signal.SIGTERM and not folder and not self.files():
                        self.assertEqual(self.names(), ["new", "old"])
                    self.check_repeated()

    def test_limits_of_the_system(self) -> None:
        for what, amounts in ((resource.RLIMIT_FSIZE, (0, 100, 2000)), (resource.RLIMIT_NOFILE, (5, 12, 30)),
                              (resource.RLIMIT_AS, (25 << 20, 30 << 20, 35 << 20, 40 << 20))):  # fmt: skip
            for amount in amounts:
                with self.subTest(what=what, amount=amount):
                    result = self.snapq(*self.arguments, preexec_fn=lambda what=what, amount=amount: resource.setrlimit(what, (amount, amount)))
                    if result.returncode == 0:  # the memory sufficed
                        self.assertEqual(self.files(), self.new)
                        remove(self.directory / "lake")
                    else:
                        self.assertIn(result.returncode, (4, 127), result.stderr)  # 127: no library could be loaded
                    self.assertEqual(self.names(), ["new", "old"])


class Names(LakeTest):
    """What becomes a part of a path: names of archives, labels and ranks."""

    LABELS = ("../../up", "/etc/passwd", "a/b", "..", ".", "a=b", "a%2Fb", "a\nb\x1b[2J", "\u202e\u200b", "é 漢", " ", "-f", "~", "*")

    def test_labels_stay_in_the_lake(self) -> None:
        for label in self.LABELS:
            with self.subTest(label):
                self.convert(CPP_SAMPLE, "--max-points", "4", "--label", f"team={label}", target="run.zip")
                before = self.names()
                result = self.export("run.zip", "--partition", "team,rank=0")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(self.names(), [*sorted([*before, "lake"])])
                for path in self.files():
                    table, team, rank, name = path.split("/")
                    self.assertTrue(team.startswith("team=") and len(team) > 5, path)
                    self.assertEqual((rank, name), ("rank=0", "run.parquet"))
                remove(self.directory / "lake")

    def test_a_label_that_is_too_long_for_a_name(self) -> None:
        self.convert(CPP_SAMPLE, "--max-points", "4", "--label", "team=" + "x" * 300, target="run.zip")
        self.assert_refused(self.export("run.zip", "--partition", "team"), 4, "File name too long")
        self.assertEqual(self.names(), ["run.zip"])

    def test_a_folder_is_called_as_it_is_however_it_is_given(self) -> None:
        self.convert(CPP_SAMPLE, "--max-points", "4", "--layout", "dir", target="rank3")
        for name, folder in (("rank3", self.directory), ("rank3/", self.directory), (".", self.directory / "rank3")):
            with self.subTest(name):
                made = self.snapq("export", name, "--format", "parquet", "-q", "-o", self.directory / "lake", "--partition", "rank", cwd=folder)
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                self.assertIn("devices/rank=3/rank3.parquet", self.files())
                remove(self.directory / "lake")

    def test_strange_names_of_archives(self) -> None:
        archive = self.convert(CPP_SAMPLE, "--max-points", "4", target="run.zip")
        (self.directory / "ranks").mkdir()
        for number, name in enumerate(("a\nb", "\x1b[2J", "-rf", "..", "x*?", "\udcff", "é")):
            shutil.copy(archive, self.directory / "ranks" / f"{name}{number}.zip")
        for arguments in (("ranks",), ("ranks", "--partition", "job=1")):
            result = self.export(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual(self.names(), ["lake", "ranks", "run.zip"])
            remove(self.directory / "lake")

    def test_archives_between_the_same_first_and_last_one(self) -> None:
        """Files are named a..c, whether b is among their archives or not."""
        for name in ("a", "b", "c", "x"):
            self.convert(SAMPLE, "--max-points", "4", target=f"{name}.zip")
        self.assertEqual(self.export("a.zip", "c.zip").returncode, 0)
        for group in (("a.zip", "b.zip", "c.zip"), ("a.zip", "x.zip", "c.zip"), ("a.zip", "c.zip")):
            before = self.whole_files()
            self.assertIn("archives/a..c.parquet", before)
            refused = self.export(*group, "--skip-existing")
            self.assert_refused(refused, 2, "archives/a..c.parquet exists, but was not written for exactly these archives")
            self.assertEqual(self.files(), before)
            self.assertEqual(self.export(*group, "--skip-existing", "--force").returncode, 0)
            written = self.whole_files()
            self.assertEqual(written.keys(), before.keys())
            self.assertNotEqual(written, before)
            self.assertEqual(self.export(*group, "--skip-existing").returncode, 0)
            self.assertEqual(self.files(), written)

    def test_the_output_is_no_input(self) -> None:
        """A lake in place of an archive, and in a file."""
        self.convert(CPP_SAMPLE, "--max-points", "4", target="run.zip")
        for output in ("run.zip", "run.zip/lake", "/dev/null", "/proc/self/lake"):
            with self.subTest(output):
                result = self.snapq("export", "run.zip", "--format", "parquet", "-q", "-o", output)
                self.assert_refused(result, 4, output)
                self.assertEqual(self.names(), ["run.zip"])


class HostileContent(LakeTest):
    def test_texts_and_numbers_of_any_kind(self) -> None:
        """Text columns with bytes that are no UTF-8, zero bytes, and numbers in place of texts and the other way round."""
        archive = self.convert(CPP_SAMPLE, "--max-points", "4", target="run.zip")
        self.assertEqual(self.snapq("extract", "-q", archive, "-d", "bad").returncode, 0)
        code = (
            "import sqlite3, sys\n"
            "database = sqlite3.connect('bad/elements.db')\n"
            "for (table,) in database.execute(\"SELECT name FROM sqlite_master WHERE type = 'table'\").fetchall():\n"
            "    for column in [row[1] for row in database.execute(f'PRAGMA table_info({table})')]:\n"
            "        try: database.execute(f'UPDATE OR IGNORE {table} SET {column} = {sys.argv[1]} WHERE rowid % 3 = 0')\n"
            "        except sqlite3.Error: pass\n"
            "database.commit()\n"
        )
        values = ("CAST(x'ff00c328f09f' AS TEXT)", "x'00ff'", "1e300", "-9223372036854775808", "'9' || char(0) || 'x'", "NULL")
        for value in values:
            with self.subTest(value):
                subprocess.run(["python3", "-c", code, value], cwd=self.directory, check=True)
                result = self.export("bad", "--table", "allocations", "--table", "events")
                self.assertIn(result.returncode, (0, 3), result.stderr)
                self.assertEqual(bool(self.whole_files()), result.returncode == 0)
                remove(self.directory / "lake")

    def test_long_texts_need_bounded_memory(self) -> None:
        """Many different texts of the longest kind, in as many columns as there are."""
        frames = [{"filename": f"{i}" + "/x" * 400_000, "name": f"{i}" + "y" * 900_000, "line": i} for i in range(12)]
        events = [{"action": "alloc", "addr": 4096 * i, "size": 512, "stream": 0, "frames": [frame], "category": frame["name"],
                   "user_metadata": frame["name"]} for i, frame in enumerate(frames, 1)]  # fmt: skip
        (self.directory / "run.pickle").write_bytes(pickle.dumps({"segments": [], "device_traces": [events]}))
        del frames, events
        self.convert("run.pickle", "--max-points", "4", target="run.zip")
        done = self.run_bounded(128 << 10, "export", "run.zip", *TO_LAKE, "--table", "allocations")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    main()
