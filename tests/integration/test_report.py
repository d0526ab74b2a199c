"""Decodes the page of `snapq report` without snapq's code, and compares it with SQL and with `snapq summary`."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import pickle
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from program import CORPUS, CPP_SAMPLE, ROOT, SAMPLE, SAMPLE_DIVISOR, SNAPQ, ProgramTest, extracted, is_sanitized, main, needs_recorded_snapshots
from report_page import ReportPage

sys.path.insert(0, str(ROOT / "tests" / "golden"))

import make_snapshots  # noqa: E402

ORIGINS = ["trace", "preexisting_freed", "preexisting_kept"]
SEGMENT_ACTIONS = ["segment_alloc", "segment_free", "segment_map", "segment_unmap"]
MADE = ["eight-devices", "two-devices", "pinned", "metadata", "graph-pool", "no-trace", "one-entry", "no-segments",
        "oom-fits", "ring-wrapped", "pending", "leaky-loop"]
# What a page may not make markup of, and what is hard to write as JSON.
HOSTILE = [
    "</script><script>alert(1)</script>", "<!--", "]]>", "\"quotes\" and 'quotes' \\ and \\u0041", "\u202eright to left",
    "\U0001f525 fire", "line\nfeed\ttab\x00nul", "x" * 100_000,
]


class Row:
    """One allocation of a page."""

    def __init__(self, **values: int):
        self.__dict__.update(values)

    def is_live_after(self, event: int) -> bool:
        return self.start <= event and (self.life == 0 or event < self.start + self.life)


def rows_of(page: ReportPage, device: dict[str, Any]) -> list[Row]:
    columns = {name: page.column(block) for name, block in device["columns"].items() if block is not None}
    return [Row(**dict(zip(columns, values))) for values in zip(*columns.values(), strict=True)]


class ReportTest(ProgramTest):
    def report(self, *arguments: str | Path, code: int = 0) -> ReportPage:
        result = self.snapq("report", *arguments, "-o", "page.html", "--force")
        if "built without the command" in result.stderr:
            self.skipTest("this snapq was built without the page")
        self.assertEqual(result.returncode, code, result.stderr)
        self.said = result.stderr
        return ReportPage.read(self.directory / "page.html")

    def made(self, name: str) -> Path:
        source = self.directory / f"{name}.pickle"
        make_snapshots.write(name, source)
        return self.convert(source, target=f"{name}.zip")

    def query(self, archive: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows by Python's SQLite, in the order of the SQL."""
        folder = self.directory / f"{archive.name}.db"
        path = folder / "elements.db" if folder.exists() else extracted(archive, folder)
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def check(self, archive: Path, moments: int) -> None:
        page = self.report(archive)
        self.check_tree(page, archive)
        wanted = self.query(archive, "SELECT device FROM devices ORDER BY device < 0, device")
        devices = page.page["archives"][0]["devices"]
        self.assertEqual([device["device"] for device in devices], [row[0] for row in wanted])
        for device in devices:
            self.check_allocations(page, archive, device)
            self.check_state(page, archive, device)
        self.check_sums(page, archive, 2 if is_sanitized() else moments)

    def check_tree(self, page: ReportPage, archive: Path) -> None:
        """The path from each leaf to the root is the stack, outermost frame first."""
        model = page.page["archives"][0]
        tree = model["tree"]
        parents, frame_of, kinds = (page.column(tree[name]) for name in ("parents", "frame_of", "kinds"))
        self.assertEqual(len({*zip(parents[1:], frame_of[1:])}), len(parents) - 1, "two nodes are the same")
        frames = [(tree["files"][file], line, tree["functions"][function]) for file, line, function in tree["frames"]]
        stacks = defaultdict(list)
        for stack, *frame in self.query(archive, "SELECT stack_id, filename, line, name FROM stack_frames JOIN frames "
                                                 "USING(frame_id) ORDER BY stack_id, depth"):
            stacks[stack].append(tuple(frame))
        for stack in model["stacks"]:
            found, node = [], stack["node"]
            while node != 0:
                found.append(frames[frame_of[node]])
                node = parents[node]
            shortened = [(file, line, name) for file, line, name in stacks[stack["id"]]]
            if all(len(text.encode()) <= 1024 for frame in shortened for text in (frame[0], frame[2])):
                self.assertEqual(found, shortened, stack)
        self.assertTrue(set(kinds) <= {0, 1})
        wanted = self.query(archive, "SELECT stack_id, phase, kind, op, forward_stack_id FROM stacks ORDER BY stack_id")
        ids = [row[0] for row in wanted]
        self.assertEqual([(each["id"], each["phase"], each["kind"], each["op"],
                           None if each["forward"] is None else ids[each["forward"]]) for each in model["stacks"]], wanted)

    def check_allocations(self, page: ReportPage, archive: Path, device: dict[str, Any]) -> None:
        model = page.page["archives"][0]
        sources, stacks, unit = model["sources"], model["stacks"], device["address_unit"]
        stack_of = lambda index: None if index < 0 else stacks[index]["id"]  # noqa: E731
        found = []
        for row in rows_of(page, device):
            end = None if row.life == 0 else row.start + row.life
            found.append((
                row.idx, row.size, row.address % 2**64 * unit, None if row.start < 0 else row.start, end,
                stack_of(sources["stack"][row.source]), ORIGINS[sources["origin"][row.source]],
                None if row.free_stack == 0 else stacks[row.free_stack - 1]["id"],
                None if row.stream == 0 else int(model["streams"][row.stream - 1]["value"]),
                None if row.pool == 0 else model["pools"][row.pool - 1],
                model["categories"][row.category],
                None if row.metadata == 0 else model["metadata"][row.metadata - 1],
                0 if end is None else row.requested))
        wanted = [
            (*row[:2], row[2] % 2**64, *row[3:])
            for row in self.query(archive, """SELECT idx, size, address, alloc_event, end_event, stack_id, origin,
                free_stack_id, stream, pool_id, category,
                (SELECT nullif(text, '') FROM strings WHERE id = user_metadata_id),
                coalesce(end_event - free_requested_event, 0)
                FROM allocations WHERE device = ? ORDER BY idx""", device["device"])]
        self.assertEqual(found, wanted)
        self.assertEqual((device["allocations"], device["shown"]), (len(wanted), len(wanted)))

    def check_state(self, page: ReportPage, archive: Path, device: dict[str, Any]) -> None:
        number = device["device"]
        curve = device["curve"]
        points = self.query(archive, "SELECT event, requested_bytes, reserved_bytes, time_us FROM timeline WHERE device = ? "
                                     "ORDER BY event", number)
        self.assertEqual(page.column(curve["event"]), [point[0] for point in points])
        self.assertEqual(page.column(curve["requested"]), [point[1] for point in points])
        if curve["reserved"] is not None:
            self.assertEqual(page.column(curve["reserved"]), [point[2] for point in points])
        if curve["time_us"] is not None:
            for time, point in zip(page.column(curve["time_us"]), points, strict=True):
                self.assertEqual(time, point[3] if point[3] is not None else time)
        self.assertEqual(device["steps"], [list(row) for row in self.query(
            archive, "SELECT step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, allocated_bytes "
                     "FROM steps WHERE device = ? ORDER BY step", number)])
        spans = self.query(archive, "SELECT name, depth, start_event, end_event, peak_bytes, cut FROM spans WHERE device = ?",
                           number)
        self.assertEqual(sorted(map(repr, map(tuple, device["spans"]))), sorted(map(repr, spans)))
        model = page.page["archives"][0]
        stream = lambda index: None if index < 0 else int(model["streams"][index]["value"])  # noqa: E731
        pool = lambda index: None if index < 0 else model["pools"][index]  # noqa: E731
        self.assertEqual([(int(row[0]), row[1], stream(row[2]), pool(row[3]), row[4], row[5]) for row in device["segments"]],
                         [(row[0] % 2**64, *row[1:]) for row in self.query(
                             archive, "SELECT address, total_size, stream, pool_id, coalesce(is_expandable, 0), "
                                      "coalesce(segment_type, '') FROM segments WHERE device = ? ORDER BY address", number)])
        wanted = self.query(archive, f"SELECT event, action, address, size, stream, pool_id FROM other_events "
                                     f"WHERE device = ? AND action IN {tuple(SEGMENT_ACTIONS)} ORDER BY event", number)
        events = device["segment_events"]
        found = [] if events is None else [
            (event, SEGMENT_ACTIONS[action], address, size, stream(at - 1), pool(in_pool - 1))
            for event, action, address, size, at, in_pool in zip(
                *(page.column(events[name]) for name in ("event", "action", "address", "size", "stream", "pool")), strict=True)]
        self.assertEqual(found, wanted)

    def check_sums(self, page: ReportPage, archive: Path, count: int) -> None:
        """Sums over the rows that are live are those of `summary`, at moments and by keys that are drawn by chance."""
        model = page.page["archives"][0]
        chance = random.Random(7)
        kinds = [*model["sources"]["keys"], "category", "stream", "pool"]
        for device in model["devices"]:
            rows = rows_of(page, device)
            for moment in device["moments"]:
                live = [row.size for row in rows if row.is_live_after(moment["event"])]
                self.assertEqual((moment["live_bytes"], moment["live_count"]), (sum(live), len(live)), moment)
            for event in {chance.randrange(device["events"]) for _ in range(count)} if device["events"] else ():
                kind = chance.choice(kinds)
                found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
                for row in rows:
                    if row.is_live_after(event):
                        sums = found[self.key_of(model, kind, row)]
                        sums[0] += row.size
                        sums[1] += 1
                result = self.snapq("summary", archive, "--at", f"event:{event}", "--by", kind, "--top", "0", "--format", "json",
                                    "--device", "host" if device["device"] < 0 else str(device["device"]))
                self.assertEqual(result.returncode, 0, result.stderr)
                top = json.loads(result.stdout)["devices"][0]["top"]
                self.assertEqual(dict(found), {row["key"]: [row["bytes"], row["count"]] for row in top}, (event, kind))

    @staticmethod
    def key_of(model: dict[str, Any], kind: str, row: Row) -> str:
        if kind == "category":
            return model["categories"][row.category]
        if kind == "stream":
            return "[unknown]" if row.stream == 0 else model["streams"][row.stream - 1]["value"]
        if kind == "pool":
            return "[unknown]" if row.pool == 0 else model["pools"][row.pool - 1]
        keys = model["sources"]["keys"][kind]
        return keys["keys"][keys["of"][row.source]]


class Figures(ReportTest):
    def test_samples(self) -> None:
        for sample in (SAMPLE, CPP_SAMPLE):
            self.check(self.convert(sample, target=f"{sample.stem}.zip"), moments=50)

    def test_made_snapshots(self) -> None:
        for name in MADE:
            with self.subTest(name):
                self.check(self.made(name), moments=5)

    def test_without_any_device(self) -> None:
        page = self.report(self.made("empty"))
        self.assertEqual(page.page["archives"][0]["devices"], [])
        self.assertIn("0 allocations, 0 devices", self.said)

    @needs_recorded_snapshots
    def test_recorded_snapshots(self) -> None:
        for source in sorted(CORPUS.glob("*.pickle")):
            with self.subTest(source.name):
                archive = self.convert(source, target=f"{source.stem}.zip")
                page = self.report(archive)
                self.check_tree(page, archive)
                for device in page.page["archives"][0]["devices"]:
                    self.check_allocations(page, archive, device)
                    self.check_state(page, archive, device)


class Content(ReportTest):
    def test_hostile_texts_are_texts_and_no_markup(self) -> None:
        device = make_snapshots.Device()
        device.reserve(20 * make_snapshots.MIB)
        for number, text in enumerate(HOSTILE):
            device.alloc(512, make_snapshots.at(number + 1, text, file=f"/home/ada/{text}.py"))
        self.write_pickle(make_snapshots.snapshot(device))
        archive = self.convert("made.pickle")
        page = self.report(archive)
        self.check(archive, moments=5)
        texts = page.texts()
        for text in HOSTILE[:-1]:
            self.assertTrue(any(text in each for each in texts), text)
        html = page.html.decode("utf-8")
        self.assertEqual(html.count("alert(1)"), 0)
        # Outside the data there is nothing but the program's own page.
        empty = ReportPage.read(self.reported_empty()).html.decode()
        without_data = lambda text: re.sub(r'<script type="application/octet-stream".*?</script>\n', "", text)  # noqa: E731
        self.assertEqual(without_data(html), without_data(empty))

    def write_pickle(self, value: Any) -> None:
        (self.directory / "made.pickle").write_bytes(pickle.dumps(value))

    def reported_empty(self) -> Path:
        archive = self.made("one-entry")
        self.assertEqual(self.snapq("report", archive, "-o", "empty.html").returncode, 0)
        return self.directory / "empty.html"

    def test_the_policy_allows_the_one_script_and_the_one_style_by_their_hashes(self) -> None:
        html = self.report(SAMPLE).html.decode()
        policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
        assert policy is not None
        self.assertTrue(policy[1].startswith("default-src 'none'; "))
        for element, directive in (("script", "script-src"), ("style", "style-src")):
            found = re.findall(rf"<{element}>(.*?)</{element}>", html, re.S)
            self.assertEqual(len(found), 1, element)
            digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
            self.assertIn(f"{directive} 'sha256-{digest}'", policy[1])
        self.assertNotRegex(html, r'(src|href)="?https?:')

    def test_names_of_directories_are_left_out(self) -> None:
        device = make_snapshots.Device()
        device.reserve(20 * make_snapshots.MIB)
        places = ["/home/ada/secret place/model.py", "C:\\Users\\ada\\secret\\train.py", "secret/inner/attention.py"]
        for number, place in enumerate(places):
            device.alloc(512 << number, make_snapshots.at(number + 1, "forward", file=place))
        value = make_snapshots.snapshot(device)
        value["device_traces"][0][1]["user_metadata"] = "loaded from /home/ada/secret/weights.pt"
        self.write_pickle(value)
        (self.directory / "secret job").mkdir()
        self.convert("made.pickle", "--label", "config=/home/ada/secret/run.yaml", target="secret job/made.zip")
        self.convert("made.pickle", target="secret job/base.zip")
        new, base = "secret job/made.zip", "secret job/base.zip"
        hidden = re.compile(rf"secret|inner|Users|home|\bada\b|{re.escape(self.directory.name)}")
        for arguments in ([new], [new, "--base", base], ["secret job"]):
            self.assertNotEqual([text for text in self.report(*arguments).texts() if hidden.search(text)], [])
            page = self.report(*arguments, "--no-paths")
            del page.page["definitions"]
            texts = page.texts()
            self.assertEqual([text for text in texts if hidden.search(text)], [], arguments)
        self.assertIn("loaded from weights.pt", self.report(new, "--no-paths").texts())
        stripped = self.report(new, "--strip-prefix", "/home/ada/secret place/").texts()
        self.assertIn("model.py:1 forward", stripped)
        self.assertEqual([text for text in stripped if "secret place" in text], [])

    def test_keys_without_paths_are_those_of_base_names(self) -> None:
        page = self.report(SAMPLE, "--no-paths").page["archives"][0]
        full = self.report(SAMPLE).page["archives"][0]
        site = full["sources"]["keys"]["site"]
        shown = page["sources"]["keys"]["site"]
        for index, key in enumerate(site["of"]):
            self.assertEqual(shown["keys"][shown["of"][index]], re.sub(r"(?:[^ :]*/)?([^/ :]+:\d+ )", r"\1", site["keys"][key]))

    def test_compared(self) -> None:
        new, base = self.made("leaky-loop"), self.made("two-peaks")
        page = self.report(new, "--base", base)
        self.assertEqual(page.page["mode"], "compare")
        wanted = json.loads(self.snapq("diff", base, new, "--format", "json").stdout)
        self.assertEqual(page.page["diff"], wanted)
        model = page.page["archives"][1]
        self.assertEqual((model["name"], model["light"]), ("two-peaks.zip", True))
        peak = json.loads(self.snapq("summary", base, "--format", "json", "--top", "0").stdout)["devices"][0]
        live, keys = model["devices"][0]["live"], model["sources"]["keys"]["site"]
        sums: dict[str, int] = defaultdict(int)
        for source, size in zip(live["source"], live["bytes"], strict=True):
            sums[keys["keys"][keys["of"][source]]] += size
        self.assertEqual(sums, {row["key"]: row["bytes"] for row in peak["top"]})

    def test_ranks(self) -> None:
        (self.directory / "ranks").mkdir()
        for number, name in enumerate(("rank", "rank-more", "rank-larger")):
            source = self.directory / f"rank{number}.pickle"
            make_snapshots.write(name, source)
            self.convert(source, target=f"ranks/rank{number}.zip")
        result = self.snapq("report", "ranks")
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)
        page = ReportPage.read(self.directory / "ranks.html").page
        self.assertEqual([each["name"] for each in page["archives"]], ["rank0.zip", "rank1.zip", "rank2.zip"])
        self.assertEqual([each["rank"] for each in page["archives"]], [0, 1, 2])
        self.assertEqual(page["summary"], json.loads(self.snapq("summary", "ranks", "--format", "json").stdout))

    def test_summary_is_that_of_the_command(self) -> None:
        archive = self.convert(SAMPLE)
        page = self.report(archive).page
        self.assertEqual(page["summary"], json.loads(self.snapq("summary", archive, "--format", "json").stdout))

    def test_limits_are_on_the_page_and_in_the_exit_code(self) -> None:
        page = self.report(SAMPLE, "--max-peak", "1MiB", "--max-end", "100GiB", code=1)
        self.assertEqual([(check["name"], check["ok"]) for check in page.page["summary"]["checks"]],
                         [("max-peak", False), ("max-end", True)])
        self.assertIn("FAIL", self.said)


class Limits(ReportTest):
    @classmethod
    def setUpClass(cls) -> None:
        """Allocations without any order, which hardly compress."""
        folder = tempfile.TemporaryDirectory(prefix="snapq-report-")
        cls.addClassCleanup(folder.cleanup)
        chance = random.Random(3)
        trace: list[dict[str, Any]] = []
        live: list[dict[str, Any]] = []
        places = [make_snapshots.at(line, f"function{line}") for line in range(50)]
        for number in range(8_000):
            if live and chance.random() < 0.45:
                block = live.pop(chance.randrange(len(live)))
                trace += [{**block, "action": "free_requested"}, {**block, "action": "free_completed"}]
            block = {"addr": (number + chance.randrange(1 << 20) * 65536) * 512, "size": 1 + int(2 ** chance.uniform(1, 30)),
                     "stream": 0, "frames": chance.choice(places), "action": "alloc"}
            live.append(block)
            trace.append(block)
        source = Path(folder.name) / "many.pickle"
        source.write_bytes(pickle.dumps({"segments": [], "device_traces": [trace]}))
        cls.archive = source.with_suffix(".zip")
        subprocess.run([SNAPQ, "convert", "-q", source, "-o", cls.archive], check=True)

    def test_what_is_left_out_is_a_sum(self) -> None:
        whole = self.report(self.archive)
        model = whole.page["archives"][0]["devices"][0]
        everything = {row.idx: row for row in rows_of(whole, model)}
        fixed = len(whole.html) - sum(len(whole.blocks[block["id"]]) for block in model["columns"].values())
        most = fixed + 25_000
        small = self.report(self.archive, "--max-bytes", f"{most}B")
        self.assertLess(most - 20_000, len(small.html))
        self.assertLess(len(small.html), most)
        device = small.page["archives"][0]["devices"][0]
        left = device["shown_from"]
        shown = {row.idx for row in rows_of(small, device)}
        out = [row for idx, row in everything.items() if idx not in shown]
        self.assertEqual(len(out), left["left_out_allocations"])
        self.assertEqual(sum(row.size for row in out), left["left_out_bytes"])
        self.assertEqual(device["shown"], len(shown))
        self.assertIn("are shown as one sum", self.said)
        cost = lambda row: row.size * (row.life or device["events"] - row.start)  # noqa: E731
        self.assertLess(max(map(cost, out)), min(cost(row) for idx, row in everything.items() if idx in shown))
        for event, live in list(zip(small.column(device["left_out"]["event"]), small.column(device["left_out"]["bytes"])))[::7]:
            self.assertEqual(live, sum(row.size for row in out if row.is_live_after(event)), event)

    def test_addresses_are_left_out_first(self) -> None:
        whole = self.report(self.archive)
        addresses = whole.page["archives"][0]["devices"][0]["columns"]["address"]
        page = self.report(self.archive, "--max-bytes", f"{len(whole.html) + 8_000 - len(whole.blocks[addresses['id']])}B")
        device = page.page["archives"][0]["devices"][0]
        self.assertIsNone(device["columns"]["address"])
        self.assertIsNone(device["shown_from"])
        self.assertEqual(device["shown"], device["allocations"])
        self.assertIn("addresses", self.said)

    def refused_size(self, archive: Path, limit: str) -> int:
        """The KiB of the smallest page, as the refusal of a smaller limit says."""
        before = self.names()
        result = self.snapq("report", archive, "--max-bytes", limit, "-o", "small.html")
        self.assert_refused(result, 2, f"--max-bytes {limit[:-3]}", "with the fewest allocations, the page has ")
        self.assertEqual(self.names(), before)
        return int(re.search(r"the page has (\d+) KiB", result.stderr)[1])

    def test_a_page_is_never_larger_than_its_limit(self) -> None:
        whole = len(self.report(self.archive).html) // 1024 + 1
        least = self.refused_size(self.archive, "20KiB")
        self.assertLess(least, whole - 20)
        self.assertEqual(self.refused_size(self.archive, f"{least - 1}KiB"), least)
        for kib in (least, least + 1, least + 3, least + 10, (least + whole) // 2, whole):
            page = self.report(self.archive, "--max-bytes", f"{kib}KiB")
            self.assertLessEqual(len(page.html), kib << 10)
        self.assertNotIn("note", self.said)

    def test_texts_that_take_more_than_was_expected_count_too(self) -> None:
        chance = random.Random(5)
        device = make_snapshots.Device()
        device.reserve(20 << 30)
        functions = [chance.randbytes(100).hex() for _ in range(300)]
        for number in range(3000):
            line = number % len(functions)
            block = device.alloc(1 + int(2 ** chance.uniform(0, 20)), make_snapshots.at(line, functions[line]))
            if chance.random() < 0.9:
                device.free(block)
        source = self.directory / "texts.pickle"
        source.write_bytes(pickle.dumps(make_snapshots.snapshot(device)))
        archive = self.convert(source, target="texts.zip")
        whole = len(self.report(archive).html)
        least = self.refused_size(archive, "100KiB") << 10
        self.assertGreater(least, 300 << 10)
        for size in (least, least + 500, (least + whole) // 2, whole - 1, whole):
            self.assertLessEqual(len(self.report(archive, "--max-bytes", f"{size}B").html), size)

    def test_ranks_have_no_allocations_to_leave_out(self) -> None:
        (self.directory / "ranks").mkdir()
        for rank in range(2):
            self.convert(SAMPLE, target=f"ranks/rank{rank}.zip")
        least = self.refused_size(Path("ranks"), "100KiB")
        self.assertLessEqual(len(self.report("ranks", "--max-bytes", f"{least}KiB").html), least << 10)

    def test_a_range_is_exact(self) -> None:
        whole = self.report(self.archive)
        everything = rows_of(whole, whole.page["archives"][0]["devices"][0])
        part = self.report(self.archive, "--range", "event:6000..event:6050")
        device = part.page["archives"][0]["devices"][0]
        self.assertEqual(device["range"], {"first": 6000, "last": 6050})
        shown = rows_of(part, device)
        self.assertLess(len(shown), len(everything))
        for event in (6000, 6010, 6050):
            live = lambda rows: [(row.idx, row.size) for row in rows if row.is_live_after(event)]  # noqa: E731,B023
            self.assertEqual(live(shown), live(everything))


class Devices(ReportTest):
    """Devices share the room of a page, but each has room for its empty columns."""

    def archive(self, allocations: list[int]) -> Path:
        traces = [[{"action": "alloc", "addr": 512 * (i + 1), "size": 512, "stream": 0, "frames": []} for i in range(count)]
                  for count in allocations]  # fmt: skip
        segments = [{"device": device, "address": 0, "total_size": 512, "blocks": []} for device in range(len(traces))]
        (self.directory / "in.pickle").write_bytes(pickle.dumps({"segments": segments, "device_traces": traces}))
        return self.convert("in.pickle")

    def written(self, allocations: list[int], *options: str) -> ReportPage:
        return self.report(self.archive(allocations), *options)

    def test_one_without_allocations_before_one_with_them(self) -> None:
        devices = self.written([0, 5, 0]).page["archives"][0]["devices"]
        self.assertEqual([(device["shown"], device["shown_from"]) for device in devices], [(0, None), (5, None), (0, None)])

    def test_a_page_that_is_too_small_for_any(self) -> None:
        """The message about a limit that no page can meet names one that is met."""
        refused = self.snapq("report", self.archive([0, 5000, 5]), "--max-bytes", "1B", "-o", "none.html")
        self.assert_refused(refused, 2, "--max-bytes 1 B", "the page has")
        self.assertFalse((self.directory / "none.html").exists())
        least = re.search(r"the page has (\d+) KiB", refused.stderr)
        assert least is not None
        for device in self.written([0, 5000, 5], "--max-bytes", f"{least[1]}KiB").page["archives"][0]["devices"]:
            left_out = device["shown_from"]["left_out_allocations"] if device["shown_from"] else 0
            self.assertEqual(device["shown"] + left_out, device["allocations"])

    def test_very_many(self) -> None:
        devices = self.written([1] * 400).page["archives"][0]["devices"]
        self.assertEqual([device["shown"] for device in devices], [1] * 400)


class Outputs(ReportTest):
    def test_names(self) -> None:
        self.convert(SAMPLE, target="run.zip")
        result = self.snapq("report", "run.zip")
        self.assertEqual((result.returncode, result.stdout), (0, ""))
        self.assertRegex(result.stderr, r"^run\.zip -> run\.html: 1,127 allocations, 1 device, [0-9.]+ KiB\n$")
        self.assert_refused(self.snapq("report", "run.zip"), 2, "run.html", "exists")
        self.assertEqual(self.snapq("report", "run.zip", "--force", "-q").stderr, "")
        to_stdout = subprocess.run([SNAPQ, "report", "run.zip", "-o", "-", "-q"], capture_output=True, check=True,
                                   cwd=self.directory)
        self.assertEqual(to_stdout.stdout, (self.directory / "run.html").read_bytes())

    def test_a_page_for_a_workflow_is_not_changed(self) -> None:
        archive = self.convert(SAMPLE)
        pages = [subprocess.run([SNAPQ, "report", archive, "-o", "-", "-q"], capture_output=True, check=True,
                                env={**os.environ, "GITHUB_ACTIONS": value}).stdout for value in ("", "true")]
        self.assertEqual(*pages)

    def test_refusals(self) -> None:
        archive = self.convert(SAMPLE, target="run.zip")
        damaged = bytearray(archive.read_bytes())
        damaged[len(damaged) * 3 // 4] ^= 0x55  # in the database, which follows the timeline
        (self.directory / "damaged.zip").write_bytes(damaged)
        before = self.names()
        self.assert_refused(self.snapq("report", "damaged.zip"), 3, "damaged.zip")
        self.assert_refused(self.snapq("report", "missing.zip"), 3, "missing.zip")
        self.assert_refused(self.snapq("report", "run.zip", "--device", "7"), 2, "no device 7")
        self.assert_refused(self.snapq("report", "run.zip", "--range", "end..start"), 2, "--range")
        self.assert_refused(self.snapq("report", "run.zip", "--strip-prefix", "("), 2, "--strip-prefix")
        self.assert_refused(self.snapq("report", "run.zip", "-o", "run.zip", "--force"), 2, "run.zip")
        self.assertEqual(self.names(), before)

    def test_damage_gives_no_page(self) -> None:
        good = self.convert(CPP_SAMPLE, "--max-points", "4", target="good.zip").read_bytes()
        chance = random.Random(11)
        refused = 0
        for _ in range(8 if is_sanitized() else 40):
            data = bytearray(good)
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            (self.directory / "bad.zip").write_bytes(data[: chance.choice((len(data), chance.randrange(len(data))))])
            before = self.names()
            result = self.snapq("report", "bad.zip", "-o", "page.html")
            self.assertIn(result.returncode, (0, 3), result.stderr)
            if result.returncode == 0:  # what the page needs is whole
                ReportPage.read(self.directory / "page.html")
                (self.directory / "page.html").unlink()
            self.assertEqual(self.names(), before)
            refused += result.returncode == 3
        self.assertGreater(refused, 5 if is_sanitized() else 25)

    def test_impossible_counts_give_no_page(self) -> None:
        self.convert(CPP_SAMPLE, "--max-points", "4", target="good.zip")
        for column in ("event_count", "allocation_count"):
            for count in (-1, 1 << 53, (1 << 63) - 1, -(1 << 63)):
                with self.subTest(column=column, count=count):
                    self.assertEqual(self.snapq("extract", "-q", "good.zip", "-d", "bad", "--force").returncode, 0)
                    with contextlib.closing(sqlite3.connect(self.directory / "bad" / "elements.db")) as database:
                        database.execute(f"UPDATE devices SET {column} = {count}")
                        database.commit()
                    refused = self.snapq("report", "bad", "-o", "page.html")
                    self.assert_refused(refused, 3, "bad: device ", f" has an impossible {column}")
                    self.assertNotIn("page.html", self.names())

    def test_many_out_of_memory_errors_take_no_longer_each(self) -> None:
        device = make_snapshots.Device()
        device.reserve(20 * make_snapshots.MIB)
        device.alloc(512, make_snapshots.at(1, "forward"))
        for _ in range(20_000 // SAMPLE_DIVISOR):
            device.oom(1 << 30, 1 << 20, make_snapshots.at(2, "forward"))
        source = self.directory / "ooms.pickle"
        source.write_bytes(pickle.dumps(make_snapshots.snapshot(device)))
        archive = self.convert(source, target="ooms.zip")
        page = self.report(archive)
        [shown] = page.page["archives"][0]["devices"]
        moments = [moment["name"] for moment in shown["moments"] if moment["name"].startswith("oom:")]
        self.assertEqual(moments, [f"oom:{number}" for number in range(1000)])
        [table] = [table for table in shown["tables"] if table["name"] == "ooms"]
        self.assertEqual(len(table["rows"]) + table["left_out"], 20_000 // SAMPLE_DIVISOR)

    def test_a_device_without_allocations_has_room(self) -> None:
        """Its share of the room of all devices is nothing."""
        with_two = {"segments": [], "device_traces": [
            [{"action": "segment_alloc", "addr": 1 << 30, "size": 2 << 20, "stream": 0, "frames": []}],
            [{"action": "alloc", "addr": (1 << 30) + 512, "size": 512, "stream": 0, "frames": []}],
        ]}
        (self.directory / "two.pickle").write_bytes(pickle.dumps(with_two))
        page = self.report(self.convert("two.pickle", target="two.zip"))
        self.assertEqual([device["shown"] for device in page.page["archives"][0]["devices"]], [0, 1])

    def test_a_full_disk_leaves_no_page(self) -> None:
        archive = self.convert(SAMPLE, target="run.zip")
        before = self.names()
        for size in (0, 1000, 30_000):
            limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # noqa: E731,B023
            result = self.snapq("report", archive, preexec_fn=limit)
            self.assertEqual(result.returncode, 4, result.stderr)
            self.assertEqual(self.names(), before)
        with open("/dev/full", "wb") as full:
            result = subprocess.run([SNAPQ, "report", archive, "-o", "-"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 4, result.stderr)

    def test_a_kill_leaves_no_page(self) -> None:
        archive = self.convert(SAMPLE, target="run.zip")
        before = self.names()
        for wait in (0.005, 0.02, 0.04):
            process = subprocess.Popen([SNAPQ, "report", archive, "-q"], cwd=self.directory)
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            found = self.names()
            if "run.html" in found:
                ReportPage.read(self.directory / "run.html")
                (self.directory / "run.html").unlink()
            self.assertEqual(self.names(), before)


if __name__ == "__main__":
    main()
