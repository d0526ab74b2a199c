"""Small inputs that were written out many times larger: the indents of nested annotations. Counted in bytes."""

from __future__ import annotations

import json
import pickle
from typing import Any

from program import ProgramTest, main


def annotated(annotations: list[dict[str, Any]]) -> bytes:
    events = [{"action": "alloc", "addr": 512, "size": 512, "stream": 0, "time_us": 5, "frames": []}]
    return pickle.dumps({"segments": [], "device_traces": [events], "external_annotations": annotations})


class NestedAnnotations(ProgramTest):
    def test_indents_of_named_spans_are_capped(self) -> None:
        depth = 5000
        annotations = [{"name": "s", "stage": stage, "device": 0, "time_us": first + i}
                       for stage, first in (("START", 0), ("END", depth)) for i in range(depth)]  # fmt: skip
        (self.directory / "in").write_bytes(annotated(annotations))
        self.convert("in")
        for format in ("csv", "table"):
            with self.subTest(format):
                result = self.run_bounded(48 * 1024, "query", "out.zip", "--named", "spans", "--format", format)
                lines = result.stdout.splitlines()
                self.assertGreater(len(lines), depth)
                self.assertLess(max(map(len, lines)), 300)
        rows = json.loads(self.snapq("query", "out.zip", "--named", "spans", "--format", "json").stdout)
        self.assertEqual([row["span"] for row in rows], [" " * (2 * min(i, 32)) + "s" for i in range(depth)])
        self.assertEqual([row["moment"] for row in rows], [f"span:s#{i}" for i in range(depth)])
        self.assertEqual(self.snapq("summary", "out.zip", "--at", f"span:s#{depth - 1}").returncode, 0)

    def test_numbers_of_spans_are_those_of_their_names(self) -> None:
        pairs = [("a", 0), ("b", 2), ("a", 4), ("a", 6), ("c", 8), ("b", 10)]
        annotations = [{"name": name, "stage": stage, "device": 0, "time_us": time + (stage == "END")}
                       for name, time in pairs for stage in ("START", "END")]  # fmt: skip
        (self.directory / "in").write_bytes(annotated(annotations))
        self.convert("in")
        rows = json.loads(self.snapq("query", "out.zip", "--named", "spans", "--format", "json").stdout)
        self.assertEqual([row["moment"] for row in rows], ["span:a#0", "span:b#0", "span:a#1", "span:a#2", "span:c", "span:b#1"])


if __name__ == "__main__":
    main()
