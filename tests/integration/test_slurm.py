"""The scripts of examples/slurm in a real Slurm: a broken rank fails alone, and a second run does only what is missing."""

from __future__ import annotations

import os
import shutil
import sys
import unittest
from pathlib import Path

from program import ROOT, SNAPQ, ProgramTest, main
from slurm_cluster import Cluster, why_not_here

SCRIPTS = ROOT / "examples" / "slurm"
RANKS = 16
BROKEN = 5
LIMIT_S = 170

sys.path.insert(0, str(ROOT / "tests" / "golden"))

import make_snapshots  # noqa: E402

# `ended N`: waits until N jobs are in the list of those that have ended; each task of an array is one.
WAIT = """\
ended() {
    for try in $(seq 600); do
        [ "$(wc -l < jobs.txt)" -ge "$1" ] && return
        sleep 0.1
    done
    echo "only $(wc -l < jobs.txt) of $1 jobs ended" >&2
    exit 98
}
"""

# One job array with a broken rank, whose summary never runs; then a summary of what there is; then the array again with
# the rank repaired; then the tasks of one step.
SCENARIO = f"""\
set -eu
{WAIT}
touch jobs.txt
"$SCRIPTS/submit.sh" dumps archives > first.txt
ended {RANKS + 1}
sbatch --parsable --dependency=afterany:"$(cut -d ' ' -f 1 first.txt)" "$SCRIPTS/summarize.sh" archives
ended {RANKS + 2}
cp archives/summary.txt partial.txt
mkdir outputs-of-first && mv snapq-convert-*.out outputs-of-first
mv repaired.pickle dumps/rank{BROKEN}.pickle
"$SCRIPTS/submit.sh" dumps archives > second.txt
ended {2 * (RANKS + 1) + 1}
srun --ntasks=8 --output=step-%t.txt "$SCRIPTS/convert-step.sh" dumps of-step
"""


def summary_of(text: str) -> str:
    return text[text.index("peak: median"):]


@unittest.skipIf(why_not_here(), f"{why_not_here()}")
class Slurm(ProgramTest):
    def make_dumps(self) -> None:
        folder = self.directory / "dumps"
        folder.mkdir()
        for rank in range(RANKS):
            make_snapshots.write("rank-more" if rank == 3 else "rank", folder / f"rank{rank}.pickle")
        broken = folder / f"rank{BROKEN}.pickle"
        shutil.copy(broken, self.directory / "repaired.pickle")
        broken.write_bytes(broken.read_bytes()[:-100])

    def environment(self) -> dict[str, str]:
        programs = self.directory / "bin"
        programs.mkdir()
        (programs / "snapq").symlink_to(SNAPQ)
        path = f"{programs}:{os.environ['PATH']}:/usr/sbin:/sbin"
        return {**os.environ, "PATH": path, "SCRIPTS": str(SCRIPTS)}

    def messages(self, folder: Path) -> dict[int, str]:
        """What the task of each rank said."""
        return {int(path.stem.rpartition("_")[2]): path.read_text() for path in folder.glob("snapq-convert-*.out")}

    def test_an_array_with_a_broken_rank_and_a_second_run(self) -> None:
        cluster = Cluster(self.directory / "cluster")
        self.make_dumps()
        for name in ("dumps", "repaired.pickle"):
            (self.directory / name).rename(cluster.folder / name)
        done = cluster.run(SCENARIO, self.environment(), LIMIT_S)
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}{cluster.log()}")
        self.check_first_run(cluster)
        self.check_second_run(cluster)
        self.check_step(cluster)

    def states(self, cluster: Cluster, run: str) -> tuple[dict[int, str], str]:
        """The state and exit code of each task of an array, and the state of its summary."""
        array, summary = (cluster.folder / run).read_text().split()
        jobs = cluster.jobs()
        tasks = {
            int(job["ArrayTaskId"]): f"{job['JobState']} {job['ExitCode']}"
            for job in jobs
            if job.get("ArrayJobId") == array
        }
        (of_summary,) = (job["JobState"] for job in jobs if job["JobId"] == summary)
        return tasks, of_summary

    def check_first_run(self, cluster: Cluster) -> None:
        tasks, summary = self.states(cluster, "first.txt")
        good = {rank: "COMPLETED 0:0" for rank in range(RANKS)}
        self.assertEqual(tasks, {**good, BROKEN: "FAILED 3:0"})
        self.assertEqual(summary, "CANCELLED")  # afterok
        said = self.messages(cluster.folder / "outputs-of-first")
        self.assertEqual(sorted(said), list(range(RANKS)))
        self.assertIn(f"snapq: error: dumps/rank{BROKEN}.pickle: ", said.pop(BROKEN))
        for rank, message in said.items():
            self.assertTrue(message.startswith(f"dumps/rank{rank}.pickle -> archives/rank{rank}.zip: "), message)
        partial = (cluster.folder / "partial.txt").read_text()
        self.assertIn("[3 others]", partial)  # 15 archives, of which 12 are shown
        self.assertIn("rank 3 stands out: peak 180.00 MiB", partial)
        self.assertRegex(partial, r"job/train\.py:20 forward +80\.00 MiB +80\.00 MiB +160\.00 MiB ! +rank 3")

    def check_second_run(self, cluster: Cluster) -> None:
        tasks, summary = self.states(cluster, "second.txt")
        self.assertEqual(tasks, {rank: "COMPLETED 0:0" for rank in range(RANKS)})
        self.assertEqual(summary, "COMPLETED")
        said = self.messages(cluster.folder)
        self.assertTrue(said.pop(BROKEN).startswith(f"dumps/rank{BROKEN}.pickle -> archives/rank{BROKEN}.zip: "))
        self.assertEqual(said, {rank: f"archives/rank{rank}.zip: up to date\n" for rank in range(RANKS) if rank != BROKEN})
        whole = (cluster.folder / "archives" / "summary.txt").read_text()
        partial = (cluster.folder / "partial.txt").read_text()
        self.assertIn("[4 others]", whole)
        self.assertEqual(summary_of(whole), summary_of(partial))
        labels = self.labels(cluster.folder / "archives" / "rank7.zip")
        self.assertEqual((labels["rank"], labels["label.array_task"]), ("7", "7"))
        self.assertEqual(labels["label.job"], (cluster.folder / "first.txt").read_text().split()[0])
        self.assertIn(labels["label.host"], ("node1", "node2"))

    def check_step(self, cluster: Cluster) -> None:
        hosts = set()
        for rank in range(8):
            labels = self.labels(cluster.folder / "of-step" / f"rank{rank}.zip")
            self.assertEqual(labels["rank"], str(rank))
            hosts.add(labels["label.host"])
        self.assertEqual(hosts, {"node1", "node2"})

    def labels(self, archive: Path) -> dict[str, str]:
        sql = "SELECT key, value FROM meta WHERE key = 'rank' OR key LIKE 'label.%'"
        rows = self.snapq("query", archive, "--format", "tsv", "--no-header", sql).stdout.splitlines()
        return dict(row.split("\t") for row in rows)


if __name__ == "__main__":
    main()
