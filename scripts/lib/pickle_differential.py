"""Compares snapq's pickle machine with CPython's on damaged pickles.

Both decoders run as processes that print the values they read (tests/fuzz/print_pickle.cpp describes the format). If
both accept a pickle, they must read the same; if only one accepts it, a rule below must explain that.
"""

from __future__ import annotations

import itertools
import math
import pickle
import random
import re
import select
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from lib.pickle_mutations import MOST_BYTES, mutant, opcode_starts

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20
MOST_FINDINGS = 20
MOST_NODES = 1_000_000


@dataclass(frozen=True)
class Rule:
    why: str
    error: str  # regular expression for the error of the side that refuses the pickle


# Pickles that snapq refuses and CPython accepts.
STRICTER = (
    Rule("nothing is called: a type only stands as the factory of a defaultdict", "a builtin type would be called"),
    Rule("nothing is constructed", "opcode (INST|OBJ|NEWOBJ|NEWOBJ_EX) would construct an object"),
    Rule("an OrderedDict comes empty, as picklers write it", "an OrderedDict with arguments"),
    Rule("a defaultdict is given its factory and nothing else", "a defaultdict takes one factory"),
    Rule("integers of more than 16 bytes are in no snapshot (limits.hpp)", "an integer of [0-9]+ bytes is longer"),
    Rule("a container is not changed any more once something has taken it", "the container is already complete"),
    Rule("a memo index above the bytes read so far comes from no pickler (limits.hpp)", "memo index [0-9]+ is far above"),
    Rule("numbers stand on their line as picklers write them: no +, blanks, underscores, hexadecimal",
         "(a number|a memo index) was expected on this line"),
    Rule("only a list is appended to and only a dict has items set, even if it is nothing that is added",
         "(APPEND|APPENDS|SETITEM|SETITEMS): the target is not a (list|dict)"),
    Rule("only dicts and dtypes have a state, even if it is None", "BUILD: sets the state of an object that is not plain"),
    Rule("buffers are outside of the file", "opcode (READONLY|NEXT)_BUFFER refers to an object outside"),
)  # fmt: skip

# Pickles that CPython refuses and snapq accepts.
LOOSER = (
    Rule("any value may be a key, also what cannot be hashed", "unhashable type"),
    Rule("text is kept as bytes and repaired when it is written", "UnicodeDecodeError"),
    Rule("integers with leading zeros and reals in the place of integers are numbers",
         "invalid literal for int|could not convert string to int"),
    Rule("a real beyond a double is infinite", "value too large to convert to float"),
    Rule("encode() is always to Latin-1, whatever it is given besides the text", "encode: another encoding|encode[(][)] "),
    Rule("what is stored behind a MARK is what lies below it", "unexpected MARK found"),
    Rule("a set is a list", "'set' object has no attribute 'append'|'list' object has no attribute 'add'"),
    Rule("text and byte strings are one", "'bytes' object has no attribute 'encode'"),
    Rule("a dtype is known by its letter, its size by the bytes", "scalar: no dtype and bytes|scalar: another size"),
    Rule("the state of a dict is left out, whatever it is",
         "state is not a dictionary|'dict' object has no attribute '__dict__'"),
    Rule("TorchScript's helpers are given more than they take", "(only|first_of_two)[(][)] (takes|missing) "),
)  # fmt: skip


class Decoder:
    """A program that reads pickles. If a pickle makes it crash or hang, it is started again."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def read(self, data: bytes) -> list[str]:
        """The answer's lines without the dot. Raises RuntimeError when the program died or hung."""
        if self.process is None:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT / "scripts"
            )
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(len(data).to_bytes(4, "little") + data)
            self.process.stdin.flush()
            return list(self.lines())
        except OSError as error:
            raise self.death(str(error)) from error

    def lines(self) -> Iterator[str]:
        assert self.process and self.process.stdout
        if not select.select([self.process.stdout], [], [], SECONDS)[0]:
            raise self.death(f"no answer in {SECONDS} s")
        while (line := self.process.stdout.readline().decode(errors="replace").rstrip("\n")) != ".":
            if not line:
                raise self.death("no answer")
            yield line

    def death(self, what: str) -> RuntimeError:
        assert self.process
        self.process.kill()
        said = self.process.communicate()[1].decode(errors="replace")
        self.process = None
        return RuntimeError(f"{self.command[0]}: {what}\n{said[-3000:]}")


@dataclass
class Structure:
    """Gives equal values the same number in all answers, so that comparing two numbers compares two values."""

    nodes: dict[Any, int] = field(default_factory=dict)
    numbers: dict[int, int | float] = field(default_factory=dict)  # values of nodes

    def node(self, *key: Any) -> int:
        return self.nodes.setdefault(key, len(self.nodes))

    def leaf(self, word: str, named: dict[str, int]) -> int:
        if word[0] in "tr":
            return named[word]
        if word[0] == "d" and re.fullmatch("[7f]ff[0-9a-f]{13}", word[1:]) and int(word[4:], 16) != 0:
            return self.node("nan")
        node = self.node(word)
        if word[0] in "bi":
            self.numbers[node] = int(word[1:])
        if word[0] == "d":
            (self.numbers[node],) = struct.unpack(">d", bytes.fromhex(word[1:]))
        return node

    def pairs(self, values: list[int]) -> tuple[int, ...]:
        """The items of a dict as in Python: if keys are equal, such as 1, 1.0 and True, the first key keeps its place
        and spelling, and gets the last value."""
        kept: dict[Any, tuple[int, int]] = {}
        for key, value in zip(values[0::2], values[1::2], strict=True):
            equal = ("number", self.numbers[key]) if key in self.numbers else key
            kept[equal] = (kept[equal][0] if equal in kept else key, value)
        return tuple(part for pair in kept.values() for part in pair)

    def root(self, lines: list[str]) -> int:
        named: dict[str, int] = {}
        for line in lines:
            head, *words = line.split()
            if head[0] == "t":
                named[head] = self.node("text", *words)
            elif head == "root":
                return self.leaf(words[0], named)
            else:
                values = [self.leaf(word, named) for word in words[1:]]
                named[head] = self.node(words[0], *(self.pairs(values) if words[0] == "dict" else values))
        raise ValueError("no root")


def refusal(lines: list[str]) -> str | None:
    return lines[-1].removeprefix("refused ") if lines[-1].startswith("refused ") else None


def rule_for(rules: tuple[Rule, ...], error: str) -> Rule | None:
    return next((rule for rule in rules if re.search(rule.error, error)), None)


def leaves_open(lines: list[str]) -> str | None:
    """The reason why two structures may differ although both sides accept the pickle."""
    words = {word for line in lines for word in line.split()[1:]}
    if "c" in words:
        return "a container inside itself: where the circle is cut depends on where one begins"
    return None


def verdict(structure: Structure, ours: list[str], theirs: list[str]) -> tuple[bool, str]:
    """Whether the two answers are compatible, and a short reason."""
    our_error, their_error = refusal(ours), refusal(theirs)
    if our_error is not None and their_error is not None:
        return True, "refused by both"
    if our_error is not None:
        rule = rule_for(STRICTER, our_error)
        return rule is not None, f"only CPython accepts: {rule.why if rule else our_error}"
    if their_error is not None:
        rule = rule_for(LOOSER, their_error)
        return rule is not None, f"only snapq accepts: {rule.why if rule else their_error}"
    if structure.root(ours) == structure.root(theirs):
        return True, "the same"
    reason = leaves_open(ours) or leaves_open(theirs)
    return reason is not None, reason or "accepted by both, but not the same"


def without_opcodes(data: bytes, count: int) -> Iterator[bytes]:
    """For each opcode of the pickle: the pickle without `count` opcodes from there on. The last opcode is kept."""
    starts = opcode_starts(data)
    for first in range(0, len(starts) - count):
        yield data[: starts[first]] + data[starts[first + count] :]


def without_frames(data: bytes) -> bytes:
    """The pickle without its FRAME opcodes. snapq ignores a wrong length of a frame, on which CPython fails."""
    kept, begin = [], 0
    for start in opcode_starts(data):
        if data[start : start + 1] == pickle.FRAME:
            kept.append(data[begin:start])
            begin = start + 9
    return b"".join([*kept, data[begin:]])


class Comparison:
    """Both decoders, running."""

    def __init__(self, program: str) -> None:
        self.structure = Structure()
        self.ours = Decoder([program])
        self.theirs = Decoder([sys.executable, "-B", "-m", "lib.pickle_reference"])

    def __enter__(self) -> Comparison:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.ours.stop()
        self.theirs.stop()

    def verdict(self, data: bytes) -> tuple[bool, str]:
        if len(self.structure.nodes) > MOST_NODES:
            self.structure = Structure()
        try:
            return verdict(self.structure, self.ours.read(data), self.theirs.read(without_frames(data)))
        except RuntimeError as death:
            return False, str(death)

    def minimized(self, data: bytes, how: str) -> bytes:
        """A smaller pickle for which the decoders differ in the same way."""
        while (smaller := self.smaller(data, how)) is not None:
            data = smaller
        return data

    def smaller(self, data: bytes, how: str) -> bytes | None:
        most = len(opcode_starts(data)) // 2
        for count in sorted({most >> halvings for halvings in range(most.bit_length())} | {1, 2}, reverse=True):
            for candidate in without_opcodes(data, count):
                fits, word = self.verdict(candidate)
                if not fits and kind_of(word) == kind_of(how):
                    return candidate
        return None


def kind_of(how: str) -> str:
    return re.sub(r"\d+", "N", how)


def seeds() -> list[bytes]:
    folders = [ROOT / "tests" / "corpus" / "pickle", ROOT / "tests" / "corpus" / "snapshot"]
    files = [path for folder in folders for path in sorted(folder.iterdir())]
    small = {path.read_bytes() for path in files if path.stat().st_size <= MOST_BYTES}
    return sorted(small)


@dataclass
class Outcome:
    pickles: int = 0
    ways: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, data: bytes, fits: bool, how: str) -> None:
        self.pickles += 1
        self.ways[how] += 1
        if not fits:
            self.findings.append((how, data))


def compare(program: str, start: int = 1, count: int | None = None, seconds: float | None = None) -> Outcome:
    """Compares the decoders on the seeds, then on changed pickles number `start`, `start` + 1, …, until `count` were
    compared, the time is over, or there are MOST_FINDINGS findings, which are made small. The same number always gives
    the same pickle."""
    outcome, known = Outcome(), seeds()
    until = time.monotonic() + (seconds if seconds is not None else math.inf)
    numbers = itertools.count(start) if count is None else range(start, start + count)
    mutants = (mutant(known, random.Random(number)) for number in numbers)
    with Comparison(program) as comparison:
        for data in itertools.chain(known, mutants):
            if time.monotonic() > until or len(outcome.findings) == MOST_FINDINGS:
                break
            fits, how = comparison.verdict(data)
            outcome.add(data if fits else comparison.minimized(data, how), fits, how)
    return outcome
