"""--skip-existing keeps an archive of the same input, and nothing else."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

from program import CPP_SAMPLE, SAMPLE, ProgramTest, main


class SkipExisting(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        shutil.copy(CPP_SAMPLE, self.directory / "run.pickle")
        self.archive = self.convert("run.pickle", target="run.zip")

    def skip(self, *options: str | Path) -> tuple[int, str]:
        """The exit code, and the message without 'snapq: error: '."""
        result = self.snapq("convert", "run.pickle", "--skip-existing", *options)
        self.assertEqual(result.stdout, "")
        return result.returncode, result.stderr.splitlines()[0].removeprefix("snapq: error: ")

    def assert_kept(self, *options: str | Path) -> None:
        before = self.archive.stat()
        self.assertEqual(self.skip(*options), (0, "run.zip: up to date"))
        after = self.archive.stat()
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))

    def assert_replaced_only_by_force(self, reason: str, *options: str | Path) -> None:
        before = self.archive.read_bytes()
        code, message = self.skip(*options)
        self.assertEqual((code, message), (2, f"run.zip exists, but {reason}"))
        self.assertEqual(self.archive.read_bytes(), before)
        code, message = self.skip("--force", *options)
        self.assertEqual(code, 0, message)
        self.assertNotEqual(self.archive.read_bytes(), before)
        self.assertEqual(self.skip(*options), (0, "run.zip: up to date"))

    def test_the_same_input_is_converted_once(self) -> None:
        self.assert_kept()
        self.assert_kept("--force")
        self.assert_kept("--compression", "zstd")  # the content would be the same
        self.archive.unlink()
        self.assertEqual(self.skip()[1].partition(":")[0], "run.pickle -> run.zip")
        self.assert_kept()

    def test_an_archive_made_in_the_same_moment_is_up_to_date(self) -> None:
        time = self.archive.stat().st_mtime_ns
        os.utime(self.directory / "run.pickle", ns=(time, time))
        self.assert_kept()
        os.utime(self.directory / "run.pickle", ns=(time, time + 1))
        code, message = self.skip()
        self.assertEqual((code, message), (2, "run.zip exists, but is older than run.pickle"))
        self.assertEqual(self.skip("--force")[0], 0)
        self.assert_kept()

    def test_an_input_of_another_size_or_name(self) -> None:
        (self.directory / "run.pickle").write_bytes(SAMPLE.read_bytes())
        sizes = CPP_SAMPLE.stat().st_size, SAMPLE.stat().st_size
        os.utime(self.directory / "run.pickle", (0, 0))  # as `cp --preserve` of an older file
        self.assert_replaced_only_by_force(
            "was made from a file of {:,} bytes, and run.pickle has {:,}".format(*sizes)
        )
        self.convert(shutil.copy(CPP_SAMPLE, self.directory / "other.pickle"), target="run.zip")
        self.assert_replaced_only_by_force("was made from other.pickle, not run.pickle")

    def test_an_archive_with_other_content(self) -> None:
        self.assert_replaced_only_by_force("has the rank none, not 3", "--rank", "3")
        self.assert_replaced_only_by_force("has no label run", "--rank", "3", "--label", "run=1")
        self.assert_replaced_only_by_force("has the label run=1, not run=2", "--rank", "3", "--label", "run=2")
        self.assert_kept("--rank", "3")
        self.assert_kept("--rank", "3", "--label", "run=2")
        self.convert("run.pickle", target="run.zip")
        self.assert_replaced_only_by_force("was made with --preexisting all, not freed", "--preexisting", "freed")

    def test_files_that_are_no_archive_of_this_input(self) -> None:
        damaged = self.archive.read_bytes()[:-1]
        for content, reason in (
            (b"", "is not an archive that convert has made"),
            (b"precious", "is not an archive that convert has made"),
            (CPP_SAMPLE.read_bytes(), "is not an archive that convert has made"),
            (damaged, "cannot be used: "),
        ):
            self.archive.write_bytes(content)
            code, message = self.skip()
            self.assertEqual((code, message.startswith(f"run.zip exists, but {reason}")), (2, True), message)
            self.assertEqual(self.archive.read_bytes(), content)
        self.assertEqual(self.skip("--force")[0], 0)
        self.assert_kept()

    def test_a_folder(self) -> None:
        self.archive.unlink()
        self.convert("run.pickle", "--layout", "dir", target="run.zip")
        self.assert_kept("-o", "run.zip", "--layout", "dir")
        code, message = self.skip("-o", "./run.zip/../run.zip", "--layout", "dir")
        self.assertEqual((code, message), (0, "./run.zip/../run.zip: up to date"))

    def test_standard_input_has_nothing_to_compare(self) -> None:
        result = self.snapq("convert", "-", "-o", "run.zip", "--skip-existing", input="")
        self.assert_refused(result, 2, "run.zip exists, but nothing shows whether standard input is the same")

    def test_the_parts_of_a_file(self) -> None:
        snapshot = pickle.loads(SAMPLE.read_bytes())
        (self.directory / "job.pickle").write_bytes(pickle.dumps({"rank0": snapshot, "rank1": snapshot}))
        command = ("convert", "job.pickle", "-o", "ranks", "--split", "--skip-existing")
        self.assertEqual(self.snapq(*command).returncode, 0)
        (self.directory / "ranks" / "job_rank1.zip").unlink()
        result = self.snapq(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        kept, made = result.stderr.splitlines()
        self.assertEqual(kept, "ranks/job_rank0.zip: up to date")
        self.assertTrue(made.startswith("job.pickle (rank1) -> ranks/job_rank1.zip: "), made)
        shutil.copy(self.directory / "ranks" / "job_rank0.zip", self.directory / "ranks" / "job_rank1.zip")
        self.assert_refused(self.snapq(*command), 2, "ranks/job_rank1.zip exists, but holds the snapshot 'rank0'")

    def test_what_was_kept_is_in_the_statistics(self) -> None:
        shutil.copy(CPP_SAMPLE, self.directory / "new.pickle")
        result = self.snapq("convert", "-q", "--skip-existing", "--stats=json", "run.pickle", "new.pickle", "-j2")
        found = json.loads(result.stdout)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(found["up_to_date"], ["run.zip"])
        self.assertEqual([one["output"] for one in found["conversions"]], ["new.zip"])


class RankFrom(ProgramTest):
    TASK = {"SLURM_PROCID": "4", "SLURM_STEP_ID": "0", "SLURM_JOB_ID": "31", "SLURMD_NODENAME": "n1"}

    def test_the_environment_gives_rank_and_labels(self) -> None:
        self.convert(CPP_SAMPLE, "--rank-from", "slurm", "--label", "host=mine", env={**os.environ, **self.TASK})
        (rank,) = json.loads(self.snapq("summary", "out.zip", "out.zip", "--format", "json").stdout)["archives"][:1]
        self.assertEqual((rank["rank"], rank["labels"]["job"], rank["labels"]["host"]), (4, "31", "mine"))

    def test_a_job_that_runs_again_converts_nothing_twice(self) -> None:
        command = ("convert", CPP_SAMPLE, "-o", "out.zip", "--rank-from", "slurm", "--skip-existing")
        for job in ("31", "32"):
            result = self.snapq(*command, env={**os.environ, **self.TASK, "SLURM_JOB_ID": job})
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "out.zip: up to date\n")


if __name__ == "__main__":
    main()
