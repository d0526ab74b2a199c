"""Makes damaged pickles from seeds by changing their bytes or opcodes. The same seed and random state give the same
bytes."""

from __future__ import annotations

import pickle
import pickletools
import random
import struct

MOST_BYTES = 20_000
MEMO = (0, 1, 2, 3, 4, 5, 7, 10, 255)
NAMES = (
    b"collections\nOrderedDict\n", b"collections\ndefaultdict\n", b"builtins\nlist\n", b"__builtin__\nset\n",
    b"numpy\ndtype\n", b"numpy._core.multiarray\nscalar\n", b"_codecs\nencode\n", b"os\nsystem\n",
    b"torch.jit._pickle\nrestore_type_tag\n", b"torch.jit._pickle\nbuild_intlist\n",
)  # fmt: skip
WHOLE = (
    b"cnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n(V%s\nI00\nI01\ntR(I3\nV%s\nNNNI-1\nI-1\nI0\ntbC%s%stR",
    b"c_codecs\nencode\n(V\xe9\nVlatin1\ntR",
    b"ccollections\nOrderedDict\n)R",
    b"ctorch.jit._pickle\nbuild_intlist\n(](K\x01K\x02etR",
)
DTYPES = ((b"i8", 8), (b"u8", 8), (b"f8", 8), (b"f4", 4), (b"b1", 1), (b"i1", 1), (b"u2", 2))


def any_line(at: random.Random) -> bytes:
    words = (b"0", b"-1", b"01", b"00", b"1.5", b"1e400", b"9223372036854775808", b"18446744073709551615",
             b"18446744073709551616", b"-9223372036854775809", b"123L", b"nan", b"inf", b"", b" 7", b"+7", b"1_0", b"0x1f",
             b"caf\xe9", b"\\u20ac\\n", b"'a\\x41\\''", b'"b"')  # fmt: skip
    return at.choice(words) + b"\n"


def any_long(at: random.Random) -> bytes:
    return at.randbytes(at.choice((0, 1, 4, 8, 9, 10, 16, 17)))


def any_text(at: random.Random) -> bytes:
    return at.choice((b"", b"a", b"\xc3\xa9", b"\xff", b"\xed\xb2\x80", b"\x00", b"segments", b"x" * 40))


def operand(name: str, at: random.Random) -> bytes:
    """Random bytes of the argument that pickletools calls `name`."""
    text = any_text(at)
    if name in ("uint1", "uint2", "uint4", "uint8", "int4", "float8"):
        if name == "float8":
            return at.choice((struct.pack(">d", 1.5), b"\x7f\xf8" + bytes(6), b"\x7f\xf0" + bytes(6), at.randbytes(8)))
        size = {"uint1": 1, "uint2": 2, "uint4": 4, "uint8": 8, "int4": 4}[name]
        return at.choice(MEMO).to_bytes(size, "little") if at.random() < 0.8 else at.randbytes(size)
    if name in ("string1", "unicodestring1", "bytes1", "long1"):
        body = any_long(at) if name == "long1" else text
        return bytes([len(body)]) + body
    if name in ("string4", "unicodestring4", "bytes4", "long4"):
        body = any_long(at) if name == "long4" else text
        return len(body).to_bytes(4, "little") + body
    if name in ("unicodestring8", "bytes8", "bytearray8"):
        return len(text).to_bytes(8, "little") + text
    if name == PAIR:
        return at.choice(NAMES)
    return any_line(at)


def any_opcode(at: random.Random) -> bytes:
    code = at.choice(pickletools.opcodes)
    return code.code.encode("latin1") + (operand(code.arg.name, at) if code.arg else b"")


def numpy_scalar(at: random.Random) -> bytes:
    name, size = at.choice(DTYPES)
    return WHOLE[0] % (name, at.choice((b"<", b">")), bytes([size]), at.randbytes(size))


def any_value(at: random.Random) -> bytes:
    """Opcodes that leave one value on the stack."""
    simple = (b"N", b"\x88", b"K\x07", b"]", b"}", b")", b"\x8f", b"(K\x01K\x02t", b"(lp0\n", b"(d", b"2")
    if at.random() < 0.5:
        return at.choice(simple)
    return numpy_scalar(at) if at.random() < 0.5 else at.choice(WHOLE[1:])


def any_object(at: random.Random, depth: int = 0) -> object:
    """Random plain data with shared containers, which the picklers can write."""
    leaves = (None, True, 0, -1, 1 << 40, -(1 << 63), (1 << 64) - 1, 1 << 70, 0.5, "", "é", "\udc80", b"b", bytearray(b"c"), (),
              "x" * 300)  # fmt: skip
    if depth > 4 or at.random() < 0.3:
        return at.choice(leaves)
    items = [any_object(at, depth + 1) for _ in range(at.choice((0, 1, 2, 3, 5)))]
    if items and at.random() < 0.3:
        items.append(items[0])
    kind = at.random()
    if kind < 0.4:
        return items
    if kind < 0.6:
        return tuple(items)
    if kind < 0.7:
        return {item for item in items if isinstance(item, (int, str, bytes, float))}
    return {str(number) if at.random() < 0.8 else number: item for number, item in enumerate(items)}


OPCODES = {code.code.encode("latin1")[0]: code for code in pickletools.opcodes}
# For arguments that begin with their length: the name in pickletools, and the number of bytes of this length.
LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT4: 4, pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}  # fmt: skip
PAIR = "stringnl_noescape_pair"


def opcode_end(data: bytes, begin: int) -> int | None:
    """The end of the opcode at `begin`; None if there is no opcode, or it is cut."""
    code = OPCODES.get(data[begin])
    if code is None:
        return None
    end = begin + 1
    if code.arg is None:
        return end
    if code.arg.n >= 0:
        end += code.arg.n
    elif code.arg.n == pickletools.UP_TO_NEWLINE:
        for _ in range(2 if code.arg.name == PAIR else 1):
            end = data.find(b"\n", end) + 1
            if end == 0:
                return None
    else:
        size = LENGTHS[code.arg.n]
        end += size + int.from_bytes(data[end : end + size], "little")
    return end if end <= len(data) else None


def opcode_starts(data: bytes) -> list[int]:
    """The offsets of the opcodes, up to STOP or to the first one that is unknown or cut."""
    starts: list[int] = []
    place: int | None = 0
    while place is not None and place < len(data):
        starts.append(place)
        place = None if data[place : place + 1] == pickle.STOP else opcode_end(data, place)
    return starts


def change_bytes(data: bytearray, at: random.Random) -> None:
    place = at.randrange(len(data))
    match at.randrange(5):
        case 0:
            data[place] ^= 1 << at.randrange(8)
        case 1:
            data[place] = at.randrange(256)
        case 2:
            del data[place : place + at.randrange(1, 9)]
        case 3:
            data[place:place] = at.randbytes(at.randrange(1, 5))
        case 4:
            end = min(len(data), place + at.randrange(1, 60))
            data[place:place] = data[place:end]


def change_opcodes(data: bytearray, at: random.Random) -> None:
    starts = [*opcode_starts(bytes(data)), len(data)]
    if len(starts) < 3:
        return change_bytes(data, at)
    number = at.randrange(len(starts) - 1)
    begin, end = starts[number], starts[number + 1]
    other = at.randrange(len(starts) - 1)
    match at.randrange(6):
        case 0:
            del data[begin:end]
        case 1:
            data[begin:begin] = any_opcode(at)
        case 2:
            data[begin:end] = any_opcode(at)
        case 3:
            data[begin:begin] = data[starts[other] : starts[other + 1]]
        case 4:
            data[begin:begin] = any_value(at)
        case 5:
            data[begin:begin] = data[starts[other] : starts[min(other + 8, len(starts) - 1)]]


def mutant(seeds: list[bytes], at: random.Random) -> bytes:
    if at.random() < 0.2:
        data = bytearray(pickle.dumps(any_object(at), protocol=at.randrange(6)))
        if at.random() < 0.3:
            return bytes(data)
    else:
        data = bytearray(at.choice(seeds))
    for _ in range(at.choice((1, 1, 1, 2, 3, 6))):
        if data:
            (change_opcodes if at.random() < 0.7 else change_bytes)(data, at)
    return bytes(data[:MOST_BYTES])
