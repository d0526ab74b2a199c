"""snapq.record and the plugin of pytest, with stand_in/torch in place of PyTorch."""

from __future__ import annotations

import re
import shutil
import textwrap
import unittest

from program import Result, main
from python_package import PackageTest, python_with_pytest

RECORD = "import snapq, torch\n"
NEVER_STARTS = """
calls = len(torch.calls)
try:
    with {}:
        pass
finally:
    assert len(torch.calls) == calls
"""


class Record(PackageTest):
    """snapq.record around programs that allocate."""

    def record(self, body: str, **environment: str) -> Result:
        return self.python(RECORD + textwrap.dedent(body), **environment)

    def test_statement_becomes_an_archive(self) -> None:
        result = self.record("""
            before = torch.empty(1 << 20)
            with snapq.record("run.zip", max_entries=1000, stacks="all", label={"branch": "main"}) as recording:
                assert recording.archive is None
                inside = torch.empty(3 << 20)
            after = torch.empty(5 << 20)
            found = recording.archive.summary()
            print(found["devices"][0]["peak_requested_bytes"] >> 20, found["devices"][0]["preexisting_bytes"] >> 20)
            print(found["labels"], recording.archive, torch.calls)
            print(snapq.query("run.zip", "SELECT value FROM meta WHERE key = 'source_name'").fetchall())
            """)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.splitlines(), [
            "4 1",
            "{'branch': 'main'} Archive('run.zip') "
            "[{'enabled': 'all', 'context': 'all', 'stacks': 'all', 'max_entries': 1000, 'clear_history': True, "
            "'compile_context': True, 'global_record_annotations': True}, {'context': 'all', 'stacks': 'all', "
            "'max_entries': 9223372036854775807, 'clear_history': False, 'compile_context': False, "
            "'global_record_annotations': False}]",
            "[('run.pickle',)]",
        ])
        self.assertEqual(self.names(), ["run.zip"])

    def test_out_of_memory_is_recorded_and_goes_on(self) -> None:
        result = self.record("""
            with snapq.record("run.zip"):
                held = [torch.empty(20 << 20) for _ in range(9)]
            """)
        self.assertEqual(result.returncode, 1)
        verdict, _, traceback = result.stderr.partition("Traceback")
        self.assertIn("OUT OF MEMORY on device 0: 20.00 MiB for", verdict)
        self.assertIn("\nrecorded in run.zip\n", verdict)
        self.assertRegex(traceback, r"torch\.OutOfMemoryError: CUDA out of memory.*\n\Z")
        self.assertEqual(self.names(), ["run.zip"])
        self.assertEqual(self.snapq("summary", "run.zip", "--get", "oom_events").stdout, "1\n")

    def test_error_because_of_out_of_memory_counts_too(self) -> None:
        result = self.record("""
            with snapq.record("run.zip"):
                try:
                    torch.empty(200 << 20)
                except RuntimeError as error:
                    raise ValueError("this batch is too large") from error
            """)
        self.assertIn("OUT OF MEMORY", result.stderr)
        self.assertTrue(result.stderr.endswith("ValueError: this batch is too large\n"), result.stderr)
        self.assertEqual(self.names(), ["run.zip"])

    def test_other_endings_leave_nothing(self) -> None:
        for options, statement in (
            ("", "1 / 0"),
            ("", "raise SystemExit(1)"),
            (", on_oom=False", "torch.empty(200 << 20)"),
        ):
            result = self.record(f"""
                import atexit
                atexit.register(lambda: print(len(torch.calls), torch._C._cuda_isHistoryEnabled()))
                with snapq.record("run.zip"{options}):
                    {statement}
                """)
            self.assertEqual((result.returncode, result.stdout), (1, "2 False\n"), result.stderr)
            self.assertNotIn("OUT OF MEMORY", result.stderr)
            self.assertEqual(self.names(), [])

    def test_a_recording_that_would_fail_at_the_end_does_not_start(self) -> None:
        (self.directory / "old.zip").touch()
        for enter, words in (
            ("snapq.record('old.zip')", "UsageError: old.zip: exists already\nforce=True replaces it"),
            ("snapq.record('none/run.zip')", "RecordingError: none/run.zip: cannot be written: No such file"),
            ("snapq.record('run.zip', stats=True)", "does not take the option 'stats'"),
            ("torch.cuda.memory._record_memory_history(); snapq.record('run.zip')", "PyTorch records already"),
            ("first = snapq.record('a.zip'); first.__enter__(); snapq.record('b.zip')", "a recording to a.zip"),
        ):
            *before, last = enter.split("; ")
            result = self.record("\n".join([*before, NEVER_STARTS.format(last)]))
            self.assertEqual(result.returncode, 1)
            self.assertIn(words, result.stderr)
            self.assertNotIn("AssertionError", result.stderr)
            for folder in self.directory.glob("a-recording-*"):
                folder.rmdir()
            self.assertEqual(self.names(), ["old.zip"])

    def test_without_pytorch_or_gpu(self) -> None:
        for before, words in (
            ("import sys; sys.modules['torch'] = None", "PyTorch cannot be imported"),
            ("torch.cuda.is_available = lambda: False", "PyTorch 2.10.0 sees no GPU"),
        ):
            result = self.record(f"{before}\nwith snapq.record('run.zip'): pass")
            self.assertIn(f"snapq.RecordingError: {words}", result.stderr)
        self.assertEqual(self.names(), [])

    def test_older_releases_of_pytorch(self) -> None:
        younger = """
            new = torch.cuda.memory._record_memory_history
            torch.cuda.memory._record_memory_history = lambda enabled=None, {}: new(enabled)
            with snapq.record("run.zip", force=True):
                torch.empty(1 << 20)
            """
        self.assertEqual(self.record(younger.format("context=0, stacks=0, max_entries=0, clear_history=0")).stderr, "")
        self.assertEqual(self.record(younger.format("context=0, stacks=0, max_entries=0")).stderr, "")
        too_old = self.record(younger.format("record_context=0, trace_alloc_max_entries=0"))
        self.assertIn("snapq.RecordingError: PyTorch 2.10.0 cannot record as snapq.record needs it", too_old.stderr)
        self.assertIn("PyTorch 2.1 and later can", too_old.stderr)
        self.assertEqual(self.names(), ["run.zip"])

    def test_snapshot_that_cannot_be_converted_is_kept(self) -> None:
        for size, error in ((1 << 20, "snapq.UsageError"), (200 << 20, "torch.OutOfMemoryError")):
            result = self.record(f"""
                with snapq.record("run.zip", what=1):
                    torch.empty({size})
                """)
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"\n{error}: ", result.stderr)
            kept = re.search(r"the snapshot is kept as (.*)", result.stderr)
            assert kept is not None
            self.assertEqual(self.snapq("convert", "-q", kept[1], "-o", "run.zip").returncode, 0)
            shutil.rmtree((self.directory / kept[1]).parent)
            (self.directory / "run.zip").unlink()
            self.assertEqual(self.names(), [])

    def test_error_of_the_training_comes_before_that_of_the_recording(self) -> None:
        broken = """
            def fail(path):
                raise OSError("no room")
            torch.cuda.memory._dump_snapshot = fail
            with snapq.record("run.zip"):
                torch.empty({})
            """
        fine, out_of_memory = (self.record(broken.format(size)) for size in (1 << 20, 200 << 20))
        self.assertTrue(fine.stderr.endswith("OSError: no room\n"), fine.stderr)
        self.assertIn("snapq: error: the recording could not be kept: no room\n", out_of_memory.stderr)
        self.assertRegex(out_of_memory.stderr, r"\ntorch\.OutOfMemoryError: .*\n\Z")
        self.assertEqual(self.names(), [])


PYTEST_FILE = textwrap.dedent("""\
    import pytest, torch

    def train(size):
        held = torch.empty(size)

    @pytest.mark.max_peak("8MiB")
    def test_small():
        train(4 << 20)

    @pytest.mark.max_peak("8MiB")
    @pytest.mark.parametrize("size", [20 << 20])
    def test_large(size):
        train(size)

    @pytest.mark.max_peak("8MiB")
    class TestClass:
        def test_nothing_recorded(self):
            pass

        def test_out_of_memory(self):
            train(100 << 20)

        def test_own_failure(self):
            train(1 << 20)
            assert 1 == 2

    def test_fixture(memory_snapshot):
        for size in (1, 2):
            with memory_snapshot(stacks="all") as recording:
                train(size << 20)
            assert recording.archive.summary()["devices"][0]["peak_requested_bytes"] == size << 20
        assert recording.path.name == "memory1.zip"
    """)


class PytestPlugin(PackageTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if python_with_pytest() is None:
            raise unittest.SkipTest("pytest is not installed")

    def pytest(self, *arguments: str, **environment: str) -> Result:
        return self.run_python(
            "-m", "pytest", "-p", "snapq.pytest_plugin", "-p", "no:cacheprovider", "--basetemp=temp", *arguments,
            python=str(python_with_pytest()), **environment,
        )  # fmt: skip

    def test_limits_hold_or_fail(self) -> None:
        (self.directory / "test_memory.py").write_text(PYTEST_FILE)
        result = self.pytest("-rA", "--strict-markers")
        outcome = dict(re.findall(r"^(?:PASSED|FAILED) test_memory\.py::(\S+)(?: - (.*))?$", result.stdout, re.M))
        self.assertEqual(list(outcome), [
            "test_small", "test_fixture", "test_large[20971520]", "TestClass::test_nothing_recorded",
            "TestClass::test_out_of_memory", "TestClass::test_own_failure",
        ], result.stdout)  # fmt: skip
        self.assertEqual([outcome["test_small"], outcome["test_fixture"]], ["", ""])
        self.assertIn("FAIL max-peak 0 20971520 8388608 (device 0: 20.00 MiB, 12.00 MiB over the limit", result.stdout)
        self.assertRegex(result.stdout, r"recorded in .*/temp/test_large_20971520_0/memory.zip\n")
        self.assertIn("FAIL max-peak no-trace (device 0: the file has no trace", result.stdout)
        self.assertNotIn("During handling", result.stdout)
        self.assertIn("OutOfMemoryError", outcome["TestClass::test_out_of_memory"])
        self.assertIn("OUT OF MEMORY on device 0: 100.00 MiB for", result.stdout)
        self.assertIn("assert 1 == 2", outcome["TestClass::test_own_failure"])

    def test_without_gpu_a_limit_fails(self) -> None:
        (self.directory / "test_memory.py").write_text(
            "import pytest, torch\ntorch.cuda.is_available = lambda: False\n"
            "@pytest.mark.max_peak('1GiB')\ndef test_it():\n    pass\n"
        )
        result = self.pytest("-ra")
        self.assertEqual(result.returncode, 1)
        self.assertIn("sees no GPU", result.stdout)

    def test_marker_needs_one_size(self) -> None:
        (self.directory / "test_memory.py").write_text(
            "import pytest\n@pytest.mark.max_peak\ndef test_it():\n    pass\n"
        )
        result = self.pytest()
        self.assertEqual(result.returncode, 4, result.stdout)
        self.assertIn("max_peak takes one size, as in max_peak('2GiB')", result.stderr)


if __name__ == "__main__":
    main()
