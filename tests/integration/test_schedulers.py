"""The commands of docs/fleet.md for GNU parallel and mpirun: a broken rank fails, and a second run does what is missing."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unittest
from pathlib import Path

from program import ROOT, SNAPQ, ProgramTest, Result, main

PAGE = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")
RANKS = 16
BROKEN = 5

sys.path.insert(0, str(ROOT / "tests" / "golden"))

import make_snapshots  # noqa: E402


def command_of_page(beginning: str) -> str:
    """The first command of the page that begins like this."""
    found = re.search(rf"^    ({re.escape(beginning)}.*)$", PAGE, re.M)
    assert found, beginning
    return found[1]


class SchedulerTest(ProgramTest):
    """Sixteen snapshots in dumps, one of them broken."""

    def setUp(self) -> None:
        super().setUp()
        (self.directory / "dumps").mkdir()
        for rank in range(RANKS):
            make_snapshots.write("rank-more" if rank == 3 else "rank", self.directory / "dumps" / f"rank{rank}.pickle")
        self.broken = self.directory / "dumps" / f"rank{BROKEN}.pickle"
        shutil.copy(self.broken, self.directory / "repaired.pickle")
        self.broken.write_bytes(self.broken.read_bytes()[:-100])
        (self.directory / "archives").mkdir()
        (self.directory / "bin").mkdir()
        (self.directory / "bin" / "snapq").symlink_to(SNAPQ)

    def run_shell(self, command: str, **environment: str) -> Result:
        path = f"{self.directory / 'bin'}:{os.environ['PATH']}"
        return self.run_program(["bash", "-c", command], env={**os.environ, "PATH": path, "HOME": str(self.directory), **environment})

    def repair(self) -> None:
        shutil.move(self.directory / "repaired.pickle", self.broken)

    def ranks_of(self, archives: list[str]) -> dict[str, str]:
        """What each archive knows of its rank."""
        rows = [self.snapq("query", f"archives/{name}", "--format", "tsv", "--no-header", "SELECT value FROM meta WHERE key = 'rank'").stdout.strip()
                for name in archives]  # fmt: skip
        return dict(zip(archives, rows, strict=True))

    def expect_all(self) -> None:
        self.assertEqual(self.names("archives"), sorted(f"rank{rank}.zip" for rank in range(RANKS)))
        self.assertEqual(self.ranks_of(self.names("archives")), {f"rank{rank}.zip": str(rank) for rank in range(RANKS)})
        result = self.snapq("verify", "archives", "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("rank 3 stands out", self.snapq("summary", "archives").stdout)


@unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not installed")
class GnuParallel(SchedulerTest):
    def setUp(self) -> None:
        super().setUp()
        if "GNU parallel" not in self.run_shell("parallel --version").stdout:
            self.skipTest("parallel is not GNU parallel")

    def test_a_broken_rank_and_a_second_run(self) -> None:
        command = command_of_page("parallel -j 8 snapq convert")
        first = self.run_shell(f"{command.replace('parallel', 'parallel --joblog log.txt', 1)}")
        self.assertEqual(first.returncode, 1, first.stderr)  # one task failed
        self.assertIn(f"snapq: error: dumps/rank{BROKEN}.pickle: truncated", first.stderr)
        log = [line.split("\t") for line in (self.directory / "log.txt").read_text().splitlines()[1:]]
        self.assertEqual([task[6] for task in log if task[6] != "0"], ["3"])
        self.assertEqual(len(self.names("archives")), RANKS - 1)
        self.repair()
        second = self.run_shell(command)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(second.stderr.count("up to date"), RANKS - 1)
        self.expect_all()


@unittest.skipUnless(shutil.which("mpirun"), "mpirun is not installed")
class Mpirun(SchedulerTest):
    # Open MPI wants to be asked before it runs as root, or more tasks than there are cores.
    ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "OMPI_MCA_rmaps_base_oversubscribe": "1", "PRTE_ALLOW_RUN_AS_ROOT": "1",
                   "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}  # fmt: skip

    def setUp(self) -> None:
        super().setUp()
        if "Open MPI" not in self.run_shell("mpirun --version").stdout:
            self.skipTest("mpirun is not that of Open MPI")

    def test_a_broken_rank_and_a_second_run(self) -> None:
        command = command_of_page("mpirun -n 16 bash")
        first = self.run_shell(command, **self.ENVIRONMENT)
        self.assertNotEqual(first.returncode, 0)
        self.assertIn(f"snapq: error: dumps/rank{BROKEN}.pickle: truncated", first.stderr)
        # It ends the other tasks: what they have written is complete.
        self.assertNotIn(f"rank{BROKEN}.zip", self.names("archives"))
        self.assertEqual([name for name in self.names("archives") if not re.fullmatch(r"rank\d+\.zip", name)], [])
        self.repair()
        second = self.run_shell(command, **self.ENVIRONMENT)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.expect_all()

    def test_the_others_can_go_on(self) -> None:
        command = command_of_page("mpirun -n 16 bash").replace("mpirun", "mpirun --mca orte_abort_on_non_zero_status 0", 1)
        self.run_shell(command, **self.ENVIRONMENT)
        self.assertEqual(len(self.names("archives")), RANKS - 1)


if __name__ == "__main__":
    main()
