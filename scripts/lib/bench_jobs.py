"""Measures command lines: time, processor time, largest resident memory, and size of the output."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHORT_S = 0.2  # shorter jobs are repeated more often
SHORT_REPEATS = 5


@dataclass
class Job:
    """One command line. Its standard output is kept only with `has_stats`, as the output of `convert --stats=json`."""

    name: str
    command: list[str]
    output: Path | None = None  # the file that it writes
    once: bool = False
    has_stats: bool = False
    repeats: int = 1  # in each round


@dataclass
class Measured:
    name: str
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    peak_kib: int = 0
    output_bytes: int | None = None
    stats: list[dict[str, Any]] = field(default_factory=list)  # of each run

    @property
    def median_s(self) -> float:
        return statistics.median(self.wall_s)

    def phase_s(self, phase: str) -> float | None:
        """Median wall time of one phase."""
        times = [at["wall_seconds"] for run in self.stats for at in run["phases"] if at["phase"] == phase]
        return statistics.median(times) if times else None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "median_s": round(self.median_s, 4),
            "lowest_s": round(min(self.wall_s), 4),
            "highest_s": round(max(self.wall_s), 4),
            "cpu_s": round(statistics.median(self.cpu_s), 4),
            "runs": len(self.wall_s),
            "peak_kib": self.peak_kib,
            "output_bytes": self.output_bytes,
            "write_s": self.phase_s("write"),
            "stats": self.stats[-1] if self.stats else None,
        }


def run_once(job: Job, into: Measured) -> None:
    """Runs the job once. wait4 gives CPU time and peak resident memory, which is at least that of this process."""
    if job.output is not None:
        job.output.unlink(missing_ok=True)
    with open(os.devnull, "r+b") as nowhere, tempfile.TemporaryFile() as said:
        stdout = said if job.has_stats else nowhere
        started = time.perf_counter()
        process = subprocess.Popen(job.command, stdin=nowhere, stdout=stdout, stderr=subprocess.PIPE)
        assert process.stderr is not None
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(
                f"bench: {job.name} ended with {process.returncode}: "
                f"{complaint.decode(errors='replace').strip()}"
            )
        if job.has_stats:
            said.seek(0)
            into.stats.append(json.load(said)["conversions"][0])
    into.wall_s.append(wall)
    into.cpu_s.append(usage.ru_utime + usage.ru_stime)
    into.peak_kib = max(into.peak_kib, usage.ru_maxrss)
    if job.output is not None:
        into.output_bytes = job.output.stat().st_size


def measure(jobs: list[Job], runs: int, say: Callable[[str], None]) -> dict[str, Measured]:
    """Runs all jobs in rounds, so that slow changes of the machine's speed affect all jobs."""
    results = {job.name: Measured(job.name) for job in jobs}
    for number in range(runs):
        for job in jobs:
            if job.once and number > 0:
                continue
            say(f"run {number + 1}/{runs}: {job.name}")
            for _ in range(job.repeats):
                run_once(job, results[job.name])
            if results[job.name].wall_s[-1] < SHORT_S:
                for _ in range(SHORT_REPEATS):
                    run_once(job, results[job.name])
    return results
