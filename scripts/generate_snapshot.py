#!/usr/bin/env python3
"""Writes a realistic snapshot pickle of any size, in memory that does not grow with the size.

The trace is one period of a modelled training or inference loop (scripts/lib/steady_run.py), repeated until the size
is reached: one third of the events are alloc, one third free_requested and one third free_completed; there are about
130 different stacks; stacks share frame dicts, but each traceback has its own frame list. Only times and memo numbers
differ between periods, so a period is made once as a template, which is changed in these places and written again.

    scripts/generate_snapshot.py --size 300MB --mix training --form cpython -o big.pickle
    scripts/generate_snapshot.py --size 1.3GB --form cpp -o big-cpp.pickle
"""

from __future__ import annotations

import argparse
import pickletools
import re
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lib import cpp_pickler, python_pickler  # noqa: E402
from lib.call_stacks import fresh  # noqa: E402
from lib.steady_run import START_US, SteadyRun  # noqa: E402
from lib.training_model import allocator_settings, annotation  # noqa: E402

SIZE_UNITS = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
PERIOD_GAP_US = 5_000


class Template:
    """The bytes of one period, and the offsets of its times and of the memo numbers that it defines."""

    def __init__(self, data: bytes, memo_base: int, memo_count: int, time_base: int, duration: int) -> None:
        self._data = bytearray(data)
        self._memo_count = memo_count
        self.duration = duration
        self._times: list[tuple[int, int]] = []
        self._memos: list[tuple[int, int]] = []
        width = 0
        for opcode, argument, position in pickletools.genops(data + b"."):
            if opcode.name == "LONG1" and time_base <= argument <= time_base + duration:
                self._times.append((position + 2, argument - time_base))
                width = data[position + 1]
            elif opcode.name in ("LONG_BINGET", "LONG_BINPUT") and argument >= memo_base:
                self._memos.append((position + 1, argument - memo_base))
        # Python's pickler writes an integer of this size with seven bytes, the C++ pickler with eight.
        self._pack_high = struct.Struct("<HB" if width == 7 else "<I").pack_into
        self._wide = width == 8

    @property
    def memo_count(self) -> int:
        return self._memo_count

    def __len__(self) -> int:
        return len(self._data)

    def at(self, memo_base: int, time_base: int) -> bytearray:
        """The bytes of a period with this first memo number and this start time. They are valid until the next call."""
        data, pack_low = self._data, struct.Struct("<I").pack_into
        for offset, number in self._memos:
            pack_low(data, offset, memo_base + number)
        pack_high, wide = self._pack_high, self._wide
        for offset, delay in self._times:
            now = time_base + delay
            pack_low(data, offset, now & 0xFFFFFFFF)
            if wide:
                pack_high(data, offset + 4, now >> 32)
            else:
                pack_high(data, offset + 4, now >> 32 & 0xFFFF, now >> 48)
        return data


class Generator:
    """The common part of both forms: takes three periods from the model and repeats the second one."""

    def __init__(self, file: BinaryIO, mix: str, seed: int) -> None:
        self.file = file
        run = SteadyRun(mix, seed)
        self.first, self.middle, self.last = run.record(), run.record(), run.record()
        # Written after the last period, so that surviving blocks share their stack with their alloc event.
        self.segments = run.segments()
        self.start_us = START_US + seed * 1_000_003
        self.duration = PERIOD_GAP_US + max(
            period[-1]["time_us"] - period[0]["time_us"] for period in (self.first, self.middle, self.last)
        )

    def write(self, size: int) -> int:
        """Returns the number of events."""
        self.head()
        self.rebase(self.first, 0)
        self.period(self.first)
        before = self.pickler.memo_size
        self.rebase(self.middle, 1)
        data = self.encoded(self.middle)
        template = Template(data, before, self.pickler.memo_size - before, self.time_of(1), self.duration)
        # The first and the last period are about as long as the template.
        repeats = max(1, round((size - self.position()) / len(template)) - 1)
        self.flush()
        for number in range(repeats):
            self.file.write(template.at(before + number * template.memo_count, self.time_of(1 + number)))
        self.pickler.memo_size = before + repeats * template.memo_count
        self.rebase(self.last, 1 + repeats)
        self.period(self.last)
        self.tail(2 + repeats)
        return (2 + repeats) * len(self.first)

    def time_of(self, period: int) -> int:
        return self.start_us + period * self.duration

    def rebase(self, events: list[dict[str, Any]], period: int) -> None:
        shift = self.time_of(period) - events[0]["time_us"]
        for event in events:
            event["time_us"] += shift

    def annotations(self, periods: int) -> Iterator[dict[str, Any]]:
        for period in range(periods):
            start = self.time_of(period)
            name = f"ProfilerStep#{period}"
            yield annotation(name, "START", 0, start)
            yield annotation(fresh(name), "END", 0, start + self.duration - PERIOD_GAP_US)

    def position(self) -> int:
        self.flush()
        return self.file.tell()

    pickler: python_pickler.PythonPickler | cpp_pickler.CppPickler

    def head(self) -> None:
        raise NotImplementedError

    def period(self, events: list[dict[str, Any]]) -> None:
        raise NotImplementedError

    def encoded(self, events: list[dict[str, Any]]) -> bytes:
        raise NotImplementedError

    def tail(self, periods: int) -> None:
        raise NotImplementedError

    def flush(self) -> None:
        pass


class PythonForm(Generator):
    """The form of `pickle.dump(snapshot, file, protocol=4)`."""

    def __init__(self, file: BinaryIO, mix: str, seed: int) -> None:
        super().__init__(file, mix, seed)
        self.pickler = python_pickler.PythonPickler()
        self._frames = python_pickler.FrameWriter(file)

    def head(self) -> None:
        pickler, write = self.pickler, self._frames.write
        write(b"}" + pickler.memoize({}) + b"(")
        write(pickler.encode("segments"))
        write(b"]" + pickler.memoize([]))
        for piece in batches(pickler.encode(segment) for segment in self.segments):
            write(piece)
        write(pickler.encode("device_traces") + b"]" + pickler.memoize([]) + b"]" + pickler.memoize([]))

    def period(self, events: list[dict[str, Any]]) -> None:
        for piece in batches(self.pickler.encode(event) for event in events):
            self._frames.write(piece)

    def encoded(self, events: list[dict[str, Any]]) -> bytes:
        data, frame = bytearray(), bytearray()
        for piece in batches(self.pickler.encode(event) for event in events):
            frame += piece
            if len(frame) >= python_pickler.FRAME_TARGET:
                data += python_pickler.framed(frame)
                frame.clear()
        return bytes(data + (python_pickler.framed(frame) if frame else b""))

    def tail(self, periods: int) -> None:
        pickler, write = self.pickler, self._frames.write
        write(b"a" + pickler.encode("allocator_settings") + pickler.encode(allocator_settings()))
        write(pickler.encode("external_annotations") + b"]" + pickler.memoize([]))
        for piece in batches(pickler.encode(entry) for entry in self.annotations(periods)):
            write(piece)
        write(b"u.")
        self.flush()

    def flush(self) -> None:
        self._frames.flush()


class CppForm(Generator):
    """The form of PyTorch's C++ pickler: one MARK group for the whole trace."""

    def __init__(self, file: BinaryIO, mix: str, seed: int) -> None:
        super().__init__(file, mix, seed)
        every = [self.segments, self.first, self.middle, self.last]
        # Periods share only frame dicts; the last period also shares stacks with the segments.
        self.pickler = cpp_pickler.CppPickler(cpp_pickler.shared_containers(every))

    def head(self) -> None:
        encode = self.pickler.encode
        self.file.write(cpp_pickler.PROTO + b"}(" + encode("segments") + encode(self.segments))
        self.file.write(encode("device_traces") + b"](](")

    def period(self, events: list[dict[str, Any]]) -> None:
        self.file.write(self.encoded(events))

    def encoded(self, events: list[dict[str, Any]]) -> bytes:
        return b"".join(self.pickler.encode(event) for event in events)

    def tail(self, periods: int) -> None:
        encode = self.pickler.encode
        self.file.write(b"ee" + encode("allocator_settings") + encode(allocator_settings()))
        self.file.write(encode("external_annotations") + b"](")
        for entry in self.annotations(periods):
            self.file.write(encode({key: str(value) for key, value in entry.items()}))
        self.file.write(b"eu.")


def batches(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Puts MARK and APPENDS around every thousand pieces, as CPython fills a list."""
    count = 0
    for piece in pieces:
        start = b"(" if count % python_pickler.BATCH == 0 else b""
        count += 1
        yield start + piece + (b"e" if count % python_pickler.BATCH == 0 else b"")
    if count % python_pickler.BATCH:
        yield b"e"


def parse_size(text: str) -> int:
    matched = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGKi]*B?)", text)
    if matched is None or matched[2] not in SIZE_UNITS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a valid size (examples: 300MB, 1.3GB, 64MiB)")
    return int(float(matched[1]) * SIZE_UNITS[matched[2]])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--size", type=parse_size, default="30MB", help="about this many bytes (default 30MB)"
    )
    parser.add_argument("--mix", choices=["training", "inference"], default="training")
    parser.add_argument("--form", choices=["cpython", "cpp"], default="cpython")
    parser.add_argument("--seed", type=int, default=0, help="changes addresses and times (default 0)")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()

    started = time.perf_counter()
    with options.output.open("wb") as file:
        form = PythonForm if options.form == "cpython" else CppForm
        events = form(file, options.mix, options.seed).write(options.size)
    seconds = time.perf_counter() - started
    written = options.output.stat().st_size
    print(
        f"{options.output.name}: {written} bytes, {events} events, {written / events:.0f} bytes an event, "
        f"{seconds:.1f} s, {written / seconds / 1e6:.0f} MB/s",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
