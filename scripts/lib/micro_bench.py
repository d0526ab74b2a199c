"""Builds and runs the micro-benchmarks of tests/bench, and reads their results from Google Benchmark's JSON."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib.tables import Table

ROOT = Path(__file__).resolve().parents[2]
# The members that Google Benchmark puts into every record; all others are counters of the benchmark.
STANDARD_KEYS = {
    "name",
    "family_index",
    "per_family_instance_index",
    "run_name",
    "run_type",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "time_unit",
    "bytes_per_second",
    "items_per_second",
}


def build_release() -> Path:
    """Builds the release preset with its micro-benchmarks; returns their folder."""
    for command in (
        ["cmake", "--preset", "release", "-DSNAPQ_BENCH=ON", "-DSNAPQ_TESTS=ON"],
        ["cmake", "--build", "--preset", "release", "--target", "snapq", *programs()],
    ):
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command)} failed:\n{result.stdout[-3000:]}{result.stderr}")
    return ROOT / "build" / "release" / "tests" / "bench"


def programs() -> list[str]:
    return sorted(path.stem for path in (ROOT / "tests" / "bench").glob("bench_*.cpp"))


def run_program(program: Path, seconds: float, environment: dict[str, str]) -> list[dict[str, Any]]:
    """Runs the program, and returns the records of all its benchmarks."""
    result = subprocess.run(
        [program, "--benchmark_format=json", f"--benchmark_min_time={seconds}"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    if result.returncode != 0:
        raise SystemExit(f"bench: {program.name} ended with {result.returncode}: {result.stderr.strip()}")
    records: list[dict[str, Any]] = json.loads(result.stdout)["benchmarks"]
    return records


def decoder_figures(folder: Path, source: Path) -> dict[str, float] | None:
    """The figures of the decoder for this pickle: bytes and events per second, its time as a multiple of a scan that
    only skips the opcodes, and heap allocations per event. None if the benchmark was not built."""
    program = folder / "bench_decode"
    if not program.exists():
        return None
    records = run_program(program, 0.5, {"SNAPQ_BENCH_PICKLE": str(source)})
    decoder = next(record for record in records if record["name"] == "decoder/file")
    names = ("bytes_per_second", "items_per_second", "skip_scans", "heap_per_event")
    return {name: decoder[name] for name in names}


def micro_tables(
    folder: Path, seconds: float, pickle: Path | None, say: Callable[[str], None]
) -> list[Table]:
    """The results of all micro-benchmarks. `pickle` replaces the modelled run that they use by default."""
    environment = {} if pickle is None else {"SNAPQ_BENCH_PICKLE": str(pickle)}
    tables = []
    for name in programs():
        say(name)
        headers = ["Benchmark", "CPU", "bytes/s", "items/s", "counters"]
        rows = [row_of(record) for record in run_program(folder / name, seconds, environment)]
        tables.append(Table(name, headers, rows))
    return tables


def row_of(record: dict[str, Any]) -> list[str]:
    counters = (f"{key} {short(record[key])}" for key in record if key not in STANDARD_KEYS)
    return [
        record["name"],
        f"{record['cpu_time']:.3g} {record['time_unit']}",
        short(record.get("bytes_per_second")),
        short(record.get("items_per_second")),
        ", ".join(counters),
    ]


def short(value: float | None) -> str:
    """A number as "1.23 G"."""
    if value is None:
        return ""
    for factor, prefix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= factor:
            return f"{value / factor:.3g}{prefix}"
    return f"{value:.3g}"
