"""CPython's own pickle decoder as a program with the output of tests/fuzz/print_pickle.cpp.

The C implementation decides whether a pickle is accepted. The values come from the implementation in Python, which
can be changed to read sets as lists and tuples, as snapq does. Globals are looked up in a list of harmless replacements,
so that no code of a pickle runs. Start it as a separate process, because it limits its memory and time.
"""

from __future__ import annotations

import collections
import io
import pickle
import resource
import signal
import struct
import sys
from types import FrameType
from typing import Any, BinaryIO

MEMORY_LIMIT = 2 << 30
SECONDS = 5


class Refused(Exception):
    pass


class Dtype:
    def __init__(self, name: str, *_: Any) -> None:
        if not isinstance(name, str):
            raise Refused("dtype: the name is not text")
        self.name, self.order = name, "<"

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] == ">":
            self.order = ">"


CODES = {"i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q", "b1": "?",
         "f4": "f", "f8": "d"}  # fmt: skip


def scalar(dtype: Dtype, raw: bytes) -> Any:
    if not isinstance(dtype, Dtype) or not isinstance(raw, bytes) or dtype.name not in CODES:
        raise Refused("scalar: no dtype and bytes")
    code = CODES[dtype.name]
    if len(raw) != struct.calcsize(code):
        raise Refused("scalar: another size than its dtype")
    return struct.unpack(dtype.order + code, raw)[0]


def encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise Refused("encode: another encoding than Latin-1")
    return text.encode("latin1")


def first_of_two(value: Any, _tag: Any) -> Any:
    return value


def only(value: Any) -> Any:
    return value


BUILTINS = (int, float, str, bool, list, dict, set, tuple)
STAND_INS: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("collections", "defaultdict"): collections.defaultdict,
    **{("builtins", kind.__name__): kind for kind in BUILTINS},
    **{("__builtin__", kind.__name__): kind for kind in BUILTINS},
    ("__builtin__", "unicode"): str,
    ("numpy._core.multiarray", "scalar"): scalar,
    ("numpy.core.multiarray", "scalar"): scalar,
    ("numpy", "dtype"): Dtype,
    ("_codecs", "encode"): encode,
    ("torch.jit._pickle", "restore_type_tag"): first_of_two,
    ("torch.jit._pickle", "build_intlist"): only,
    ("torch.jit._pickle", "build_doublelist"): only,
    ("torch.jit._pickle", "build_boollist"): only,
}


def stand_in(module: str, name: str) -> Any:
    try:
        return STAND_INS[module, name]
    except KeyError:
        raise Refused(f"global {module}.{name} is not on the list") from None


class Native(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return stand_in(module, name)


class Ordered(pickle._Unpickler):  # type: ignore[name-defined, misc]
    """Keeps the order of sets."""

    dispatch = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def find_class(self, module: str, name: str) -> Any:
        return stand_in(module, name)

    def load_empty_set(self) -> None:
        self.append([])

    def load_additems(self) -> None:
        items = self.pop_mark()
        self.stack[-1].extend(items)

    def load_frozenset(self) -> None:
        items = self.pop_mark()
        self.append(tuple(items))

    dispatch[pickle.EMPTY_SET[0]] = load_empty_set
    dispatch[pickle.ADDITEMS[0]] = load_additems
    dispatch[pickle.FROZENSET[0]] = load_frozenset


class Printer:
    """Makes the lines about an object; each container and text has one line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.texts: dict[bytes, int] = {}
        self.containers: dict[int, str] = {}  # by id(); "c" while its items are being printed

    def number(self, value: Any) -> str:
        if isinstance(value, bool):
            return f"b{int(value)}"
        if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
            return f"i{value}"
        try:
            real = float(value)
        except OverflowError:
            real = float("inf") if value > 0 else float("-inf")
        return "d" + struct.pack(">d", real).hex()

    def text(self, raw: bytes) -> str:
        if raw not in self.texts:
            self.texts[raw] = len(self.texts)
            self.lines.append(f"t{self.texts[raw]} {raw.hex()}")
        return f"t{self.texts[raw]}"

    def leaf(self, value: Any) -> str | None:
        if value is None:
            return "n"
        if isinstance(value, (bool, int, float)):
            return self.number(value)
        if isinstance(value, str):
            return self.text(value.encode("utf-8", "surrogatepass"))
        if isinstance(value, (bytes, bytearray)):
            return self.text(bytes(value))
        if isinstance(value, (list, tuple, dict)):
            return self.containers.get(id(value))
        return "o"

    def finish(self, value: Any) -> None:
        shape = "dict" if isinstance(value, dict) else "list" if isinstance(value, list) else "tuple"
        shown = " ".join(str(self.leaf(item)) for item in items_of(value))
        name = f"r{len(self.lines)}"
        self.lines.append(f"{name} {shape} {shown}".rstrip())
        self.containers[id(value)] = name

    def print(self, root: Any) -> str:
        """Works without recursion, because a pickle may nest to any depth."""
        waiting = [(root, False)]
        while waiting:
            value, is_filled = waiting.pop()
            if is_filled:
                self.finish(value)
            elif self.leaf(value) is None:
                self.containers[id(value)] = "c"
                waiting.append((value, True))
                waiting.extend((item, False) for item in items_of(value))
        self.lines.append(f"root {self.leaf(root)}")
        return "\n".join(self.lines)


def items_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    return list(value)


def out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise Refused("took too long")


def structure(data: bytes) -> str:
    """Raises Refused after SECONDS of processor time, so that a busy machine does not change the answer."""
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        Native(io.BytesIO(data), encoding="bytes").load()
        root = Ordered(io.BytesIO(data), encoding="bytes").load()
        return Printer().print(root)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def answer(data: bytes) -> str:
    try:
        return structure(data)
    except Exception as error:  # a damaged pickle may cause any exception, and the timer ends at any point
        return f"refused {type(error).__name__}: {str(error)[:200]!r}"


def read_pickle(stream: BinaryIO) -> bytes | None:
    head = stream.read(4)
    return stream.read(int.from_bytes(head, "little")) if len(head) == 4 else None


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    signal.signal(signal.SIGPROF, out_of_time)
    while (data := read_pickle(sys.stdin.buffer)) is not None:
        sys.stdout.write(answer(data) + "\n.\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
