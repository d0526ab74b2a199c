"""Signals, kills and full disks leave no partial archive and no temporary file, and the caller sees the cause."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from program import CORPUS, SAMPLE, SAMPLE_DIVISOR, SNAPQ, TIME_LIMIT_S, ProgramTest, Result, bytes_of, is_sanitized, main, remove

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


# Runs a command as the first process of a container (PID 1), for which the kernel handles signals differently.
FIRST_PROCESS = ("unshare", "-Urpf", "--kill-child")


def works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def can_mount() -> bool:
    """Whether this test can mount a small file system."""
    return works("unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt")


class Interruptions(ProgramTest):
    def waiting_for_input(
        self, *options: str, around: Sequence[str] = (), **more: object
    ) -> subprocess.Popen[bytes]:
        """Starts a conversion and returns when it has opened its output and read half of its input."""
        process = subprocess.Popen(
            [*around, SNAPQ, "convert", "-", *options],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.directory,
            **more,
        )
        assert process.stdin is not None
        data = SAMPLE.read_bytes()
        process.stdin.write(data[: len(data) // 2])
        process.stdin.flush()
        return process

    def wait_for_names(self, process: subprocess.Popen[bytes]) -> list[str]:
        deadline = time.monotonic() + TIME_LIMIT_S
        while not self.names() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.names()

    def finish(self, process: subprocess.Popen[bytes]) -> int:
        process.communicate(timeout=TIME_LIMIT_S)
        return process.returncode

    def test_a_signal_ends_the_process_and_leaves_nothing(self) -> None:
        for number in SIGNALS:
            with self.subTest(signal=number.name):
                process = self.waiting_for_input("-o", "out", "--layout", "dir")
                self.assertNotEqual(self.wait_for_names(process), [])  # the directory that is being filled
                process.send_signal(number)
                self.assertEqual(process.wait(TIME_LIMIT_S), -number)
                self.finish(process)
                self.assertEqual(self.names(), [])

    def test_the_first_process_of_a_container_ends_as_well(self) -> None:
        """It cannot end itself by a signal."""
        if not works(*FIRST_PROCESS, "true"):
            self.skipTest("no container can be made here")
        for number in SIGNALS:
            with self.subTest(signal=number.name):
                process = self.waiting_for_input("-o", "out", "--layout", "dir", around=FIRST_PROCESS)
                self.assertNotEqual(self.wait_for_names(process), [])
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
                os.kill(int(children), number)
                self.assertEqual(process.wait(TIME_LIMIT_S), 128 + number)
                self.finish(process)
                self.assertEqual(self.names(), [])

    def test_signals_at_any_moment_leave_a_complete_archive_or_nothing(self) -> None:
        recorded = CORPUS / "medium-1024-training-torch211.pickle"
        source = recorded if recorded.exists() and not is_sanitized() else SAMPLE
        for layout in ("zip", "dir"):
            started = time.monotonic()
            whole = self.convert(source, "--layout", layout, target="whole")
            duration = time.monotonic() - started
            outcomes = set()
            for step in range(12):
                command = [SNAPQ, "convert", source, "-o", "out", "--layout", layout, "-q"]
                process = subprocess.Popen(command, cwd=self.directory)
                time.sleep(duration * step / 10)
                process.send_signal(signal.SIGTERM)
                code = process.wait(TIME_LIMIT_S)
                self.assertIn(code, (0, -signal.SIGTERM))
                outcomes.add(code)
                # A signal may also come when the archive is in place and the program has not ended yet.
                if code == 0 or self.names() != ["whole"]:
                    self.assertEqual(self.names(), ["out", "whole"])
                    self.assertTrue(bytes_of(self.directory / "out") == bytes_of(whole))
                    remove(self.directory / "out")
            self.assertIn(-signal.SIGTERM, outcomes)
            remove(self.directory / "whole")

    def test_signals_while_names_appear_leave_nothing(self) -> None:
        """Interrupts short conversions at many moments, because the few that matter are those at which names appear."""
        sources = [self.directory / f"source{number}.pickle" for number in range(6)]
        for source in sources:
            shutil.copy(SAMPLE, source)
        for case, inputs in (("one", [SAMPLE]), ("several at once", sources)):
            (self.directory / "into").mkdir()
            target = "into" if inputs is sources else "into/out"
            command = [SNAPQ, "convert", *inputs, "-o", target, "--layout", "dir", "-q", "-j", "4"]
            with self.subTest(case=case):
                self.interrupt_often(command)

    def interrupt_often(self, command: list[str | Path]) -> None:
        into = self.directory / "into"
        started = time.monotonic()
        subprocess.run(command, cwd=self.directory, check=True)
        duration = time.monotonic() - started
        dice = random.Random(1)
        for _ in range(200 // SAMPLE_DIVISOR):
            shutil.rmtree(into)
            into.mkdir()
            process = subprocess.Popen(command, cwd=self.directory)
            time.sleep(duration * dice.random())
            process.send_signal(signal.SIGTERM)
            process.wait(TIME_LIMIT_S)
            self.assertEqual([name for name in os.listdir(into) if name.startswith(".")], [])
        shutil.rmtree(into)

    def test_a_signal_that_was_ignored_stays_ignored(self) -> None:
        process = self.waiting_for_input(
            "-o", "out.zip", "-q", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
        )
        time.sleep(0.1)
        process.send_signal(signal.SIGHUP)
        data = SAMPLE.read_bytes()
        process.communicate(data[len(data) // 2 :], timeout=TIME_LIMIT_S)
        self.assertEqual((process.returncode, self.names()), (0, ["out.zip"]))

    def test_a_kill_leaves_only_hidden_files_and_the_next_run_removes_them(self) -> None:
        for layout in ("zip", "dir"):
            with self.subTest(layout=layout):
                process = self.waiting_for_input("-o", "out", "--layout", layout)
                if layout == "dir":
                    self.wait_for_names(process)
                process.kill()
                self.assertEqual(self.finish(process), -signal.SIGKILL)
                self.assertEqual([name for name in self.names() if not name.startswith(".")], [])
                self.convert(SAMPLE, "--layout", layout, target="out")
                self.assertEqual(self.names(), ["out"])
                remove(self.directory / "out")

    def test_a_closed_pipe_is_not_reported_as_an_error(self) -> None:
        command = f"'{SNAPQ}' convert --dry-run '{SAMPLE}' | true"
        result = subprocess.run(["sh", "-c", command], cwd=self.directory, capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))


class FullDisk(ProgramTest):
    def assert_gave_up(self, result: Result) -> None:
        self.assert_refused(result, 4)
        self.assertRegex(result.stderr, "No space left on device|File too large|disk is full|disk I/O error")

    def limited(self, *arguments: str | Path) -> Result:
        """Runs snapq where no file may grow beyond 40 000 bytes; a shell's `ulimit -f` does the same."""
        size = 40_000
        return self.snapq(
            *arguments, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        )

    def test_a_limit_on_file_sizes_is_a_system_error(self) -> None:
        for layout in ("zip", "dir"):
            self.assert_gave_up(self.limited("convert", SAMPLE, "-o", "out", "--layout", layout))
            self.assertEqual(self.names(), [])

    def test_an_old_archive_stays_as_it_was(self) -> None:
        old = self.convert(SAMPLE, "--max-points", "4").read_bytes()
        self.assert_gave_up(self.limited("convert", SAMPLE, "-o", "out.zip", "--force"))
        self.assertEqual((self.names(), (self.directory / "out.zip").read_bytes()), (["out.zip"], old))

    def test_extract_leaves_nothing_either(self) -> None:
        archive = self.convert(SAMPLE)
        self.assert_gave_up(self.limited("extract", archive, "-d", "out"))
        self.assertEqual(self.names(), ["out.zip"])

    def test_a_full_file_system(self) -> None:
        if not can_mount():
            self.skipTest("no file system can be mounted here")
        script = """
            mount -t tmpfs -o size="$1" none "$2" && cd "$2" || exit 99
            [ "$5" = 0 ] || printf old > out.zip
            "$3" convert "$4" -o out.zip --force; code=$?
            echo "$code:" $(ls -A) $(cat out.zip 2>/dev/null | head -c 3)
        """
        place = self.directory / "small"
        place.mkdir()
        for size in ("64k", "300k", "900k"):  # in the middle of the database, of the archive
            for old in ("0", "1"):
                with self.subTest(size=size, old=old):
                    command = ["unshare", "-Urm", "sh", "-c", script, "sh", size, place, SNAPQ, SAMPLE, old]
                    result = subprocess.run(command, capture_output=True, text=True, check=False)
                    self.assertEqual(
                        result.stdout.strip(), "4: out.zip old" if old == "1" else "4:", result.stderr
                    )
                    self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                    self.assertRegex(result.stderr, "No space left on device|disk is full")


if __name__ == "__main__":
    os.environ.pop("TMPDIR", None)
    main()
