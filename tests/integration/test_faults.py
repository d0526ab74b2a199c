"""If the system fails, an output appears complete or not at all, an old one stays as it was, and no other file is left.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from program import CPP_SAMPLE, ROOT, SAMPLE, SNAPQ, TIME_LIMIT_S, ProgramTest, Result, bytes_of, is_sanitized, main, remove
from shim import EACCES, EAGAIN, EDQUOT, EIO, EMFILE, ENOSPC, ShimTest

OLD = b"an old archive, or what the user takes for one"
# Two snapshots of a few events, for tests of calls whose number does not depend on the size of the input.
SEEDS = ROOT / "tests" / "corpus" / "snapshot"
SMALL, OTHER_SMALL = SEEDS / "seed-protocol-4", SEEDS / "seed-cpp"

class FaultTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.directory / "out.zip").write_bytes(OLD)

    def assert_untouched(self, *more: str) -> None:
        """Checks that the old target is unchanged and that there is no other file."""
        self.assertEqual(self.names(), sorted(["out.zip", *more]))
        self.assertEqual((self.directory / "out.zip").read_bytes(), OLD)

    def forced(self, source: Path = CPP_SAMPLE, *options: str, **more: Any) -> Result:
        return self.snapq("convert", source, "-o", "out.zip", "--force", "-q", *options, **more)


class WithShim(FaultTest, ShimTest):
    pass


class FailingCalls(WithShim):
    def command(self, layout: str = "zip") -> list[str | Path]:
        target = "out.zip" if layout == "zip" else "new"
        return ["convert", CPP_SAMPLE, "-o", target, "--force", "-q", "--layout", layout]

    def failing(self, call: str, at: int, error: int = ENOSPC, on: bool = False, layout: str = "zip", **more: str) -> Result:
        return self.snapq(*self.command(layout), env=self.environment(call, at, error, on, **more))

    def calls(self, kind: str, layout: str = "zip") -> int:
        """The number of calls of this kind in a conversion."""
        made = self.counted(kind, *self.command(layout))
        shutil.rmtree(self.directory / "new", ignore_errors=True)
        (self.directory / "out.zip").write_bytes(OLD)
        return made

    def test_every_write_may_fail(self) -> None:
        calls = self.calls("write")
        self.assertGreater(calls, 3)
        for at in range(1, calls + 1):
            for error, on in ((ENOSPC, True), (EIO, False)):
                with self.subTest(at=at, error=error):
                    self.assert_refused(self.failing("write", at, error, on), 4, "cannot write out.zip: ")
                    self.assert_untouched()

    def test_every_write_of_plain_files_may_fail(self) -> None:
        calls = self.calls("write", "dir")
        self.assertGreater(calls, 3)
        for at in range(1, calls + 1):
            with self.subTest(at=at):
                self.assert_refused(self.failing("write", at, EDQUOT, True, "dir"), 4, "cannot write new")
                self.assert_untouched()

    def test_writes_and_reads_may_be_short(self) -> None:
        result = self.failing("", 0, FAIL_SHORT="1")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        short = (self.directory / "out.zip").read_bytes()
        self.assertEqual(self.forced().returncode, 0)
        self.assertEqual((self.directory / "out.zip").read_bytes(), short)

    def test_every_read_may_fail(self) -> None:
        calls = self.calls("read")
        self.assertGreater(calls, 0)
        for at in range(1, calls + 1):
            with self.subTest(at=at):
                result = self.failing("read", at, EIO)
                # A failing read of a file in /proc or /sys (figures of memory) does no harm.
                if result.returncode == 0:
                    self.assertTrue(zipfile.is_zipfile(self.directory / "out.zip"))
                    (self.directory / "out.zip").write_bytes(OLD)
                    continue
                self.assertIn(result.returncode, (3, 4), result.stderr)
                self.assert_refused(result, result.returncode)
                self.assert_untouched()

    def test_threads_may_not_start(self) -> None:
        """The threads that did start do the work of the others."""
        for jobs in ("1", "3"):
            whole = self.directory / "whole"
            whole.mkdir()
            sources = [SAMPLE, CPP_SAMPLE][: int(jobs)]
            command = ["convert", *sources, "-q", "-j", jobs, "--threads", "3", "-o"]
            threads = self.counted("thread", *command, whole)
            codes = set()
            for on in (False, True):
                for at in range(1, threads + 1):
                    with self.subTest(jobs=jobs, at=at, on=on):
                        new = self.directory / "new"
                        new.mkdir()
                        result = self.snapq(*command, new, env=self.environment("thread", at, EAGAIN, on))
                        codes.add(result.returncode)
                        if result.returncode == 0:
                            self.assertEqual(bytes_of(new), bytes_of(whole))
                        else:
                            self.assertEqual(result.returncode, 4)
                            said = "snapq: error: .*cannot start a thread: Resource temporarily unavailable\n"
                            self.assertRegex(result.stderr, said)
                        shutil.rmtree(new)
            self.assertEqual(codes, {0, 4})
            shutil.rmtree(whole)

    def test_publishing_may_fail(self) -> None:
        for kind in ("link", "sync", "truncate"):
            for at in range(1, self.calls(kind) + 1):
                with self.subTest(kind=kind, at=at):
                    result = self.failing(kind, at, EIO)
                    if result.returncode == 0:  # there was another way
                        self.assertTrue(zipfile.is_zipfile(self.directory / "out.zip"))
                        self.assertEqual(self.names(), ["out.zip"])
                        (self.directory / "out.zip").write_bytes(OLD)
                        continue
                    self.assert_refused(result, 4)
                    self.assert_untouched()


class ExtractFails(WithShim):
    """Extract writes two files. Whatever fails, either both are new or both are unchanged."""

    def setUp(self) -> None:
        super().setUp()
        self.wanted = self.contents_of(self.convert(CPP_SAMPLE, target="a.zip"))

    def contents_of(self, archive: Path) -> dict[str, bytes]:
        result = self.snapq("extract", archive, "-d", "wanted")
        self.assertEqual(result.returncode, 0, result.stderr)
        contents = self.contents("wanted")
        shutil.rmtree(self.directory / "wanted")
        return contents

    def contents(self, folder: str) -> dict[str, bytes]:
        return bytes_of(self.directory / folder)

    def old_files(self, is_there: bool = True) -> dict[str, bytes]:
        shutil.rmtree(self.directory / "there", ignore_errors=True)
        if not is_there:
            return {}
        (self.directory / "there").mkdir()
        for name in ("allocations.json", "elements.db"):
            (self.directory / "there" / name).write_bytes(OLD + name.encode())
        return self.contents("there")

    def test_every_call_may_fail_while_files_are_replaced(self) -> None:
        command = ("extract", "a.zip", "-d", "there", "--force", "-q")
        outcomes = set()
        for kind in ("write", "link", "sync", "truncate"):
            self.old_files()
            for at in range(1, self.counted(kind, *command) + 1):
                old = self.old_files()
                with self.subTest(kind=kind, at=at):
                    result = self.snapq(*command, env=self.environment(kind, at, EIO))
                    outcomes.add((kind, result.returncode))
                    if result.returncode == 0:  # there was another way
                        self.assertEqual(self.contents("there"), self.wanted)
                        continue
                    self.assert_refused(result, 4, "cannot write there/")
                    self.assertEqual(self.contents("there"), old)
        self.assertLessEqual({("write", 4), ("link", 4), ("sync", 4)}, outcomes)

    def test_every_call_may_fail_without_files_to_replace(self) -> None:
        command = ("extract", "a.zip", "-d", "new", "-q")
        for kind in ("write", "link", "sync"):
            calls = self.counted(kind, *command)
            shutil.rmtree(self.directory / "new")
            for at in range(1, calls + 1):
                with self.subTest(kind=kind, at=at):
                    result = self.snapq(*command, env=self.environment(kind, at, ENOSPC))
                    if result.returncode == 0:
                        self.assertEqual(self.contents("new"), self.wanted)
                        shutil.rmtree(self.directory / "new")
                        continue
                    self.assert_refused(result, 4, "cannot write new/")
                    self.assert_untouched("a.zip")

    def rival(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SNAPQ, "extract", "b.zip", "-d", "there", "-q", *options], cwd=self.directory,
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def test_another_run_starts_at_any_call_with_a_name(self) -> None:
        """Both files are of the same run. A run that starts while another one renames its two files waits."""
        pairs = [self.wanted, self.contents_of(self.convert(SAMPLE, target="b.zip"))]
        for options, rival_options in (((), ()), ((), ("--force",)), (("--force",), ("--force",))):
            command = ("extract", "a.zip", "-d", "there", "-q", *options)
            self.old_files(is_there=bool(options))
            outcomes = set()
            for at in range(1, self.counted("name", *command) + 1):
                self.old_files(is_there=bool(options))
                rivals: list[subprocess.Popen[str]] = []

                def come(_: object, rivals: list[subprocess.Popen[str]] = rivals) -> None:
                    rivals.append(self.rival(*rival_options))
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        rivals[0].wait(0.5)

                with self.subTest(options=options, rival=rival_options, at=at):
                    code, said = self.stopped_before("name", at, command, come)
                    rival_said = rivals[0].communicate(timeout=TIME_LIMIT_S)[1]
                    self.assertEqual((said == "", rival_said == ""), (code == 0, rivals[0].returncode == 0))
                    self.assertIn(self.contents("there"), pairs)
                    outcomes.add((code, rivals[0].returncode))
            self.assertLessEqual(outcomes, {(0, 0)} if options else {(0, 2), (2, 0), (0, 0)})

    def test_another_run_does_not_wait_for_ever(self) -> None:
        """It continues after a while, and the files that it has written stay."""
        theirs = self.contents_of(self.convert(SAMPLE, target="b.zip"))
        command = ("extract", "a.zip", "-d", "there", "-q")
        links = self.counted("link", *command)
        self.old_files(is_there=False)

        def come(_: object) -> None:
            self.assertEqual(self.rival("--force").communicate(timeout=TIME_LIMIT_S), (None, ""))

        code, said = self.stopped_before("link", links, command, come)
        self.assertEqual((code, said.splitlines()[0]), (2, "snapq: error: there/elements.db exists"))
        self.assertEqual(self.contents("there"), theirs)

    def test_a_signal_without_files_to_replace(self) -> None:
        command = ("extract", "a.zip", "-d", "new", "-q")
        calls = self.counted("name", *command)
        outcomes = set()
        for at in range(1, calls + 1):
            shutil.rmtree(self.directory / "new", ignore_errors=True)
            with self.subTest(at=at):
                code, said = self.stopped_before(
                    "name", at, command, lambda process: process.send_signal(signal.SIGTERM)
                )
                self.assertEqual((code, said), (-signal.SIGTERM, ""))
                outcomes.add("new" in self.names())
                if "new" in self.names():
                    self.assertEqual(self.contents("new"), self.wanted)
        self.assertEqual(outcomes, {False, True})

    def test_a_signal_or_a_kill_at_any_call_with_a_name(self) -> None:
        """One file may be new and the other old only between the two renames, where only a kill can end the process."""
        command = ("extract", "a.zip", "-d", "there", "-q", "--force")
        old = self.old_files()
        calls = self.counted("name", *command)
        for number, most_mixed in ((signal.SIGTERM, 0), (signal.SIGKILL, 1)):
            mixed = 0
            for at in range(1, calls + 1):
                self.old_files()
                with self.subTest(signal=number.name, at=at):
                    code, said = self.stopped_before(
                        "name", at, command, lambda process, number=number: process.send_signal(number)
                    )
                    self.assertEqual((code, said), (-number, ""))
                    found = self.contents("there")
                    if number == signal.SIGKILL:  # may leave hidden files, and nothing else
                        found = {name: data for name, data in found.items() if not name.startswith(".")}
                    self.assertEqual(found.keys(), old.keys())
                    self.assertTrue(all(data in (old[name], self.wanted[name]) for name, data in found.items()))
                    mixed += found not in (old, self.wanted)
            self.assertEqual(mixed, most_mixed)
        self.assertEqual(self.snapq(*command).returncode, 0)
        self.assertEqual(self.contents("there"), self.wanted)  # and no hidden file is left


class OtherOutputs(WithShim):
    def test_results_written_to_a_file(self) -> None:
        archive = self.convert(CPP_SAMPLE, target="a.zip")
        for command in (("summary", archive), ("diff", archive, "--at-base", "start", "--at-new", "peak"), ("report", archive, "-q")):
            for kind in ("write", "link", "sync"):
                arguments = (*command, "-o", "out.zip", "--force")
                calls = self.counted(kind, *arguments)
                self.assertGreater(calls, 0)
                for at in range(1, calls + 1):
                    (self.directory / "out.zip").write_bytes(OLD)
                    with self.subTest(command=command[0], kind=kind, at=at):
                        result = self.snapq(*arguments, env=self.environment(kind, at, ENOSPC))
                        if result.returncode == 0:
                            self.assertNotEqual((self.directory / "out.zip").read_bytes(), OLD)
                            continue
                        self.assert_refused(result, 4, "cannot write out.zip: ")
                        self.assert_untouched("a.zip")

    def test_every_read_of_an_archive_may_fail(self) -> None:
        archive = self.convert(CPP_SAMPLE, target="a.zip")
        for command in (("info", archive), ("summary", archive), ("query", archive, "SELECT count(*) FROM allocs"),
                        ("verify", archive), ("diff", archive, "--at-base", "start"), ("extract", archive, "-d", "new"), ("report", archive, "-o", "new"),
                        ("export", archive, "--format", "parquet", "-o", "new")):  # fmt: skip
            calls = self.counted("read", *command)
            remove(self.directory / "new")
            self.assertGreater(calls, 2)
            for at in range(1, calls + 1, max(1, calls // 40)):
                with self.subTest(command=command[0], at=at):
                    result = self.snapq(*command, env=self.environment("read", at, EIO))
                    if result.returncode == 0:  # the read was of a file in /proc or /sys
                        remove(self.directory / "new")
                        continue
                    self.assertEqual(result.returncode, 3, result.stderr)
                    self.assertIn("Input/output error", result.stderr)
                    self.assertIn("a.zip", result.stderr)
                    self.assert_untouched("a.zip")


class Limits(FaultTest):
    def test_a_full_disk_at_any_size(self) -> None:
        self.assertEqual(self.forced().returncode, 0)
        size = (self.directory / "out.zip").stat().st_size
        (self.directory / "out.zip").write_bytes(OLD)
        limits = {0, 1, 4096, *(size * part // 10 for part in range(1, 10)), size - 1}
        if is_sanitized():  # the thread sanitizer writes a file when a program starts
            limits.remove(0)
        for limit in sorted(limits):
            with self.subTest(limit=limit):
                # The unfinished database counts too; it is larger than the archive.
                result = self.forced(preexec_fn=at_most(resource.RLIMIT_FSIZE, limit))
                self.assert_refused(result, 4, "cannot write out.zip: ")
                self.assert_untouched()

    def test_no_temporary_space(self) -> None:
        """convert needs no space in TMPDIR, because its temporary files are next to the target. Other commands that
        convert a snapshot first do need it."""
        gone = self.directory / "gone"
        environment = {**os.environ, "TMPDIR": str(gone)}
        result = self.forced(env=environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertTrue(zipfile.is_zipfile(self.directory / "out.zip"))
        (self.directory / "out.zip").write_bytes(OLD)
        for command in (("summary", CPP_SAMPLE), ("info", CPP_SAMPLE), ("diff", CPP_SAMPLE, "--at-base", "start"),
                        ("query", CPP_SAMPLE, "SELECT 1"), ("extract", CPP_SAMPLE, "-d", "new")):  # fmt: skip
            with self.subTest(command[0]):
                self.assert_refused(self.snapq(*command, env=environment), 4, str(gone))
                self.assert_untouched()

    def test_no_temporary_space_for_a_database_without_seek_points(self) -> None:
        """A database that is deflated as a whole is unpacked to an unnamed temporary file."""
        with zipfile.ZipFile(self.directory / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("elements.db", foreign_database())
            archive.writestr("allocations.json", "[]")
        gone = self.directory / "gone"
        for command in (("summary", "a.zip"), ("query", "a.zip", "SELECT 1")):
            with self.subTest(command[0]):
                self.assert_refused(self.snapq(*command, env={**os.environ, "TMPDIR": str(gone)}), 4, str(gone))
                limited = self.snapq(*command, preexec_fn=at_most(resource.RLIMIT_FSIZE, 1000))
                self.assert_refused(limited, 4, "a temporary file in ")

    def test_a_target_folder_without_permission(self) -> None:
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        closed = self.directory / "closed"
        closed.mkdir(mode=0o555)
        result = self.snapq("convert", CPP_SAMPLE, "-o", "closed/out.zip")
        self.assert_refused(result, 4, "closed")
        self.assertEqual(self.names("closed"), [])

    def test_a_target_folder_that_does_not_exist(self) -> None:
        self.assert_refused(self.snapq("convert", CPP_SAMPLE, "-o", "nowhere/out.zip"), 4, "nowhere")
        self.assert_untouched()

    def test_too_little_memory(self) -> None:
        if is_sanitized():
            self.skipTest("a sanitizer reserves terabytes of addresses")
        outcomes = set()
        for mebibytes in (24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 512):
            with self.subTest(mebibytes=mebibytes):
                result = self.forced(SAMPLE, preexec_fn=at_most(resource.RLIMIT_AS, mebibytes << 20))
                if result.returncode == 127:  # not even the libraries can be loaded
                    continue
                outcomes.add(result.returncode)
                if result.returncode == 0:
                    self.assertTrue(zipfile.is_zipfile(self.directory / "out.zip"))
                    (self.directory / "out.zip").write_bytes(OLD)
                else:
                    self.assert_refused(result, 4)
                    self.assert_untouched()
        self.assertIn(0, outcomes)

    def test_too_little_memory_for_questions(self) -> None:
        if is_sanitized():
            self.skipTest("a sanitizer reserves terabytes of addresses")
        archive = self.convert(SAMPLE, target="a.zip")
        for command in (("info", archive), ("summary", archive), ("verify", archive), ("diff", archive, "--at-base", "start"),
                        ("query", archive, "SELECT * FROM allocations ORDER BY size"), ("extract", archive, "-d", "new")):  # fmt: skip
            codes = set()
            for mebibytes in (16, 20, 24, 28, 32, 40, 64, 512):
                with self.subTest(command=command[0], mebibytes=mebibytes):
                    result = self.snapq(*command, preexec_fn=at_most(resource.RLIMIT_AS, mebibytes << 20))
                    shutil.rmtree(self.directory / "new", ignore_errors=True)
                    codes.add(result.returncode)
                    if result.returncode == 127:  # not even the libraries can be loaded
                        continue
                    self.assertIn(result.returncode, (0, 4), result.stderr)
                    if result.returncode == 4:
                        self.assertIn("memory", result.stderr)
                    self.assert_untouched("a.zip")
            self.assertIn(0, codes)

    def test_too_few_open_files(self) -> None:
        if is_sanitized():
            self.skipTest("a sanitizer that looks at a virtual table opens /proc/self/maps")
        for files in range(3, 12):
            with self.subTest(files=files):
                result = self.forced(preexec_fn=at_most(resource.RLIMIT_NOFILE, files))
                if result.returncode in (0, 127):
                    (self.directory / "out.zip").write_bytes(OLD)
                    continue
                self.assertEqual(result.returncode, 4, result.stderr)
                self.assert_untouched()


def foreign_database() -> bytes:
    """A database like those of SnapViewer's converter."""
    with tempfile.TemporaryDirectory(prefix="snapq-integration-") as folder:
        path = Path(folder) / "elements.db"
        connection = sqlite3.connect(path)
        connection.executescript(
            "CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, end_time INTEGER, callstack TEXT)"
        )
        connection.close()
        return path.read_bytes()


def copy(source: Path, target: Path) -> None:
    remove(target)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def at_most(what: int, amount: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(what, (amount, amount))

    return limit


class Interrupted(FaultTest):
    whole = b""

    def duration(self) -> float:
        started = time.perf_counter()
        self.assertEqual(self.forced(SAMPLE).returncode, 0)
        self.whole = (self.directory / "out.zip").read_bytes()
        (self.directory / "out.zip").write_bytes(OLD)
        return time.perf_counter() - started

    def stopped(self, number: int, after: float, layout: str = "zip") -> int:
        target = "out.zip" if layout == "zip" else "new"
        with subprocess.Popen(
            [SNAPQ, "convert", SAMPLE, "-o", target, "--force", "-q", "--layout", layout],
            cwd=self.directory, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            time.sleep(after)
            process.send_signal(number)
            return process.wait(timeout=30)

    def check(self, code: int, number: int, after: float) -> None:
        """Checks that the target is either the old file or the complete new one, and the new one if the exit code is
        0."""
        self.assertIn(code, (0, -number), after)
        left = [name for name in self.names() if name != "out.zip"]
        if number == signal.SIGKILL:  # the new file got a hidden name but was not renamed yet: the documented leftover
            left = [name for name in left if not name.startswith(".out.zip.snapq-")]
        self.assertEqual(left, [], after)
        found = (self.directory / "out.zip").read_bytes()
        self.assertIn(found, (self.whole,) if code == 0 else (self.whole, OLD), after)
        (self.directory / "out.zip").write_bytes(OLD)

    def moments(self, count: int) -> list[float]:
        duration = self.duration()
        dice = random.Random(7)
        return [duration * 1.1 * (step + dice.random()) / count for step in range(count)]

    def test_a_kill_at_any_moment(self) -> None:
        for after in self.moments(40):
            self.check(self.stopped(signal.SIGKILL, after), signal.SIGKILL, after)

    def test_control_c_at_any_moment(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for after in self.moments(12):
                self.check(self.stopped(number, after), number, after)

    def test_the_folder_that_a_kill_leaves_is_removed_by_the_next_run(self) -> None:
        """A folder needs a name while it is filled, so a kill leaves it. This is documented."""
        for after in self.moments(10):
            self.stopped(signal.SIGKILL, after, "dir")
            for name in self.names():
                self.assertTrue(name in ("out.zip", "new") or name.startswith(".new.snapq-"), name)
        shutil.rmtree(self.directory / "new", ignore_errors=True)
        result = self.snapq("convert", SAMPLE, "-o", "new", "--layout", "dir", "-q")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assert_untouched("new")

    def test_the_reader_of_the_results_closes_the_pipe(self) -> None:
        archive = self.directory / "a.zip"
        self.assertEqual(self.snapq("convert", SAMPLE, "-o", archive, "-q").returncode, 0)
        reading, writing = os.pipe()
        os.close(reading)
        result = subprocess.run(
            [SNAPQ, "info", archive, "--format", "json"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
        os.close(writing)
        self.assertIn(result.returncode, (0, -signal.SIGPIPE))
        self.assertEqual(result.stderr, b"")


class Rivals(FaultTest):
    def rivals(self, *options: str) -> list[tuple[int, str]]:
        commands = [[SNAPQ, "convert", source, "-o", "new.zip", "-q", *options] for source in (SAMPLE, CPP_SAMPLE) * 2]
        running = [
            subprocess.Popen(
                command, cwd=self.directory, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            for command in commands
        ]
        ended = [process.communicate(timeout=60)[1] for process in running]
        return [(process.returncode, said) for process, said in zip(running, ended, strict=True)]

    def test_one_of_several_conversions_to_one_target_succeeds(self) -> None:
        results = self.rivals()
        self.assertEqual(sorted(code for code, _ in results), [0, 2, 2, 2], results)
        self.assertEqual(self.names(), ["new.zip", "out.zip"])
        self.assertEqual(self.snapq("verify", "new.zip").returncode, 0)

    def test_one_of_several_conversions_to_one_folder_succeeds(self) -> None:
        results = self.rivals("--layout", "dir")
        self.assertEqual(sorted(code for code, _ in results), [0, 2, 2, 2], results)
        self.assertEqual(self.names(), ["new.zip", "out.zip"])
        self.assertEqual(self.snapq("verify", "new.zip").returncode, 0)

    def test_with_force_all_conversions_succeed_and_the_target_is_complete(self) -> None:
        results = self.rivals("--force")
        self.assertEqual([code for code, _ in results], [0, 0, 0, 0], results)
        self.assertEqual(self.names(), ["new.zip", "out.zip"])
        self.assertEqual(self.snapq("verify", "new.zip").returncode, 0)


class AtEachName(WithShim):
    """The program stops itself before each call that concerns a name. Meanwhile, the test or another run does
    something."""

    POOR = {"FAIL_POOR": "1"}
    CASES: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
        ((), {}),
        ((), POOR),
        (("--force",), {}),
        (("--force",), POOR),
        (("--layout", "dir"), {}),
        (("--layout", "dir", "--force"), {}),
        (("--layout", "dir", "--force"), POOR),
    )

    def setUp(self) -> None:
        super().setUp()
        self.kept = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def command(self, *options: str, source: Path = SMALL) -> list[str | Path]:
        return ["convert", source, "-o", "new", "-q", *options]

    def clear(self) -> None:
        for name in self.names():
            remove(self.directory / name)

    def prepare(self, options: Sequence[str]) -> None:
        """Makes a target to replace if --force is among the options."""
        self.clear()
        if "--force" in options:
            copy(self.kept / "old", self.directory / "new")

    def calls(self, options: Sequence[str], poor: dict[str, str], kind: str = "name") -> range:
        """The numbers of the calls in a run without a disturbance. Remembers the files before and after it."""
        self.clear()
        self.assertEqual(self.snapq(*self.command(*options, source=OTHER_SMALL)).returncode, 0)
        copy(self.directory / "new", self.kept / "old")
        self.prepare(options)
        number = self.counted(kind, *self.command(*options), **poor)
        copy(self.directory / "new", self.kept / "whole")
        return range(1, number + 1)

    def found(self, options: Sequence[str]) -> str:
        """The state of the target: "whole" (the new one), "old" (the one before) or "nothing"."""
        self.assertIn(self.names(), ([], ["new"]))
        if not self.names():
            return "nothing"
        states = ("whole", "old") if "--force" in options else ("whole",)
        same = [state for state in states if bytes_of(self.directory / "new") == bytes_of(self.kept / state)]
        self.assertNotEqual(same, [], "it is neither whole nor the old one")
        return same[0]

    def untouched(self, options: Sequence[str]) -> str:
        return "old" if "--force" in options else "nothing"

    def test_another_run_does_all_its_work(self) -> None:
        for options, poor in self.CASES:
            codes = set()
            for at in self.calls(options, poor):
                self.prepare(options)
                with self.subTest(options=options, poor=poor, at=at):
                    rival = self.command(*options)
                    code, said = self.stopped_before(
                        "name", at, self.command(*options), lambda _, rival=rival: self.snapq(*rival), **poor
                    )
                    codes.add(code)
                    self.assertEqual(self.found(options), "whole", said)
            self.assertIn(0 if "--force" in options else 2, codes)
            self.assertLessEqual(codes, {0} if "--force" in options else {0, 2})

    def test_the_call_fails(self) -> None:
        for options, poor in self.CASES:
            codes = set()
            for at in self.calls(options, poor, "get"):
                for error in (EACCES, EMFILE):
                    self.prepare(options)
                    with self.subTest(options=options, poor=poor, at=at, error=os.strerror(error)):
                        result = self.snapq(*self.command(*options), env=self.environment("get", at, error, **poor))
                        codes.add(result.returncode)
                        self.assertEqual(
                            self.found(options), "whole" if result.returncode == 0 else self.untouched(options)
                        )
                        if result.returncode != 0:
                            self.assertRegex(result.stderr, f"^snapq: error: .*{os.strerror(error)}\n")
            self.assertEqual(codes, {0, 3, 4})  # a lock may fail, because some file systems have none

    def test_a_name_cannot_be_removed(self) -> None:
        """Then it stays. A hidden name stays until the next run with the same target."""
        removals = 0
        for options, poor in self.CASES:
            for at in self.calls(options, poor, "remove"):
                removals += 1
                self.prepare(options)
                with self.subTest(options=options, poor=poor, at=at):
                    command = self.command(*options)
                    result = self.snapq(*command, env=self.environment("remove", at, EACCES, **poor))
                    if result.returncode != 0:
                        self.assert_refused(result, 4, "cannot make a temporary file in ")
                    self.remove_scratch(poor)
                    taken = "new" in self.names() and "--force" not in options
                    self.assertEqual(self.snapq(*command).returncode, 2 if taken else 0)
                    self.assertEqual(self.found(options), "whole")
        self.assertGreater(removals, 5)

    def test_sync_fails(self) -> None:
        """A file that replaces another one is synced to the disk before."""
        for options, poor in self.CASES:
            calls = self.calls(options, poor, "sync")
            self.assertEqual(bool(calls), "--force" in options)
            for at in calls:
                self.prepare(options)
                with self.subTest(options=options, poor=poor, at=at):
                    result = self.snapq(*self.command(*options), env=self.environment("sync", at, EIO, **poor))
                    self.assert_refused(result, 4, "cannot write new: Input/output error")
                    self.assertEqual(self.found(options), "old")

    def remove_scratch(self, poor: dict[str, str]) -> None:
        """Removes the empty temporary file that an ended run leaves if O_TMPFILE is not supported. Nothing else removes
        it."""
        for name in self.names():
            if poor and name.startswith(".snapq-"):
                self.assertEqual((self.directory / name).stat().st_size, 0)
                remove(self.directory / name)

    def test_a_signal_at_each_name(self) -> None:
        for options, poor in self.CASES:
            states = set()
            for at in self.calls(options, poor):
                self.prepare(options)
                with self.subTest(options=options, poor=poor, at=at):
                    self.interrupt(at, self.command(*options), **poor)
                    states.add(self.found(options))
            self.assertEqual(states, {"whole", self.untouched(options)})

    def test_a_kill_at_each_name(self) -> None:
        """The next run with the same target succeeds, and removes what the killed one has left."""
        for options, poor in self.CASES:
            for at in self.calls(options, poor):
                self.prepare(options)
                with self.subTest(options=options, poor=poor, at=at):
                    code, _ = self.stopped_before(
                        "name", at, self.command(*options), lambda process: process.kill(), **poor
                    )
                    self.assertEqual(code, -signal.SIGKILL)
                    self.remove_scratch(poor)
                    hidden = [name for name in self.names() if name != "new"]
                    self.assertTrue(all(name.startswith(".new.snapq-") for name in hidden), hidden)
                    taken = "--force" in options or "new" in self.names()
                    without_force = self.command(*(option for option in options if option != "--force"))
                    self.assertEqual(self.snapq(*without_force).returncode, 2 if taken else 0)
                    self.assertNotEqual(self.found(options), "nothing")

    def interrupt(self, at: int, command: Sequence[str | Path], may_say: str = "", **more: str) -> None:
        code, said = self.stopped_before(
            "name", at, command, lambda process: process.send_signal(signal.SIGTERM), **more
        )
        self.assertEqual(code, -signal.SIGTERM)
        self.assertTrue(said == "" or (may_say and may_say in said), said)

    def test_a_signal_while_several_files_are_converted(self) -> None:
        """The other threads are at different points in each run, so this is tried a few times."""
        (self.directory / "new").mkdir()
        sources = [self.directory / f"source{number}.pickle" for number in range(4)]
        for source in sources:
            shutil.copy(SAMPLE, source)
        for options in (("--layout", "dir"), ("--layout", "dir", "--force")):
            command = ["convert", *sources, "-o", "new", "-q", "-j", "4", *options]
            calls = self.counted("name", *command)
            whole = [(name, tuple(self.names(f"new/{name}"))) for name in self.names("new")]
            for at in [*range(1, calls + 1)] * 3:
                if "--force" not in options:
                    shutil.rmtree(self.directory / "new")
                    (self.directory / "new").mkdir()
                with self.subTest(options=options, at=at):
                    self.interrupt(at, command)
                    left = [(name, tuple(self.names(f"new/{name}"))) for name in self.names("new")]
                    self.assertLessEqual(set(left), set(whole))
                    self.assertTrue("--force" not in options or left == whole)

    def test_a_signal_while_a_command_reads_a_snapshot(self) -> None:
        temporary = self.directory / "temporary"
        temporary.mkdir()
        command = ["query", SMALL, "SELECT count(*) FROM allocs"]
        for poor in ({}, self.POOR):
            more = {"TMPDIR": str(temporary), **poor}
            for at in range(1, self.counted("name", *command, **more) + 1):
                with self.subTest(poor=poor, at=at):
                    self.interrupt(at, command, "converted for this command only", **more)
                    self.assertEqual(self.names("temporary"), [])


class ChangesUnderway(WithShim):
    """The program stops itself before its n-th read, and the file is changed meanwhile."""

    def test_a_snapshot_that_changes_while_it_is_read(self) -> None:
        source = self.directory / "in.pickle"
        content = SAMPLE.read_bytes()
        half = len(content) // 2

        def longer() -> None:
            with source.open("ab") as file:
                file.write(b"x" * 1000)

        def overwritten() -> None:
            with source.open("r+b") as file:
                file.seek(half)
                file.write(content[:100])

        changes: dict[str, Callable[[], object]] = {
            "cut": lambda: os.truncate(source, half),
            "cut to nothing": lambda: os.truncate(source, 0),
            "longer": longer,
            "overwritten": overwritten,
        }
        source.write_bytes(content)
        arguments: list[str | Path] = ["convert", source, "-o", "out.zip", "--force", "-q"]
        reads = self.counted("read", *arguments)
        (self.directory / "out.zip").write_bytes(OLD)
        refused = 0
        for label, change in changes.items():
            for at in range(1, reads + 1):
                source.write_bytes(content)
                os.utime(source, (1, 1))  # so that the change shows in the time, too
                with self.subTest(label, at=at):
                    code, said = self.stopped_before("read", at, arguments, lambda _, change=change: change())
                    if code == 0:  # the file was changed before it was opened, or after its end was read
                        self.assertTrue(zipfile.is_zipfile(self.directory / "out.zip"))
                        (self.directory / "out.zip").write_bytes(OLD)
                        continue
                    refused += 1
                    self.assertEqual((code, said.startswith("snapq: error: ")), (3, True), said)
                    self.assertIn("in.pickle", said)
                    self.assert_untouched("in.pickle")
        self.assertGreaterEqual(refused, 2 * len(changes))

    def test_an_archive_that_shrinks_while_it_is_read(self) -> None:
        self.convert(SAMPLE, target="a.zip")
        archive = self.directory / "a.zip"
        whole = archive.read_bytes()
        for command in (["query", "a.zip", "SELECT * FROM allocs"], ["verify", "a.zip"], ["summary", "a.zip"]):
            archive.write_bytes(whole)
            reads = self.counted("read", *command)
            codes = []
            for at in range(1, reads + 1, max(1, reads // 15)):
                archive.write_bytes(whole)
                with self.subTest(command=command[0], at=at):
                    code, said = self.stopped_before(
                        "read", at, command, lambda _: os.truncate(archive, len(whole) // 3)
                    )
                    codes.append(code)
                    self.assertIn(code, (0, 3), said)
                    if code == 3:
                        self.assertIn("a.zip", said)
            self.assertIn(3, codes)


class ChangingInput(FaultTest):
    def setUp(self) -> None:
        super().setUp()
        self.source = self.directory / "in.pickle"

    def test_an_input_that_is_truncated_or_not_yet_complete(self) -> None:
        content = CPP_SAMPLE.read_bytes()
        for part in range(0, 10):
            self.source.write_bytes(content[: len(content) * part // 10])
            with self.subTest(part=part):
                self.assert_refused(self.forced(self.source), 3, "in.pickle")
                self.assert_untouched("in.pickle")

    def test_a_pipe_that_ends_early(self) -> None:
        data = CPP_SAMPLE.read_bytes()[:50_000]
        result = subprocess.run(
            [SNAPQ, "convert", "-", "-o", "out.zip", "--force", "-q"],
            input=data, cwd=self.directory, capture_output=True, check=False, timeout=30,
        )  # fmt: skip
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"snapq: error: stdin: truncated: the file ends at byte 50000, inside the pickle", result.stderr)
        self.assert_untouched()

    def test_an_input_that_is_a_folder_or_a_device(self) -> None:
        self.assert_refused(self.forced(self.directory), 3)
        self.assert_refused(self.forced(Path("/dev/null")), 3)
        self.assert_refused(self.forced(self.directory / "missing"), 3, "missing")
        self.assert_untouched()

    def test_the_input_is_never_the_output(self) -> None:
        shutil.copy(CPP_SAMPLE, self.source)
        before = self.source.read_bytes()
        result = self.snapq("convert", self.source, "-o", self.source)
        self.assert_refused(result, 2)
        self.assertEqual(self.source.read_bytes(), before)


if __name__ == "__main__":
    main()
