"""Reads the page of `snapq report` without any code of snapq: HTML, base64, deflate and varints."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path

BLOCK = re.compile(rb'<script type="application/octet-stream" id="([A-Za-z0-9-]+)">([A-Za-z0-9+/=]*)</script>')


def varints(raw: bytes) -> list[int]:
    """Unsigned LEB128 numbers of 64 bits."""
    values, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value, shift = 0, 0
    assert shift == 0, "the last number is cut off"
    return values


def undo_deltas(zigzags: list[int]) -> list[int]:
    """The values modulo 2^64, signed."""
    values, value = [], 0
    for zigzag in zigzags:
        value = (value + (zigzag >> 1 ^ -(zigzag & 1)) + 2**63) % 2**64 - 2**63
        values.append(value)
    return values


class ReportPage:
    """The data of a page: `page` is its JSON, `column` decodes a block of numbers."""

    def __init__(self, html: bytes):
        self.html = html
        self.blocks = {}
        for name, text in BLOCK.findall(html):
            assert name.decode() not in self.blocks, f"two blocks have the id {name!r}"
            self.blocks[name.decode()] = text
        self.page = json.loads(self.inflated("page"))

    @staticmethod
    def read(path: Path) -> ReportPage:
        return ReportPage(Path(path).read_bytes())

    def inflated(self, name: str) -> bytes:
        inflater = zlib.decompressobj(-15)
        raw = inflater.decompress(base64.b64decode(self.blocks[name], validate=True))
        assert inflater.eof and not inflater.unused_data, f"block {name} is no single deflate stream"
        return raw

    def column(self, block: dict) -> list[int]:
        raw = self.inflated(block["id"])
        assert len(raw) == block["raw"], block
        values = varints(raw)
        if block["coding"] == "delta":
            values = undo_deltas(values)
        assert len(values) == block["count"], block
        return values

    def texts(self) -> list[str]:
        """All texts of the JSON, keys included."""
        found: list[str] = []

        def walk(value: object) -> None:
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, dict):
                for key, each in value.items():
                    found.append(key)
                    walk(each)
            elif isinstance(value, list):
                for each in value:
                    walk(each)

        walk(self.page)
        return found
