"""Writes plain data as CPython's pickler does with protocol 4, piece by piece.

The module `pickle` needs the whole object in memory. Containers are memoized before they are filled, and filled in
batches of 1000. Every text, tuple and container gets a memo number. A caller that writes memoizing opcodes itself
increases `memo_size`. The caller also writes the frames, with `FrameWriter`.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

BATCH = 1000
FRAME_TARGET = 64 * 1024
MEMOIZE = b"\x94"


class PythonPickler:
    """Encodes values one after the other with one memo; remembered values must outlive the pickler."""

    def __init__(self) -> None:
        self._memo: dict[int, int] = {}
        self._kept: list[Any] = []  # ids stay valid only as long as the objects live
        self.memo_size = 0

    def encode(self, value: Any) -> bytes:
        out = bytearray()
        self._value(out, value)
        return bytes(out)

    def memoize(self, value: Any) -> bytes:
        """Returns MEMOIZE; when `value` is encoded again, it is fetched from the memo."""
        self._memo[id(value)] = self.memo_size
        self._kept.append(value)
        self.memo_size += 1
        return MEMOIZE

    def _value(self, out: bytearray, value: Any) -> None:
        if id(value) in self._memo and not isinstance(value, (int, float, bool, type(None))):
            out += encode_get(self._memo[id(value)])
            return
        match value:
            case None | bool():
                out += b"N" if value is None else b"\x88" if value else b"\x89"
            case int():
                out += encode_int(value)
            case float():
                out += b"G" + struct.pack(">d", value)
            case str():
                out += encode_text(value) + self.memoize(value)
            case tuple((first, second)):
                self._value(out, first)
                self._value(out, second)
                out += b"\x86" + self.memoize(value)
            case dict():
                out += b"}" + self.memoize(value)
                self._fill(out, [part for pair in value.items() for part in pair], 2, b"s", b"u")
            case list():
                out += b"]" + self.memoize(value)
                self._fill(out, value, 1, b"a", b"e")
            case _:
                raise TypeError(f"no opcode for {type(value).__name__} here")

    def _fill(self, out: bytearray, parts: list[Any], width: int, one: bytes, many: bytes) -> None:
        if len(parts) == width:
            for part in parts:
                self._value(out, part)
            out += one
            return
        for start in range(0, len(parts), BATCH * width):
            out += b"("
            for part in parts[start : start + BATCH * width]:
                self._value(out, part)
            out += many


class FrameWriter:
    """Divides a protocol 4 stream into FRAMEs of about 64 KiB. A piece is never divided."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame = bytearray()
        file.write(b"\x80\x04")

    def write(self, piece: bytes) -> None:
        self._frame += piece
        if len(self._frame) >= FRAME_TARGET:
            self.flush()

    def flush(self) -> None:
        if self._frame:
            self._file.write(framed(self._frame))
            self._frame.clear()


def framed(data: bytes | bytearray) -> bytes:
    return b"\x95" + struct.pack("<Q", len(data)) + bytes(data)


def encode_get(index: int) -> bytes:
    return b"h" + bytes([index]) if index < 256 else b"j" + struct.pack("<I", index)


def encode_text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) < 256:
        return b"\x8c" + bytes([len(data)]) + data
    return b"X" + struct.pack("<I", len(data)) + data


def encode_int(value: int) -> bytes:
    """BININT1, BININT2, BININT, else LONG1 of the shortest length."""
    if 0 <= value < 1 << 8:
        return b"K" + bytes([value])
    if 0 <= value < 1 << 16:
        return b"M" + struct.pack("<H", value)
    if -(1 << 31) <= value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    length = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([length]) + value.to_bytes(length, "little", signed=True)
