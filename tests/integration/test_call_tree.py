"""The tree of calls: samples, made and recorded snapshots, against a tree that is computed from the output of `query`."""

from __future__ import annotations

import json
import pickle
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from program import CORPUS, CPP_SAMPLE, ROOT, SAMPLE, ProgramTest, main, needs_recorded_snapshots

import random_categories  # noqa: E402

PREPARED = """SELECT callstack(stack_id{filter}) AS stack, bytes, count FROM live_stacks
    WHERE device = {device} AND moment = '{moment}'"""
SCANNED = """SELECT callstack(stack_id{filter}) AS stack, sum(size) AS bytes, count(*) AS count FROM allocations
    WHERE device = {device} AND coalesce(alloc_event, -1) <= {event} AND (end_event IS NULL OR end_event > {event})
    GROUP BY 1"""
FIGURES = ("bytes", "count")
SHOWN = 400  # of names above 1 KiB, the middle is left out

MANY_FRAMES = """
import pickle
main = {"filename": "/job/train.py", "line": 1, "name": "main"}
trace = []
for number in range(3000):
    own = [{"filename": f"/job/{number}/{depth}.py", "line": depth, "name": "f"} for depth in range(40)]
    trace.append({"action": "alloc", "addr": number + 1 << 21, "size": 1 << 20 if number == 1500 else 512 + number,
                  "stream": 0, "time_us": number, "frames": [*own, main]})
open("run.pickle", "wb").write(pickle.dumps({"segments": [], "device_traces": [trace]}, 4))
"""

Path_ = tuple[str, ...]


def frames_of(stack: str | None, frames: str) -> Path_:
    """The frames of a stack as the database shows it, outermost first; of all frames only the functions."""
    # Files of C++ frames may end with a line of their own: "CUDACachingAllocator.cpp:0:0:malloc".
    texts = [line.split(" ", 1)[1] for line in reversed((stack or "").splitlines())]
    return tuple(re.sub(r"^.*?(:(\d+|\?))+:", "", text)[:SHOWN] if frames == "all" else text for text in texts)


def name_in(frame: dict[str, Any], frames: str) -> str:
    if frames == "all":
        return str(frame["function"])[:SHOWN]
    line = "?" if frame["line"] is None else frame["line"]
    return f"{frame['file']}:{line}:{frame['function']}"


def calls_in(tree: dict[str, Any]) -> tuple[dict[Path_, tuple[int, int]], tuple[int, int]]:
    """What each path holds, and what has no frames."""
    calls: dict[Path_, tuple[int, int]] = defaultdict(lambda: (0, 0))
    without = [0, 0]

    def visit(node: dict[str, Any], path: Path_) -> None:
        held = node["bytes"], node["count"]
        if node["function"] is None:
            without[0] += held[0]
            without[1] += held[1]
            return
        for frame in (*node["chain"], node):
            path += (name_in(frame, tree["frames"]),)
            calls[path] = calls[path][0] + held[0], calls[path][1] + held[1]
        for child in node["children"]:
            visit(child, path)

    for root in tree["children"]:
        visit(root, ())
    return calls, (without[0], without[1])


class CallTreeTest(ProgramTest):
    def device_of(self, archive: Path, *arguments: str) -> dict[str, Any]:
        result = self.snapq("summary", archive, "--by", "tree", "--format", "json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        answer: dict[str, Any] = json.loads(result.stdout)["devices"][0]
        return answer

    def query(self, archive: Path, sql: str) -> list[dict[str, Any]]:
        result = self.snapq("query", archive, sql, "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        rows: list[dict[str, Any]] = json.loads(result.stdout)
        return rows

    def check(self, archive: Path, device: int, at: str = "peak", frames: str = "python") -> None:
        found = self.device_of(archive, "--device", str(device), "--at", at, "--stacks", frames, "--min-share", "0%")
        source = SCANNED if at.startswith("event:") else PREPARED
        rows = self.query(archive, source.format(filter=", 'python'" if frames == "python" else "", device=device,
                                                 moment=at, event=at.removeprefix("event:")))
        expected: dict[Path_, list[int]] = defaultdict(lambda: [0, 0])
        for row in rows:
            path = frames_of(row["stack"], frames)
            for length in range(len(path) + 1) if path else [0]:
                if length or not path:
                    expected[path[:length]][0] += row["bytes"]
                    expected[path[:length]][1] += row["count"]
        without = expected.pop((), [0, 0])
        what = f"{archive.name}, device {device}, {at}, {frames}"
        tree = found["tree"]
        calls, bare = calls_in(tree)
        # A difference of the whole dicts would take minutes to print.
        differing = {path: (calls.get(path), held) for path, held in expected.items() if calls.get(path) != tuple(held)}
        self.assertEqual([(path[-3:], *held) for path, held in differing.items()][:3], [], what)
        self.assertEqual(len(calls), len(expected), what)
        self.assertEqual(bare, tuple(without), what)
        self.check_sums(found, what)

    def check_sums(self, device: dict[str, Any], what: str) -> None:
        """Everything adds up, at each node and as a whole, and the largest come first."""
        tree = device["tree"]
        own = Counter[str]()
        pending = [tree]
        while pending:
            node = pending.pop()
            children = node["children"]
            sizes = [child["bytes"] for child in children]
            self.assertEqual(sizes, sorted(sizes, reverse=True), what)
            if node is not tree:
                for figure in FIGURES:
                    parts = sum(child[figure] for child in children) + node["own_" + figure] + node["left_out"][figure]
                    self.assertEqual(parts, node[figure], f"{what}: {node['name']}")
                    own[figure] += node["own_" + figure]
            pending += children
        left_out = [tree[key] for key in ("below_min_share", "below_depth", "beyond_memory")]
        for figure in FIGURES:
            self.assertEqual(tree[figure], device["live_" + figure], what)
            self.assertEqual(own[figure] + sum(part[figure] for part in left_out), tree[figure], what)


class ComparedTest(CallTreeTest):
    def rows_of(self, archive: Path, at: str) -> list[tuple[Path_, int, int]]:
        """Paths of functions without lines, with what they hold; the empty path: no frames."""
        rows = self.query(archive, PREPARED.format(filter=", 'python'", device=0, moment=at))
        found = []
        for row in rows:
            texts = (text.rsplit(":", 2) for text in frames_of(row["stack"], "python"))
            found.append((tuple(f"{file} {function}" for file, _, function in texts), row["bytes"], row["count"]))
        return found

    def check_comparison(self, base: Path, base_at: str, newer: Path, new_at: str, what: str) -> dict[str, Any]:
        result = self.snapq("diff", base, newer, "--by", "tree", "--format", "json", "--min-share", "0%", "--at-base", base_at,
                            "--at-new", new_at, "--device", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        device: dict[str, Any] = report["devices"][0]
        self.assertEqual((report["by"], device["rows"]), ("tree", []))
        expected: dict[Path_, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for side, rows in enumerate((self.rows_of(base, base_at), self.rows_of(newer, new_at))):
            for path, size, count in rows:
                for length in range(1, len(path) + 1) if path else [0]:
                    expected[path[:length]][2 * side] += size
                    expected[path[:length]][2 * side + 1] += count
        without = expected.pop((), [0, 0, 0, 0])
        calls, bare = self.compared_calls(device["tree"])
        self.assertEqual(bare, without, what)
        differing = {path: (calls.get(path), held) for path, held in expected.items() if calls.get(path) != held}
        self.assertEqual(list(differing.items())[:3], [], what)
        self.assertEqual(len(calls), len(expected), what)
        self.check_compared_sums(device, what)
        return device

    def compared_calls(self, tree: dict[str, Any]) -> tuple[dict[Path_, list[int]], list[int]]:
        calls: dict[Path_, list[int]] = {}
        without = [0, 0, 0, 0]
        pending: list[tuple[dict[str, Any], Path_]] = [(root, ()) for root in tree["children"]]
        while pending:
            node, path = pending.pop()
            held = [node[f"{side}_{figure}"] for side in ("base", "new") for figure in FIGURES]
            if node["function"] is None:
                without = [one + more for one, more in zip(without, held)]
                continue
            for frame in (*node["chain"], node):
                self.assertIsNone(frame["line"])
                path += (f"{frame['file']} {frame['function']}",)
                calls[path] = held
            pending += [(child, path) for child in node["children"]]
        return calls, without

    def check_compared_sums(self, device: dict[str, Any], what: str) -> None:
        """Everything adds up on both sides, and the largest changes come first."""
        tree = device["tree"]
        self.assertEqual((tree["base_bytes"], tree["new_bytes"]),
                         (device["requested_bytes"]["base"], device["requested_bytes"]["new"]), what)
        pending = [tree]
        while pending:
            node = pending.pop()
            changes = [abs(child["delta_bytes"]) for child in node["children"]]
            self.assertEqual(changes, sorted(changes, reverse=True), what)
            for side in ("base", "new"):
                own = node.get(f"{side}_own_bytes", 0)
                left_out = [node["left_out"]] if node is not tree else [
                    tree[key] for key in ("below_min_share", "below_depth", "beyond_memory")]
                if node is not tree or not tree["below_depth"]["branches"] + tree["below_min_share"]["branches"]:
                    parts = own + sum(part[f"{side}_bytes"] for part in (*node["children"], *left_out))
                    self.assertEqual(parts, node[f"{side}_bytes"], what)
            self.assertEqual(node["delta_bytes"], node["new_bytes"] - node["base_bytes"], what)
            pending += node["children"]


class Comparisons(ComparedTest):
    def test_two_moments_and_two_archives(self) -> None:
        sample = self.convert(SAMPLE)
        cpp = self.convert(CPP_SAMPLE, target="cpp.zip")
        self.check_comparison(sample, "start", sample, "peak", "two moments")
        self.check_comparison(sample, "peak", cpp, "end", "two archives")
        device = self.check_comparison(sample, "peak", sample, "peak", "the same twice")
        self.assertEqual(device["tree"]["delta_bytes"], 0)
        for arguments in (("--depth", "2"), ("--min-share", "10%")):
            result = self.snapq("diff", sample, cpp, "--by", "tree", "--format", "json", *arguments)
            self.check_compared_sums(json.loads(result.stdout)["devices"][0], str(arguments))

    def test_moved_lines_and_other_directories_are_the_same_calls(self) -> None:
        archives = []
        for name, directory, line in (("base", "/home/ada/job/", 7), ("new", "/home/bob/job/", 9)):
            frames = [{"filename": f"{directory}model.py", "line": line, "name": "forward"},
                      {"filename": f"{directory}train.py", "line": 3, "name": "main"}]
            trace = [{"action": "alloc", "addr": 1 << 21, "size": 512 * line, "stream": 0, "frames": frames}]
            (self.directory / f"{name}.pickle").write_bytes(pickle.dumps({"segments": [], "device_traces": [trace]}, 4))
            archives.append(self.convert(f"{name}.pickle", target=f"{name}.zip"))
        result = self.snapq("diff", *archives, "--by", "tree", "--format", "json", "--strip-prefix", "/home/[^/]+/")
        (call,) = json.loads(result.stdout)["devices"][0]["tree"]["children"]
        self.assertEqual((call["file"], call["base_bytes"], call["new_bytes"]), ("job/model.py", 512 * 7, 512 * 9))
        self.assertEqual(len(call["chain"]), 1)

    def test_random_snapshots(self) -> None:
        for seed in range(0, 12, 2):
            archives = []
            for number in (seed, seed + 1):
                (self.directory / "run.pickle").write_bytes(pickle.dumps(random_categories.random_snapshot(number), 4))
                archives.append(self.convert("run.pickle", target=f"{number}.zip"))
            if all(self.query(archive, "SELECT 1 FROM devices WHERE device = 0") for archive in archives):
                self.check_comparison(archives[0], "end", archives[1], "end", f"seed {seed}")


class Samples(CallTreeTest):
    def test_the_tree_is_that_of_the_query(self) -> None:
        for source in (SAMPLE, CPP_SAMPLE):
            archive = self.convert(source, target=f"{source.stem}.zip")
            (device,) = self.query(archive, "SELECT device FROM devices")
            for at in ("peak", "start", "end", "event:700"):
                for frames in ("python", "all"):
                    self.check(archive, device["device"], at, frames)

    def test_what_is_left_out_is_said(self) -> None:
        archive = self.convert(SAMPLE)
        whole = self.device_of(archive, "--min-share", "0%")["tree"]
        for key in ("below_min_share", "below_depth", "beyond_memory"):
            self.assertEqual(whole[key], {"branches": 0, "bytes": 0, "count": 0})
        for limits in (("--depth", "1"), ("--depth", "2", "--min-share", "0%"), ("--min-share", "20%"),
                       ("--depth", "2", "--min-share", "0.01%"), ("--min-share", "100%")):
            device = self.device_of(archive, *limits)
            self.check_sums(device, str(limits))
            self.assertGreater(device["tree"]["below_min_share"]["bytes"] + device["tree"]["below_depth"]["bytes"], 0)


class MadeSnapshots(CallTreeTest):
    def test_stacks_of_many_shapes(self) -> None:
        recipe = ROOT / "tests" / "golden" / "make_snapshots.py"
        self.assertEqual(self.run_program(["python3", recipe, "calls"]).returncode, 0)
        archive = self.convert("calls.pickle")
        for device in (0, 1):
            for frames in ("python", "all"):
                self.check(archive, device, "peak", frames)

    def test_random_snapshots(self) -> None:
        for seed in range(12):
            (self.directory / "run.pickle").write_bytes(pickle.dumps(random_categories.random_snapshot(seed), 4))
            archive = self.convert("run.pickle")
            for row in self.query(archive, "SELECT device FROM devices"):
                self.check(archive, row["device"], "end", "python" if seed % 2 else "all")

    def test_a_tree_of_bounded_memory_keeps_the_largest_stacks(self) -> None:
        """120,000 frames that nothing else calls do not fit; what they hold is said, and the sums stay exact."""
        # A process of its own, because the memory of this one would count as that of its children.
        self.assertEqual(self.run_program([sys.executable, "-c", MANY_FRAMES]).returncode, 0)
        archive = self.convert("run.pickle")
        result = self.run_bounded(48 << 10, "summary", archive, "--by", "tree", "--format", "json", "--min-share", "0%")
        device = json.loads(result.stdout)["devices"][0]
        self.check_sums(device, "many frames")
        self.assertGreater(device["tree"]["beyond_memory"]["bytes"], 0)
        largest = device["tree"]["children"][0]["children"][0]
        self.assertEqual((largest["bytes"], len(largest["chain"]), largest["file"]), (1 << 20, 39, "/job/1500/0.py"))


@needs_recorded_snapshots
class RecordedSnapshots(CallTreeTest):
    def test_the_tree_is_that_of_the_query(self) -> None:
        for source in sorted(CORPUS.glob("*.pickle")):
            archive = self.convert(source, target=f"{source.stem}.zip")
            self.check(archive, 0)
            self.check(archive, 0, "end", "all")


if __name__ == "__main__":
    main()
