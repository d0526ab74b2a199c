"""Shapes of hostile inputs, in any size: things that a file could repeat, share or nest to make its conversion expensive.

Each function returns about `size` bytes. If the cost of a shape is the product of two things, such as a long name and the
number of records that share it, each takes half of the size, so that the cost grows with the square of the size.
"""

from __future__ import annotations

import gzip
import itertools
import json
import struct
from collections.abc import Callable, Iterable, Iterator

KEYS = (
    "action addr size stream time_us frames filename name line alloc free_requested free_completed segment_alloc oom "
    "device_free stage device START END blocks address total_size segments device_traces external_annotations "
    "allocator_settings state active_allocated segment_type segment_pool_id pool_id user_metadata compile_context "
    "forward_frames category host_traces user_defined x inactive"
).split()
LONGEST = (1 << 20) - 1000  # bytes; longer texts are cut because of their own length


def text(value: str) -> bytes:
    """A text that is not in the memo."""
    data = value.encode()
    if len(data) < 256:
        return b"\x8c" + bytes([len(data)]) + data
    return b"X" + struct.pack("<I", len(data)) + data


def ref(key: str) -> bytes:
    return b"h" + bytes([KEYS.index(key)])


LONG_TEXT = b"h" + bytes([len(KEYS)])  # the text that `shared` puts into the memo
ONE = b"h" + bytes([len(KEYS) + 1])  # fetches a second object of the memo
HEAD = b"\x80\x04" + b"".join(text(key) + b"\x940" for key in KEYS)


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value) if value < 1 << 31 else b"\x8a\x08" + struct.pack("<q", value)


def record(*pairs: tuple[str, bytes]) -> bytes:
    return b"}(" + b"".join(ref(key) + value for key, value in pairs) + b"u"


def listed(items: Iterable[bytes]) -> bytes:
    return b"](" + b"".join(items) + b"e"


def filled(size: int, items: Iterator[bytes]) -> bytes:
    """A list with as many of the items as fit into about `size` bytes."""
    parts, length = [], 0
    while length < size:
        parts.append(next(items))
        length += len(parts[-1])
    return listed(parts)


def snapshot(*pairs: tuple[str, bytes], memo: bytes = b"") -> bytes:
    keys = {key for key, _ in pairs}
    rest = [(key, b"]") for key in ("segments", "device_traces") if key not in keys]
    return HEAD + memo + record(*rest, *pairs) + b"."


def shared(size: int) -> bytes:
    """Puts a long text into the memo."""
    return text("7" * min(size, LONGEST)) + b"\x940"


def trace(events: bytes, *pairs: tuple[str, bytes], memo: bytes = b"") -> bytes:
    return snapshot(("device_traces", listed([events])), *pairs, memo=memo)


def event(action: str, i: int, *pairs: tuple[str, bytes]) -> bytes:
    return record(("action", ref(action)), ("addr", number(512 * (i + 1))), ("size", number(512)), *pairs)


def events(size: int, *pairs: tuple[str, bytes], action: str = "alloc") -> bytes:
    return filled(size, (event(action, i, *pairs) for i in itertools.count()))


def frame(name: bytes, line: int, file: bytes = text("a.py")) -> bytes:
    return record(("name", name), ("filename", file), ("line", number(line)))


def stacked(size: int, stack: Callable[[int], bytes], action: str = "alloc") -> bytes:
    return filled(size, (event(action, i, ("frames", stack(i))) for i in itertools.count()))


def annotations(size: int, *pairs: tuple[str, bytes], name: bytes = text("n")) -> bytes:
    fields = (("name", name), ("stage", ref("START")), ("time_us", number(5)), *pairs)
    return filled(size, itertools.repeat(record(*fields)))


def annotation(stage: str, time: int, *pairs: tuple[str, bytes], name: bytes = text("n")) -> bytes:
    return record(("name", name), ("stage", ref(stage)), ("time_us", number(time)), *pairs)


def spans(size: int, end: Callable[[int, int], int], name: Callable[[int], bytes] = lambda i: text("n")) -> bytes:
    """Annotations: spans that start one after the other. `end` gives the place of the end of a span among all ends, from
    its number and the number of spans; a negative place means that it has no end."""
    count = size // 2 // len(annotation("START", 0, name=name(100)))
    ends = sorted((end(i, count), i) for i in range(count) if end(i, count) >= 0)
    begin = [annotation("START", i, name=name(i)) for i in range(count)]
    return listed(begin + [annotation("END", count + place, name=name(i)) for place, i in ends])


def huge(size: int) -> bytes:
    """Puts an integer of that many bytes into the memo."""
    return b"\x8b" + struct.pack("<i", size) + b"\x01" * size + b"\x940"


def annotations_with_key(size: int) -> bytes:
    """Each has a value of an unknown key, which is the long text of the memo."""
    return filled(size, itertools.repeat(annotation("START", 5)[:-1] + LONG_TEXT + b"Nu"))


def nested_spans(size: int) -> bytes:
    return spans(size, lambda i, count: count - i)


def with_spans(made: bytes) -> bytes:
    return trace(events(100, ("time_us", number(3))), ("external_annotations", made))


def segments(size: int, *pairs: tuple[str, bytes]) -> bytes:
    fields = (("total_size", number(512)), ("blocks", b"]"), *pairs)
    return filled(size, (record(("address", number(512 * (i + 1))), *fields) for i in itertools.count()))


def blocks(size: int, *pairs: tuple[str, bytes]) -> bytes:
    block = record(("size", number(512)), ("state", ref("active_allocated")), *pairs)
    return listed([record(("address", number(0)), ("total_size", number(1 << 30)), ("blocks", filled(size, itertools.repeat(block))))])


def blocks_in_state(size: int) -> bytes:
    block = record(("size", number(512)), ("state", LONG_TEXT))
    return listed([record(("address", number(0)), ("total_size", number(1 << 30)), ("blocks", filled(size, itertools.repeat(block))))])


def dict_of(size: int, item: Callable[[int], bytes]) -> bytes:
    """A dict of about `size` bytes, whose keys and values are the results of `item`."""
    return b"}(" + filled(size, (item(i) for i in itertools.count()))[2:-1] + b"u"


def many_devices(size: int) -> bytes:
    return snapshot(("device_traces", listed(events(size // 1000 + 1) for _ in range(900))))


def devices_and_annotations(size: int) -> bytes:
    few = listed(events(60) for _ in range(900))
    return snapshot(("device_traces", few), ("external_annotations", annotations(max(1000, size - len(few)))))


def devices_and_segments(size: int) -> bytes:
    few = listed(events(60) for _ in range(900))
    return snapshot(("device_traces", few), ("segments", segments(max(1000, size - len(few)))))


def among_devices(size: int, item: Callable[[int], bytes], few: bytes = events(60)) -> bytes:
    """One device has as many of the events as fit, 900 others have few."""
    rest = filled(max(1000, size - 900 * len(few)), (item(i) for i in itertools.count()))
    return snapshot(("device_traces", listed([few] * 900 + [rest])))


def ring_settings(size: int, key: bytes) -> bytes:
    by_device = b"}(" + text("trace_alloc_max_entries") + dict_of(size // 2, lambda i: key + b"N") + b"u"
    return snapshot(("device_traces", b"](" + b"]" * 1000 + b"e"), ("allocator_settings", by_device), memo=shared(size // 2))


def shared_settings(size: int) -> bytes:
    """Nested dicts, each of which contains the one before it 16 times."""
    levels = b"".join(
        b"}(" + b"".join(number(i) + b"h" + bytes([len(KEYS) + level]) for i in range(16)) + b"u\x940" for level in range(7)
    )
    settings = dict_of(size, lambda i: number(i) + b"h" + bytes([len(KEYS) + 7]))
    return snapshot(("allocator_settings", settings), memo=b"}(" + text("end") + number(1) + b"u\x940" + levels)


OPEN_DICT = b"}\x94(" + ref("action") + ref("alloc") + ref("addr") + b"K\x01u"


def group(size: int, opened: bytes = OPEN_DICT, before: bytes = b"", after: bytes = b"", each: bytes = b"") -> bytes:
    """Containers that are still open in one group, then references to each of them, with `each` before every one."""
    count = min(95_000, size // (len(opened) + len(each) + 5))
    fetched = b"".join(each + b"j" + struct.pack("<I", len(KEYS) + i) for i in range(count))
    return before + opened * count + after + fetched


def unfinished(group_of: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """A list that cannot be a trace, with the group as its items."""
    return lambda size: snapshot(("x", b"](" + frame(ref("name"), 1) + group_of(size) + b"e"))


def nested_groups(size: int) -> bytes:
    """The same, with a list after each reference that is completed only afterwards."""
    count = min(95_000, size // (len(OPEN_DICT) + 12))
    fetched = b"".join(b"]j" + struct.pack("<I", len(KEYS) + i) + b"0(K\x01e" for i in range(count))
    return snapshot(("x", b"](" + frame(ref("name"), 1) + OPEN_DICT * count + fetched + b"e"))


def doubled(size: int) -> bytes:
    """Lists, each of which contains the one before it twice."""
    memo = b"]\x940" + b"".join(
        b"](" + b"j" + struct.pack("<I", len(KEYS) + i) + b"j" + struct.pack("<I", len(KEYS) + i) + b"e\x940"
        for i in range(size // 17)
    )
    return snapshot(("x", b"j" + struct.pack("<I", len(KEYS) + size // 17)), memo=memo)


def lowest_freed(size: int) -> bytes:
    """Half of the allocations stay live; below them in the stack, the others are allocated and freed."""
    count = size // 3 // len(event("alloc", 0))
    live = [event("alloc", i) for i in range(count)]
    turns = [event("free_completed", i) + event("alloc", count + i) for i in range(count)]
    return trace(listed(live + turns))


def sawtooth(size: int) -> bytes:
    """Rounds of allocations that are all freed again, the lowest first."""
    width = 50
    one_round = b"".join(event("alloc", i) for i in range(width)) + b"".join(event("free_completed", i) for i in range(width))
    return trace(filled(size, itertools.repeat(one_round)))


def below_segments(size: int) -> bytes:
    """Frees of memory from before the recording, below blocks that stay to the end."""
    return trace(listed([events(size // 4)[2:-1], filled(3 * size // 4, (event("free_completed", 1_000_000 + i) for i in itertools.count()))[2:-1]]))


def pending_below(size: int) -> bytes:
    """Half of the allocations stay live, above others whose free is requested at once and completed much later."""
    count = size // 4 // len(event("alloc", 0))
    parts = [("alloc", 0), ("free_requested", 0), ("alloc", count), ("free_completed", 0)]
    return trace(listed([b"".join(event(action, first + i) for i in range(count)) for action, first in parts]))


def json_of(size: int, action: str, stack: Callable[[int], list[object]]) -> bytes:
    entries, length = [], 0
    for i in itertools.count():
        entries.append(json.dumps({"action": action, "addr": 512 * (i + 1), "size": 512, "stream": 0, "frames": stack(i)}))
        length += len(entries[-1]) + 1
        if length > size:
            break
    return ('{"segments": [], "device_traces": [[' + ",".join(entries) + "]]}").encode()


def forward(size: int, item: Callable[[int], bytes]) -> bytes:
    return filled(size, (event("alloc", i, ("forward_frames", listed([item(i)]))) for i in itertools.count()))


def half(shape: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """`shape` in half of the size, with a long text in the memo that takes the other half."""
    return lambda size: trace(shape(size // 2), memo=shared(size // 2))


def one_of_stack(i: int, action: str = "alloc") -> bytes:
    return event(action, i, ("frames", listed([frame(text(f"f{i}"), i)])))


def python_frame(i: int) -> bytes:
    return text(f'  File "a.py", line {i}, in f\n')


SHAPES: dict[str, Callable[[int], bytes]] = {
    "events": lambda size: trace(events(size)),
    "events with times": lambda size: trace(events(size, ("time_us", number(7)))),
    "events at one address": lambda size: trace(filled(size, itertools.repeat(event("alloc", 1)))),
    "events of devices": many_devices,
    "frees from before": lambda size: trace(events(size, action="free_completed")),
    "pending frees": lambda size: trace(events(size // 2)[:-1] + events(size // 2, action="free_requested")[2:]),
    "lowest freed first": lowest_freed,
    "rounds of allocations": sawtooth,
    "frees below allocations": below_segments,
    "pending frees below allocations": pending_below,
    "segments": lambda size: snapshot(("segments", segments(size))),
    "segments of streams": lambda size: snapshot(
        ("segments", filled(size, (record(("total_size", number(9)), ("address", number(i)), ("stream", number(i))) for i in itertools.count())))),
    "segments of pools": lambda size: snapshot(
        ("segments", filled(size, (record(("total_size", number(9)), ("address", number(i)), ("segment_pool_id", number(i) + b"K\x01\x86"))
                                   for i in itertools.count())))),
    "segments and devices": devices_and_segments,
    "metadata and devices": lambda size: among_devices(size, lambda i: event("alloc", i, ("user_metadata", text(f"m{i}")))),
    "stacks and devices with OOMs": lambda size: among_devices(size, one_of_stack, listed([one_of_stack(0), one_of_stack(1, "oom")])),
    "blocks": lambda size: snapshot(("segments", blocks(size))),
    "streams": lambda size: trace(filled(size, (event("alloc", i, ("stream", number(i))) for i in itertools.count()))),
    "pools": lambda size: trace(filled(size, (event("alloc", i, ("pool_id", number(i) + b"K\x01\x86")) for i in itertools.count()))),
    "annotations": lambda size: trace(events(100), ("external_annotations", annotations(size))),
    "annotations, nested": lambda size: trace(events(100, ("time_us", number(3))), ("external_annotations", nested_spans(size))),
    "annotations and devices": devices_and_annotations,
    "annotations, one after the other": lambda size: with_spans(spans(size, lambda i, count: i)),
    "annotations, crossing": lambda size: with_spans(spans(size, lambda i, count: i ^ 1)),
    "annotations without ends": lambda size: with_spans(spans(size, lambda i, count: -1)),
    "annotations, every second without end": lambda size: with_spans(spans(size, lambda i, count: i if i % 2 else -1)),
    "annotations of many names": lambda size: with_spans(spans(size, lambda i, count: count - i, lambda i: text(f"n{i}"))),
    "annotations, two of each name": lambda size: with_spans(spans(size, lambda i, count: count - i, lambda i: text(f"n{i // 2}"))),
    "annotations of devices": lambda size: snapshot(("external_annotations", filled(size, (
        annotation("START" if i < size // 80 else "END", i, ("device", number(i % 900))) for i in itertools.count())))),
    "annotations of one long name": lambda size: snapshot(
        ("external_annotations", annotations(size // 2, name=LONG_TEXT)), memo=shared(size // 2)),
    "annotations with many digits": lambda size: snapshot(
        ("external_annotations", annotations(size // 2, ("device", LONG_TEXT))), memo=shared(size // 2)),
    "annotations with a huge integer": lambda size: snapshot(
        ("external_annotations", annotations(size // 2, ("device", LONG_TEXT))), memo=huge(size // 2)),
    "annotations with times of many digits": lambda size: snapshot(
        ("external_annotations", filled(size // 2, itertools.repeat(record(("name", text("n")), ("stage", ref("START")), ("time_us", LONG_TEXT))))),
        memo=shared(size // 2)),
    "annotations with a long key": lambda size: snapshot(
        ("external_annotations", annotations_with_key(size // 2)), memo=shared(size // 2)),
    "annotations with a long stage": lambda size: snapshot(
        ("external_annotations", filled(size // 2, itertools.repeat(record(("name", text("n")), ("stage", LONG_TEXT), ("time_us", number(5)))))),
        memo=shared(size // 2)),
    "events with addresses of many digits": half(lambda size: filled(size, itertools.repeat(
        record(("action", ref("alloc")), ("addr", LONG_TEXT), ("size", number(1)))))),
    "events with streams of many digits": half(lambda size: events(size, ("stream", LONG_TEXT))),
    "events with pools of many digits": half(lambda size: events(size, ("pool_id", LONG_TEXT + LONG_TEXT + b"\x86"))),
    "events with a huge integer": lambda size: trace(events(size // 2, ("x", LONG_TEXT)), memo=huge(size // 2)),
    "events with a huge size": lambda size: trace(filled(size // 2, itertools.repeat(
        record(("action", ref("alloc")), ("addr", number(1)), ("size", LONG_TEXT)))), memo=huge(size // 2)),
    "events with a huge time": lambda size: trace(events(size // 2, ("time_us", LONG_TEXT)), memo=huge(size // 2)),
    "frames with lines of many digits": half(lambda size: stacked(size, lambda i: listed([
        record(("name", text(f"f{i}")), ("filename", text("a.py")), ("line", LONG_TEXT))]))),
    "segments with a huge integer": lambda size: snapshot(("segments", segments(size // 2, ("x", LONG_TEXT))), memo=huge(size // 2)),
    "settings with a huge integer": lambda size: snapshot(
        ("allocator_settings", dict_of(size // 2, lambda i: text(f"k{i}") + LONG_TEXT)), memo=huge(size // 2)),
    "user-defined events of a long name": half(lambda size: stacked(size, lambda i: listed([frame(LONG_TEXT, 1, text("n"))]), "user_defined")),
    "user-defined events with long keys": half(lambda size: filled(size, (
        record(("action", ref("user_defined")), ("addr", number(i)), ("size", number(1))) [:-1] + LONG_TEXT + b"Nu" for i in itertools.count()))),
    "user-defined events of many frames": lambda size: trace(
        stacked(size // 2, lambda i: listed([ONE] * 8), "user_defined"), memo=shared(size // 2) + frame(ref("START"), 1, LONG_TEXT) + b"\x940"),
    "user-defined events of deep stacks": lambda size: trace(
        stacked(size, lambda i: listed([ONE] * (1000 + i)), "user_defined"), memo=text("") + b"\x940" + frame(ref("END"), 1) + b"\x940"),
    "user-defined events of many names": lambda size: trace(
        stacked(size, lambda i: listed([frame(ref("START"), 1, text(f"n{i}"))]), "user_defined")),
    "user-defined events": half(lambda size: stacked(size, lambda i: listed([frame(ref("START"), 1, LONG_TEXT)]), "user_defined")),
    "names": lambda size: trace(stacked(size, lambda i: listed([frame(text(f"f{i}"), i)]))),
    "frames of one long name": half(lambda size: stacked(size, lambda i: listed([frame(LONG_TEXT, i)]))),
    "stacks of one long name": lambda size: trace(
        stacked(size // 2, lambda i: listed([ONE, frame(text("f"), i)])), memo=shared(size // 2) + frame(LONG_TEXT, 1) + b"\x940"),
    "stacks": lambda size: trace(stacked(size, lambda i: listed([ONE] * (i % 40) + [frame(text("f"), i)])), memo=text("") + b"\x940" + frame(text("g"), 1) + b"\x940"),
    "one deep stack": lambda size: trace(listed([event("alloc", 1, ("frames", filled(size, itertools.repeat(frame(text("f"), 1)))))])),
    "deep stacks of one frame": lambda size: trace(
        stacked(size, lambda i: listed([ONE] * (1000 + i))), memo=text("") + b"\x940" + frame(text("g"), 1) + b"\x940"),
    "settings": lambda size: snapshot(("allocator_settings", dict_of(size, lambda i: text(f"k{i}") + number(i)))),
    "settings, shared": shared_settings,
    "settings of a long key": lambda size: snapshot(("allocator_settings", dict_of(size // 2, lambda i: LONG_TEXT + number(i))), memo=shared(size // 2)),
    "settings of the ring by device": lambda size: ring_settings(size, LONG_TEXT),
    "unknown keys": lambda size: snapshot(("x", b"N"))[:-2] + dict_of(size, lambda i: text(f"k{i}") + number(i))[2:-1] + b"u.",
    "settings of the ring with long values": lambda size: snapshot(
        ("device_traces", b"](" + b"]" * 900 + b"e"),
        ("allocator_settings", b"}(" + text("trace_alloc_max_entries") + dict_of(size // 2, lambda i: number(i) + LONG_TEXT) + b"u"),
        memo=shared(size // 2)),
    "settings of devices": lambda size: snapshot(
        ("device_traces", b"](" + b"]" * 900 + b"e"),
        ("allocator_settings", b"}(" + text("trace_alloc_overflowed") + dict_of(size, lambda i: number(i) + b"\x88") + b"u")),
    "settings of the ring in a list": lambda size: snapshot(
        ("device_traces", b"](" + b"]" * 900 + b"e"),
        ("allocator_settings", b"}(" + text("trace_alloc_max_entries") + filled(size, (number(i) for i in itertools.count())) + b"u")),
    "settings in settings": lambda size: snapshot(
        ("allocator_settings", b"}(" + LONG_TEXT + dict_of(size // 2, lambda i: number(i) + b"}(" + ref("x") + b"Nu") + b"u"), memo=shared(size // 2)),
    "settings with many long values": lambda size: snapshot(
        ("allocator_settings", dict_of(size // 2, lambda i: text(f"k{i}") + LONG_TEXT)), memo=shared(size // 2)),
    "unknown keys of frames": half(lambda size: stacked(size, lambda i: listed([frame(text("f"), i)[:-1] + LONG_TEXT + b"Nu"]))),
    "unknown keys of segments": lambda size: snapshot(
        ("segments", filled(size // 2, (
            record(("total_size", number(9)), ("address", number(i)))[:-1] + LONG_TEXT + b"Nu" for i in itertools.count()))),
        memo=shared(size // 2)),
    "unknown keys of events, a long text": half(lambda size: filled(size, (event("alloc", i)[:-1] + LONG_TEXT + b"Nu" for i in itertools.count()))),
    "unknown keys in values": half(lambda size: events(size, ("x", b"}(" + LONG_TEXT + b"Nu"))),
    "types of segments, a long text": lambda size: snapshot(("segments", segments(size // 2, ("segment_type", LONG_TEXT))), memo=shared(size // 2)),
    "states of blocks, a long text": lambda size: snapshot(("segments", blocks_in_state(size // 2)), memo=shared(size // 2)),
    "categories, a long text": half(lambda size: events(size, ("category", LONG_TEXT))),
    "files of frames, a long text": half(lambda size: stacked(size, lambda i: listed([frame(text(f"f{i}"), i, LONG_TEXT)]))),
    "unknown keys of a long text": lambda size: snapshot(("x", b"N"), memo=shared(size // 2))[:-2] + (LONG_TEXT + b"N") * (size // 6) + b"u.",
    "unknown values of events": lambda size: trace(filled(size, (event("alloc", i, ("x", number(i))) for i in itertools.count()))),
    "unknown values, a long text": half(lambda size: events(size, ("x", LONG_TEXT))),
    "unknown lists of events": lambda size: trace(filled(size, (event("alloc", i, ("x", b"](" + number(i) + b"Ne")) for i in itertools.count()))),
    "categories": lambda size: trace(filled(size, (event("alloc", i, ("category", text(f"c{i}"))) for i in itertools.count()))),
    "unknown actions": half(lambda size: filled(size, (record(("action", LONG_TEXT), ("addr", number(i))) for i in itertools.count()))),
    "large integers": lambda size: snapshot(("x", filled(size, itertools.repeat(b"\x8a\x10" + b"\x7f" * 16)))),
    "integers of many digits": lambda size: snapshot(("x", filled(size, itertools.repeat(b"I" + b"9" * 4000 + b"\n")))),
    "lists of the list before": doubled,
    "tuples": lambda size: snapshot(("x", filled(size, itertools.repeat(b")")))),
    "dicts": lambda size: snapshot(("x", filled(size, itertools.repeat(b"}")))),
    "ordered dicts": lambda size: snapshot(("x", filled(size, itertools.repeat(b"ccollections\nOrderedDict\n)R")))),
    "ordered dicts, memoized": lambda size: snapshot(
        ("x", filled(size, itertools.repeat(ONE + b")R"))), memo=text("") + b"\x940ccollections\nOrderedDict\n\x940"),
    "numbers of numpy": lambda size: snapshot(
        ("x", filled(size, itertools.repeat(b"cnumpy.core.multiarray\nscalar\n" + ONE + b"C\x08" + b"\x01" * 8 + b"\x86R"))),
        memo=text("") + b"\x940cnumpy\ndtype\n" + text("i8") + b"\x85R\x940"),
    "open dicts, then references": unfinished(lambda size: group(size, after=b"K\x01")),
    "open dicts and lists, then references": nested_groups,
    "open dicts, then references and a list": unfinished(lambda size: group(size, after=b"]")),
    "open dicts after a number, then references": unfinished(lambda size: group(size, before=b"K\x01")),
    "open dicts, then numbers and references": unfinished(lambda size: group(size, each=b"K\x01")),
    "open dicts, then references and pops": unfinished(lambda size: group(size, each=b"K\x010")),
    "open dicts, then references in groups": unfinished(lambda size: group(size, each=b"](K\x01e")),
    "open lists, then references": unfinished(lambda size: group(size, opened=b"]\x94")),
    "open lists with items, then references": unfinished(lambda size: group(size, opened=b"]\x94(K\x01K\x02e")),
    "open ordered dicts, then references": unfinished(lambda size: group(size, opened=b"ccollections\nOrderedDict\n)R\x94")),
    "open dicts of a dict, then references": lambda size: snapshot(
        ("x", b"}(" + group(size, opened=ref("x") + OPEN_DICT, each=ref("x")) + b"u")),
    "open dicts of a tuple, then references": lambda size: snapshot(("x", b"(" + group(size) + b"t")),
    "open events, then references": lambda size: trace(b"](" + group(size, after=b"K\x01") + b"e"),
    "open segments, then references": lambda size: snapshot(("segments", b"](" + group(size, after=b"K\x01") + b"e")),
    "JSON events": lambda size: json_of(size, "alloc", lambda i: []),
    "JSON stacks": lambda size: json_of(size, "alloc", lambda i: [{"name": f"f{i}", "filename": "a.py", "line": i}]),
    "JSON lists in lists": lambda size: b'{"segments": [], "x": [' + b",".join([b"[" * 16 + b"1," * 40_000 + b"1" + b"]" * 16] * (1 + size // 80_000)) + b"]}",
    "JSON numbers": lambda size: b'{"segments": [], "x": [' + b",".join([b"9" * 4000] * (size // 4001)) + b"]}",
    "gzip": lambda size: gzip.compress(trace(events(size)), 1, mtime=0),
    "OOMs": lambda size: trace(events(size, action="oom")),
    "OOMs of one long name": half(lambda size: stacked(size, lambda i: listed([frame(LONG_TEXT, i)]), "oom")),
    "metadata": lambda size: trace(filled(size, (event("alloc", i, ("user_metadata", text(f"m{i}"))) for i in itertools.count()))),
    "metadata, a long text": half(lambda size: events(size, ("user_metadata", LONG_TEXT))),
    "contexts, a long text": half(lambda size: events(size, ("compile_context", LONG_TEXT))),
    "forward frames": lambda size: trace(forward(size, python_frame)),
    "forward frames of a long text": half(lambda size: filled(size, (
        event("alloc", i, ("forward_frames", listed([LONG_TEXT, python_frame(i)]))) for i in itertools.count()))),
    "host events": lambda size: snapshot(("host_traces", events(size))),
    "host lists": lambda size: snapshot(("host_traces", filled(size, (listed([event("alloc", i)]) for i in itertools.count())))),
    "values beside a snapshot": lambda size: HEAD + shared(size // 2) + b"}(" + LONG_TEXT + b"}(" + ref("segments") + b"]u"
        + (LONG_TEXT + b"N") * (size // 6) + b"u.",
    "lists beside a snapshot": lambda size: HEAD + b"](}(" + ref("segments") + b"]u" + b"K\x01" * (size // 2) + b"e.",
    "snapshots": lambda size: HEAD + filled(size, (record(("segments", listed([record(("total_size", number(i)), ("address", number(i)))])))
                                                   for i in itertools.count())) + b".",
}  # fmt: skip

# What is asked of the archive of a shape, "out.zip". An output goes to "made".
QUESTIONS: dict[str, tuple[str, ...]] = {
    "summary": ("summary", "out.zip", "--top", "0", "-o", "made"),
    "tree": ("summary", "out.zip", "--by", "tree", "--stacks", "all", "--min-share", "0%", "--format", "json", "-o", "made"),
    "module": ("summary", "out.zip", "--by", "module", "-o", "made"),
    "rules": ("summary", "out.zip", "--by", "category", "--rules", "rules.txt", "-o", "made"),
    "diff": ("diff", "out.zip", "out.zip", "--at-base", "start", "--by", "stack", "-o", "made"),
    "spans": ("query", "out.zip", "--named", "spans", "--format", "csv"),
    "report": ("report", "out.zip", "-q", "-o", "made"),
    "export": ("export", "out.zip", "--format", "parquet", "-q", "-o", "made", "--table", "allocations", "--table", "events"),
}
RULES = """a site ^a
b frame f.*1
c op .
d phase forward
e metadata m
f stream 7
g size >=1KiB <1GiB
"""
