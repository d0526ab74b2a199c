"""Writes plain data the way PyTorch's C++ (TorchScript) pickler does, as `_memory_snapshot_pickled` uses it.

It writes protocol 2 without frames, and differs from Python's pickler in the same ways as PyTorch's: a container of
any length is one MARK group, a container is memoized after it is complete and only if it is used again, equal text is
written once, and an integer beyond 32 bits always takes eight bytes. So no container
may contain itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

PROTO, STOP = b"\x80\x02", b"."
EMPTY_DICT, EMPTY_LIST, MARK, SETITEMS, APPENDS = b"}", b"]", b"(", b"u", b"e"
NONE, NEWTRUE, NEWFALSE, TUPLE2 = b"N", b"\x88", b"\x89", b"\x86"


def dumps(value: Any) -> bytes:
    """The whole stream of `value`: dicts, lists, pairs, text, ints, floats, bools and None."""
    pickler = CppPickler(shared_containers(value))
    return PROTO + pickler.encode(value) + STOP


def shared_containers(value: Any) -> set[int]:
    """The id() of each dict and list that is part of `value` more than once."""
    seen: set[int] = set()
    shared: set[int] = set()
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, (dict, list, tuple)):
            continue
        if id(item) in seen:
            shared.add(id(item))
            continue
        if not isinstance(item, tuple):
            seen.add(id(item))
        waiting.extend(item.values() if isinstance(item, dict) else item)
    return shared


class CppPickler:
    """Encodes values one after the other with one memo. The values must outlive the pickler, which knows them by id()."""

    def __init__(self, shared: Iterable[int] = ()) -> None:
        self._shared = set(shared)
        self._texts: dict[str, int] = {}
        self._containers: dict[int, int] = {}
        self.memo_size = 0

    def encode(self, value: Any) -> bytes:
        out = bytearray()
        self._value(out, value)
        return bytes(out)

    def _value(self, out: bytearray, value: Any) -> None:
        match value:
            case None | bool():
                out += NONE if value is None else NEWTRUE if value else NEWFALSE
            case int():
                out += encode_int(value)
            case float():
                out += b"G" + struct.pack(">d", value)
            case str():
                self._text(out, value)
            case tuple((first, second)):
                self._value(out, first)
                self._value(out, second)
                out += TUPLE2
            case dict() | list():
                self._container(out, value)
            case _:
                raise TypeError(f"the C++ form has no {type(value).__name__}")

    def _text(self, out: bytearray, text: str) -> None:
        if text in self._texts:
            out += encode_get(self._texts[text])
            return
        data = text.encode("utf-8", "surrogatepass")
        self._texts[text] = self.memo_size
        out += b"X" + struct.pack("<I", len(data)) + data + self._put()

    def _container(self, out: bytearray, value: dict[str, Any] | list[Any]) -> None:
        if id(value) in self._containers:
            out += encode_get(self._containers[id(value)])
            return
        out += (EMPTY_DICT if isinstance(value, dict) else EMPTY_LIST) + MARK
        if isinstance(value, dict):
            for key, item in value.items():
                self._value(out, key)
                self._value(out, item)
        else:
            for item in value:
                self._value(out, item)
        out += SETITEMS if isinstance(value, dict) else APPENDS
        if id(value) in self._shared:
            self._containers[id(value)] = self.memo_size
            out += self._put()

    def _put(self) -> bytes:
        index, self.memo_size = self.memo_size, self.memo_size + 1
        return b"q" + bytes([index]) if index < 256 else b"r" + struct.pack("<I", index)


def encode_get(index: int) -> bytes:
    """BINGET or LONG_BINGET."""
    return b"h" + bytes([index]) if index < 256 else b"j" + struct.pack("<I", index)


def encode_int(value: int) -> bytes:
    """The shortest of BININT1, BININT2, BININT, else LONG1 of eight bytes (64-bit, signed)."""
    if 0 <= value < 1 << 8:
        return b"K" + bytes([value])
    if 0 <= value < 1 << 16:
        return b"M" + struct.pack("<H", value)
    if -(1 << 31) <= value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    return b"\x8a\x08" + struct.pack("<q", value - (1 << 64) if value >= 1 << 63 else value)
