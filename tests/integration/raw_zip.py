"""Writes zip files member by member, so that a test can make each field wrong; zipfile would refuse that."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Member:
    """`packed` are the bytes in the file. Sizes, checksum and offset are right unless they are given."""

    name: str
    packed: bytes
    method: int = 0
    size: int = -1
    crc: int = -1
    flags: int = 0
    packed_size: int = -1
    local_name: str | None = None
    offset: int | None = None
    central: dict[str, int] = field(default_factory=dict)  # wrong fields of the record in the central directory

    def __post_init__(self) -> None:
        self.size = len(self.packed) if self.size < 0 else self.size
        self.crc = zlib.crc32(self.packed) if self.crc < 0 else self.crc
        self.packed_size = len(self.packed) if self.packed_size < 0 else self.packed_size

    def local(self) -> bytes:
        name = (self.name if self.local_name is None else self.local_name).encode("utf-8", "surrogateescape")
        return self._fields(b"PK\x03\x04", b"", {}) + struct.pack("<HH", len(name), 0) + name

    def record(self, offset: int) -> bytes:
        name = self.name.encode("utf-8", "surrogateescape")
        head = self._fields(b"PK\x01\x02", struct.pack("<H", 20), self.central)
        where = offset if self.offset is None else self.offset
        return head + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, where) + name

    def _fields(self, signature: bytes, made_by: bytes, other: dict[str, int]) -> bytes:
        values = {"flags": self.flags, "method": self.method, "crc": self.crc, "packed_size": self.packed_size,
                  "size": self.size, **other}  # fmt: skip
        return signature + made_by + struct.pack(
            "<HHHIIII", 20, values["flags"], values["method"], 0, values["crc"], values["packed_size"], values["size"]
        )


def deflated(name: str, data: bytes | list[bytes], **fields: int) -> Member:
    """A deflated member with the bytes, or with pieces that together would not fit into memory."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed, size, crc = b"", 0, 0
    for piece in [data] if isinstance(data, bytes) else data:
        packed += squeeze.compress(piece)
        size, crc = size + len(piece), zlib.crc32(piece, crc)
    return Member(name, packed + squeeze.flush(), method=8, **{"size": size, "crc": crc, **fields})


def zip_bytes(members: list[Member]) -> bytes:
    body, directory = b"", b""
    for member in members:
        directory += member.record(len(body))
        body += member.local() + member.packed
    count = len(members)
    return body + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(body), 0)


def members_of(path: Path) -> list[Member]:
    """The members of a valid zip, with their compressed bytes."""
    members = []
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            start = info.header_offset + 30 + sum(struct.unpack_from("<HH", data, info.header_offset + 26))
            packed = data[start : start + info.compress_size]
            members.append(Member(info.filename, packed, info.compress_type, info.file_size, info.CRC))
    return members
