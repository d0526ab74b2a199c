#!/usr/bin/env python3
"""Peak memory and time of `snapq query` and `snapq export`, printed as a table; no question may need more than 48 MiB, and
no export more than 64 MiB.

As a test, it makes an archive of about 100 000 events. `test_query_memory.py ARCHIVE` measures another archive.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CEILING_KIB = 48 << 10
EXPORT_CEILING_KIB = 64 << 10
EXPORT_FORMATS = ("parquet",)
SEARCH = "SELECT idx, size, callstack FROM allocs WHERE idx = 4711"
QUESTIONS = {
    "search by idx": (SEARCH,),
    "scan": ("SELECT count(*), sum(size), max(end_event) FROM allocations",),
    "every row as CSV": ("SELECT * FROM allocations", "--format", "csv"),
    "every row as a table": ("SELECT * FROM allocations", "--format", "box"),
    "every event as JSON": ("SELECT * FROM events", "--format", "json"),
    "every stack again and again": ("SELECT callstack FROM allocs", "--format", "jsonl"),
    "sort of everything": ("SELECT * FROM allocations ORDER BY size, address, idx", "--format", "tsv"),
    "sort of wide rows": ("SELECT size, callstack FROM allocs WHERE idx < 50000 ORDER BY size, idx DESC", "--max-rows", "5"),
    "group of everything": ("SELECT address, count(*) FROM allocations GROUP BY address ORDER BY 2 DESC", "--format", "csv"),
    "distinct": ("SELECT count(DISTINCT address), count(DISTINCT alloc_event) FROM allocations",),
    "window": ("SELECT max(s) FROM (SELECT sum(size) OVER (ORDER BY idx) AS s FROM allocations)",),
    "regexp over stacks": ("SELECT count(*) FROM allocs WHERE idx < 100000 AND callstack REGEXP 'forward.*backward|zzz'",),
    "callstack()": ("SELECT sum(length(callstack(stack_id))) FROM allocations",),
    "alive_at": ("SELECT count(*), sum(size) FROM alive_at((SELECT min(device) FROM devices), 'peak')",),
    "views": ("SELECT device, count(*), sum(size) FROM live_at_peak GROUP BY device",),
    "named top-sites": ("--named", "top-sites"),
    "named by-size": ("--named", "by-size"),
    "named largest": ("--named", "largest"),
    "named timeline": ("--named", "timeline"),
}


def measure(*command: str | Path) -> tuple[int, float, int]:
    """Peak memory in KiB, seconds, and the exit code."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss, time.perf_counter() - start, process.returncode


def report(program: str, archive: Path) -> bool:
    worst = 0
    print(f"{'question':<30}{'peak MiB':>10}{'ms':>10}")
    for name, question in QUESTIONS.items():
        runs = [measure(program, "query", archive, *question) for _ in range(5 if question == (SEARCH,) else 1)]
        if any(code != 0 for _, _, code in runs):
            print(f"{name}: failed")
            return False
        peak = max(run[0] for run in runs)
        print(f"{name:<30}{peak / 1024:>10.1f}{sorted(run[1] for run in runs)[len(runs) // 2] * 1000:>10.1f}")
        worst = max(worst, peak)
    print(f"highest: {worst / 1024:.1f} MiB of {CEILING_KIB >> 10}")
    return worst <= CEILING_KIB and report_exports(program, archive)


def report_exports(program: str, archive: Path) -> bool:
    """All tables, with those that have a row for each allocation and each event."""
    is_bounded = True
    for name in EXPORT_FORMATS:
        with tempfile.TemporaryDirectory(prefix="memory-") as directory:
            lake = Path(directory) / "lake"
            peak, taken, code = measure(program, "export", archive, "--format", name, "-q", "-o", lake,
                                        "--table", "allocations", "--table", "events")  # fmt: skip
            written = sum(path.stat().st_size for path in lake.rglob("*") if path.is_file())
        print(f"{'export as ' + name:<30}{peak / 1024:>10.1f}{taken * 1000:>10.1f}")
        is_bounded = is_bounded and code == 0 and written > 0 and peak <= EXPORT_CEILING_KIB
    return is_bounded


def main() -> int:
    program = os.environ.get("SNAPQ")
    if not program:
        print("SNAPQ names no program")
        return 77
    # Uses grep, because memory that this process holds would count as the peak of its children.
    if subprocess.run(["grep", "-q", "-e", "__asan_init", "-e", "__tsan_init", program], check=False).returncode == 0:
        print("a sanitizer needs memory of its own")
        return 77
    if len(sys.argv) > 1:
        return 0 if report(program, Path(sys.argv[1])) else 1
    with tempfile.TemporaryDirectory(prefix="memory-") as directory:
        snapshot, archive = Path(directory) / "big.pickle", Path(directory) / "big.zip"
        subprocess.run([sys.executable, ROOT / "scripts" / "generate_snapshot.py", "--size", "24MB", "-o", snapshot],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run([program, "convert", "-q", snapshot, "-o", archive, "--max-points", "4"], check=True)
        return 0 if report(program, archive) else 1


if __name__ == "__main__":
    sys.exit(main())
