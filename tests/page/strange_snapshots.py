#!/usr/bin/env python3
"""Snapshots that are hard to show in a page: deep stacks, texts that a page could mistake for its own code, and many sizes.

    strange_snapshots.py NAME FILE.pickle
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))

from make_snapshots import MIB, Device, at, snapshot  # noqa: E402

TEXTS = {
    "script": "</script><script>document.title='taken over'</script>",
    "comment": "<!--<script>",
    "end of page": "]]></style></body></html><img src=x onerror=alert(1)>",
    "quotes": "\"'`&quot;&#39;\\",
    "right to left": "\u202etxet\u202c \u200f\u05e9\u05dc\u05d5\u05dd\u200e \u2067abc\u2069",
    "emoji": "\U0001f525\U0001f468\u200d\U0001f469\u200d\U0001f467 \u00e9\u0301 \U0001f1fa\U0001f1f8",
    "lone surrogate": "\ud83d half",
    "control": "line\nnext\ttab\r\x00\x1b[31m\x7f\u2028\u2029",
    "template": "<!--SNAPQ:DATA-->${x}{{y}}%s$&$1",
    "proto": "__proto__",
    "constructor": "constructor",
    "empty": "",
    "long": "x" * 100_000,
}


def strange_texts() -> dict[str, Any]:
    """Every text as the name of a file, a function, a span, a metadata text and a setting."""
    device = Device()
    device.with_pool_ids = True
    device.reserve(200 * MIB)
    annotations = []
    for number, text in enumerate(TEXTS.values(), 1):
        block = device.alloc(number * MIB, at(number, text, f"/home/ada/{text}/{text}.py"))
        device.trace[-1]["user_metadata"] = text
        annotations += [{"name": text, "stage": "START", "device": 0, "time_us": device.now}]
        device.free(device.alloc(MIB, at(number, text, text)))
        annotations += [{"name": text, "stage": "END", "device": 0, "time_us": device.now}]
        if number % 2:
            device.free(block)
    state = snapshot(device)
    state["external_annotations"] = annotations
    state["allocator_settings"].update(TEXTS)
    return state


def deep_stacks() -> dict[str, Any]:
    """Stacks of 300 frames, each a recursion that ends elsewhere, and one that shares no frame with them."""
    device = Device()
    device.reserve(200 * MIB)
    for leaf in range(40):
        inner = [{"filename": f"/home/ada/job/layer_{leaf % 7}.py", "name": f"leaf_{leaf}", "line": leaf + 1}]
        walk = [{"filename": "/home/ada/job/tree.py", "name": f"walk_{depth % 11}", "line": depth} for depth in range(299, 0, -1)]
        block = device.alloc((leaf + 1) * MIB // 8, inner + walk[: 299 - leaf])
        if leaf % 3 == 0:
            device.free(block)
    device.alloc(MIB, at(1, "lonely"))
    return snapshot(device)


def many_sizes() -> dict[str, Any]:
    """2,500 allocations of random sizes, some freed: more than fits into a page of the least size, in less than 4,000 events."""
    random = Random(7)
    device = Device()
    address = device.reserve(1 << 40, seen=False)
    live: list[tuple[int, int]] = []
    for _ in range(2500):
        size = random.randrange(1, 1 << random.randrange(10, 28))
        live.append((address, size))
        device.record("alloc", address, size, at(random.randrange(1, 2000), "step"))
        address += -(-size // 512) * 512 + 512 * random.randrange(1 << 12)
        if random.random() < 0.2:
            freed, freed_size = live.pop(random.randrange(len(live)))
            for action in ("free_requested", "free_completed"):
                device.record(action, freed, freed_size, at(random.randrange(1, 60), "step"))
    return {"segments": [], "device_traces": [device.trace], "allocator_settings": {}}


RECIPES = {"many-sizes": many_sizes, "strange-texts": strange_texts, "deep-stacks": deep_stacks}

if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(pickle.dumps(RECIPES[sys.argv[1]](), protocol=4))
