"""Runs snapq under perf or callgrind and under heaptrack, and reads their results as call chains.

A chain begins with the innermost function. The cost is what the tool counts: samples, instructions, bytes or
heap allocations.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lib.profile_rules import OTHER, PHASES, first_match, label, phase_of, without_arguments

Command = list[str]
PERF_EVENTS = ("cpu-clock", "cpu-clock:u")  # without hardware counters; the second one needs no privileges
PERF_STACK_BYTES = 8192


class ToolFailed(Exception):
    """The tool is missing or has no permission here; the text says why."""


@dataclass
class Cost:
    phase: str
    label: str
    amount: float


@dataclass
class CpuProfile:
    tool: str  # in words, for the report
    unit: str
    costs: list[Cost]


def run(command: Command, what: str, stdin: IO[bytes] | None = None, expected: int = 0) -> str:
    """Runs a command and returns its stdout. Raises ToolFailed with the last line of stderr for an unexpected exit code."""
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        stdin=stdin or subprocess.DEVNULL,
        errors="replace",
    )
    if result.returncode != expected:
        lines = result.stderr.strip().splitlines()
        raise ToolFailed(f"{what} ended with {result.returncode}: {lines[-1] if lines else ''}")
    return result.stdout


def need(tool: str, package: str) -> str:
    path = shutil.which(tool)
    if path is None:
        raise ToolFailed(f"{tool} is not installed (Debian: {package})")
    return path


# ---- perf ----


def perf_profile(command: Command, folder: Path, hertz: int) -> CpuProfile:
    perf = need("perf", "linux-perf")
    data = folder / "perf.data"
    failure = ToolFailed("perf took no samples")
    for event in PERF_EVENTS:
        record = [perf, "record", "-q", "-e", event, "-F", str(hertz), "-o", str(data)]
        try:
            run([*record, "--call-graph", f"dwarf,{PERF_STACK_BYTES}", "--", *command], "perf record")
            text = run(
                [perf, "script", "-i", str(data), "--no-inline", "-F", "tid,ip,sym,dso"], "perf script"
            )
        except ToolFailed as failed:
            failure = failed
            continue
        costs = [cost_of(chain, library) for chain, library in perf_samples(text)]
        if costs:
            return CpuProfile(f"perf ({event}, {hertz} Hz, {len(costs):,} samples)", "samples", costs)
    raise failure


FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \((.*)\)$")


def perf_samples(text: str) -> Iterator[tuple[list[str], str]]:
    """For each sample: the call chain, and the library of its innermost function."""
    chain: list[str] = []
    library = ""
    for line in [*text.splitlines(), ""]:
        if frame := FRAME.match(line):
            if not chain:
                library = frame[2]
            chain.append(named(frame[1], frame[2]))
        elif not line.strip() and chain:
            yield chain, library
            chain, library = [], ""


def named(function: str, library: str) -> str:
    """Static functions of libraries without debug symbols have no name."""
    if library.startswith("[kernel") or library == "[unknown]":
        return "[kernel]"
    return nameless(library) if function == "[unknown]" else function


def nameless(library: str) -> str:
    return f"{Path(library).name.split('.')[0]}-static"


def cost_of(chain: list[str], library: str) -> Cost:
    return Cost(phase_of(chain, library), label(without_repeats(chain)), 1)


def without_repeats(chain: list[str]) -> list[str]:
    """The chain with consecutive frames of the kernel joined to one."""
    return [name for i, name in enumerate(chain) if i == 0 or name != "[kernel]" or chain[i - 1] != name]


# ---- callgrind ----


def callgrind_profile(command: Command, folder: Path) -> CpuProfile:
    valgrind = need("valgrind", "valgrind")
    out = folder / "callgrind.out"
    run(
        [
            valgrind,
            "--tool=callgrind",
            f"--callgrind-out-file={out}",
            "--compress-strings=no",
            "--compress-pos=no",
            *command,
        ],
        "callgrind",
    )
    graph = CallGraph.parse(out.read_text(errors="replace"))
    return CpuProfile("callgrind (instructions)", "instructions", list(graph.costs()))


class CallGraph:
    """Functions with their own cost, and the cost of each caller's calls. Callgrind does not record whole chains, so
    the cost of a function that does not name its phase is divided among the phases of its callers."""

    def __init__(self) -> None:
        self.own: dict[str, float] = defaultdict(float)
        self.library: dict[str, str] = {}
        self.calls: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))  # cost by callee and caller

    @classmethod
    def parse(cls, text: str) -> CallGraph:
        graph = cls()
        function = callee = library = ""
        is_call = False
        for line in text.splitlines():
            key, _, value = line.partition("=")
            if key == "ob":
                library = value
            elif key == "fn":
                function = value
                graph.library[function] = library
            elif key == "cfn":
                callee = value
            elif key == "calls":
                is_call = True
            elif line[:1].isdigit() or line[:1] in "+-*":
                cost = float(line.split()[1]) if " " in line else 0.0
                if is_call:
                    graph.calls[callee][function] += cost
                else:
                    graph.own[function] += cost
                is_call = False
        return graph

    def costs(self) -> Iterator[Cost]:
        shares = self._phase_shares()
        for function, amount in self.own.items():
            for phase, share in shares[function].items():
                yield Cost(phase, label([self._name(function)]), amount * share)

    def _name(self, function: str) -> str:
        return nameless(self.library.get(function, "")) if function.startswith("0x") else function

    def _phase_shares(self) -> dict[str, dict[str, float]]:
        """For each function, the shares of its cost by phase. An entry point of a phase belongs to that phase only. All
        others get the shares of their callers, in rounds, until nothing changes."""
        functions = set(self.own) | set(self.calls)
        fixed = {name: part for name in functions if (part := first_match([name], PHASES))}
        shares: dict[str, dict[str, float]] = {name: {part: 1.0} for name, part in fixed.items()}
        for _ in range(60):
            updated = {name: self._from_callers(name, shares) for name in functions - fixed.keys()}
            moved = any(updated[name] != shares.get(name) for name in updated)
            shares.update(updated)
            if not moved:
                break
        return {name: shares[name] or {self._alone(name): 1.0} for name in functions}

    def _from_callers(self, name: str, shares: dict[str, dict[str, float]]) -> dict[str, float]:
        spread: dict[str, float] = defaultdict(float)
        for caller, cost in self.calls.get(name, {}).items():
            if caller != name:
                for phase, share in shares.get(caller, {}).items():
                    spread[phase] += share * cost
        total = sum(spread.values())
        return {phase: round(amount / total, 6) for phase, amount in spread.items()} if total else {}

    def _alone(self, name: str) -> str:
        return phase_of([name], self.library.get(name, "")) if name else OTHER


# ---- heaptrack ----


@dataclass
class HeapProfile:
    peak_bytes: dict[tuple[str, ...], int]  # by chain
    allocations: dict[tuple[str, ...], int]


def heap_profile(
    command: Command, folder: Path, stdin: IO[bytes] | None = None, expected: int = 0
) -> HeapProfile:
    heaptrack = need("heaptrack", "heaptrack")
    need("heaptrack_print", "heaptrack")
    run([heaptrack, "-o", str(folder / "heap"), *command], "heaptrack", stdin, expected)
    data = next((path for path in folder.glob("heap.*") if path.suffix in (".zst", ".gz")), None)
    if data is None:
        raise ToolFailed("heaptrack wrote nothing")
    found = HeapProfile(flame_stacks(data, "peak", folder), flame_stacks(data, "allocations", folder))
    data.unlink()
    return found


def decoding_heap_profile(command: Command, source: Path, folder: Path) -> HeapProfile:
    """The heap profile of decoding alone. `command` reads `source` without its last byte from stdin. It decodes all of
    it, finds that the file is truncated, and exits with 3 before it allocates memory for anything else."""
    cut = ["head", "-c", str(source.stat().st_size - 1), str(source)]
    with subprocess.Popen(cut, stdout=subprocess.PIPE) as head:
        return heap_profile(command, folder, head.stdout, expected=3)


def flame_stacks(data: Path, cost: str, folder: Path) -> dict[tuple[str, ...], int]:
    stacks = folder / f"{cost}.txt"
    quiet = ["-p", "0", "-a", "0", "-T", "0", "-l", "0"]
    print_stacks = ["--flamegraph-cost-type", cost, "-F", str(stacks)]
    run(["heaptrack_print", "-f", str(data), *quiet, *print_stacks], "heaptrack_print")
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for line in stacks.read_text(errors="replace").splitlines():
        chain, _, amount = line.rpartition(" ")
        if amount.isdigit() and int(amount) > 0:
            found[tuple(without_arguments(name) for name in reversed(chain.split(";")))] += int(amount)
    return dict(found)
