"""The floors and goals of the project for time, memory and size, and whether a measurement meets them.

A figure that could not be measured has no check, for example if naive_convert.py did not fit into memory or the
micro-benchmarks were not built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lib.bench_jobs import Measured
from lib.tables import Table, mebibytes, seconds

MIB = 2**20
DEFLATE = "convert deflate, 2 threads"
DEFLATE_1 = "convert deflate, 1 thread"
ZSTD = "convert zstd, 2 threads"
ZSTD_1 = "convert zstd, 1 thread"
CONVERSIONS = (DEFLATE_1, DEFLATE, ZSTD_1, ZSTD, "convert store, 2 threads")
QUESTIONS = ("info", "summary", "diff", "query idx = ?", "query peak_stacks", "query count(*)")
# Bytes. For inputs of at least this size, fixed costs are too small to hide how costs grow.
LARGE_BYTES = 200_000_000


@dataclass
class Check:
    """`value` must not be above `floor`, or not below it if `at_least` is set. `goal` is the value to reach in the end."""

    name: str
    value: float
    floor: float
    goal: float | None = None
    at_least: bool = False
    unit: str = "×"

    def meets(self, limit: float) -> bool:
        return self.value >= limit if self.at_least else self.value <= limit

    def row(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        goal = "" if self.goal is None else f"{sign} {self._shown(self.goal)}"
        return [self.name, self._shown(self.value), f"{sign} {self._shown(self.floor)}", goal, self.verdict()]

    def verdict(self) -> str:
        if not self.meets(self.floor):
            return "MISSED"
        if self.goal is None:
            return "met"
        return "met, goal too" if self.meets(self.goal) else "met, goal missed"

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "floor": self.floor,
            "goal": self.goal,
            "floor_met": self.meets(self.floor),
            "goal_met": None if self.goal is None else self.meets(self.goal),
        }

    def _shown(self, value: float) -> str:
        if self.unit == "s":
            return seconds(value)
        if self.unit == "MiB":
            return mebibytes(value)
        if not self.unit:
            return f"{value:.4g}"
        return f"{value:g} {self.unit}" if value in (self.floor, self.goal) else f"{value:.2f} {self.unit}"


def check_table(title: str, checks: list[Check]) -> Table:
    headers = ["Check", "measured", "floor", "goal", "verdict"]
    return Table(title, headers, [check.row() for check in checks])


def checks_of(entry: dict[str, Any], results: dict[str, Measured]) -> list[Check]:
    """The checks of one input. `entry` has its bytes and events, the sizes of its entries, the decoder's figures."""
    return [
        *speed_checks(results),
        *decoder_checks(entry.get("decoder")),
        *threads_checks(results),
        *question_checks(results),
        *size_checks(entry, results),
        *memory_checks(entry, results),
    ]


def speed_checks(results: dict[str, Measured]) -> list[Check]:
    def ratio(one: str, other: str) -> float | None:
        if one not in results or other not in results:
            return None
        return results[one].median_s / results[other].median_s

    checks = []
    if (times := ratio("naive Python", DEFLATE)) is not None:
        checks.append(Check("naive Python / convert deflate, time", times, 25, 40, at_least=True))
        memory = results["naive Python"].peak_kib / results[DEFLATE].peak_kib
        checks.append(Check("naive Python / convert deflate, memory", memory, 60, at_least=True))
    if (times := ratio(DEFLATE, "gzip -1")) is not None:
        checks.append(Check("convert deflate / gzip -1, time", times, 1, 0.5))
    if (times := ratio(ZSTD, "zstd -3")) is not None:
        checks.append(Check("convert zstd / zstd -3, time", times, 5, 2))
    return checks


def decoder_checks(decoder: dict[str, float] | None) -> list[Check]:
    if decoder is None:
        return []
    return [
        Check("decoder / opcode skip-scan, time", decoder["skip_scans"], 4, 2),
        Check("heap allocations an event while decoding", decoder["heap_per_event"], 0.01, unit=""),
    ]


def threads_checks(results: dict[str, Measured]) -> list[Check]:
    checks = []
    for method, one, two in (("deflate", DEFLATE_1, DEFLATE), ("zstd", ZSTD_1, ZSTD)):
        single, double = (results[name].phase_s("write") if name in results else None for name in (one, two))
        if single and double:
            name = f"writing phases, {method}, 1 → 2 threads"
            checks.append(Check(name, single / double, 1.6, 1.9, at_least=True))
    return checks


def question_checks(results: dict[str, Measured]) -> list[Check]:
    limits = (("summary", 0.030, None), ("diff", 0.100, None), ("query idx = ?", 0.020, 0.005))
    return [
        Check(f"{name}, process start included", results[name].median_s, floor, goal, unit="s")
        for name, floor, goal in limits
        if name in results
    ]


def size_checks(entry: dict[str, Any], results: dict[str, Measured]) -> list[Check]:
    checks = []
    for method, name, floor in (("deflate", DEFLATE, 2.5), ("zstd", ZSTD, 4)):
        if name in results and (written := results[name].output_bytes):
            title = f"pickle / archive, {method}, size"
            checks.append(Check(title, entry["bytes"] / written, floor, at_least=True))
    if packed := entry.get("database_packed_bytes"):
        title = "pickle / elements.db in the deflate archive, size"
        checks.append(Check(title, entry["bytes"] / packed, 12, at_least=True))
    return checks


def memory_checks(entry: dict[str, Any], results: dict[str, Measured]) -> list[Check]:
    checks = []
    if peaks := [results[name].peak_kib for name in CONVERSIONS if name in results]:
        budget = 64 * MIB + 32 * entry["events"]
        checks.append(Check("convert, peak memory", max(peaks) * 1024, budget, unit="MiB"))
    if peaks := [results[name].peak_kib for name in QUESTIONS if name in results]:
        title = "query, summary, diff, info, peak memory"
        checks.append(Check(title, max(peaks) * 1024, 48 * MIB, unit="MiB"))
    return checks


def linearity_checks(entries: list[dict[str, Any]]) -> list[Check]:
    """Compares the cost per event and per byte of the large inputs of one mix and form: highest to lowest."""
    large = [entry for entry in entries if entry["bytes"] >= LARGE_BYTES and "growth" in entry]
    if len(large) < 2:
        return []
    sizes = " → ".join(entry["size"] for entry in large)
    times = [entry["growth"]["lowest_s"] / entry["events"] for entry in large]
    written = [entry["by_name"][DEFLATE]["output_bytes"] / entry["bytes"] for entry in large]
    return [
        Check(f"{sizes}: time an event, largest / smallest", max(times) / min(times), 1.1),
        Check(f"{sizes}: output a byte, largest / smallest", max(written) / min(written), 1.1),
    ]


def growth_table(entries: list[dict[str, Any]]) -> Table:
    """One row for each input: the cost of a single event. Times are of the fastest run of measure_growth, if it ran."""
    headers = ["Input", "events", "convert deflate", "an event", "CPU, an event"]
    headers += ["output / input", "peak memory", "an event"]
    table = Table("Growth with size", headers)
    for entry in entries:
        found = entry["by_name"][DEFLATE]
        growth = entry.get("growth", {"lowest_s": found["median_s"], "lowest_cpu_s": found["cpu_s"]})
        table.rows.append(
            [
                f"{entry['size']}, {entry['mix']}, {entry['form']}",
                f"{entry['events']:,}",
                seconds(growth["lowest_s"]),
                f"{growth['lowest_s'] / entry['events'] * 1e9:.0f} ns",
                f"{growth['lowest_cpu_s'] / entry['events'] * 1e9:.0f} ns",
                f"{found['output_bytes'] / entry['bytes']:.3f}",
                f"{found['peak_kib'] / 1024:.0f} MiB",
                f"{found['peak_kib'] * 1024 / entry['events']:.1f} B",
            ]
        )
    return table
