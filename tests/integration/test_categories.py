"""Categories: small traces, random ones and recorded ones, against a second implementation of docs/categories.md."""

from __future__ import annotations

import json
import pickle
import re
import sqlite3
import unittest
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from program import CORPUS, ROOT, SAMPLE, SAMPLE_DIVISOR, ProgramTest, main, needs_recorded_snapshots

import category_oracle  # noqa: E402
import category_scenarios  # noqa: E402
import oracle  # noqa: E402
import random_categories  # noqa: E402

ROWS = """SELECT a.device, a.idx, a.category, CASE WHEN a.origin <> 'preexisting_freed' THEN s.phase END, f.phase, a.size
    FROM allocations AS a LEFT JOIN stacks AS s USING (stack_id) LEFT JOIN stacks AS f ON f.stack_id = a.free_stack_id
    ORDER BY a.device, a.idx"""


class CategoryTest(ProgramTest):
    def convert(self, snapshot: Any, name: str = "run") -> Path:
        source = self.directory / f"{name}.pickle"
        source.write_bytes(pickle.dumps(snapshot, 4))
        return self.convert_file(source)

    def convert_file(self, source: Path) -> Path:
        target = self.directory / f"{source.stem}.zip"
        result = self.snapq("convert", "-q", source, "-o", target)
        self.assertEqual(result.returncode, 0, result.stderr)
        return target

    def database(self, archive: Path) -> sqlite3.Connection:
        with zipfile.ZipFile(archive) as file:
            file.extract("elements.db", self.directory / archive.stem)
        database = sqlite3.connect(self.directory / archive.stem / "elements.db")
        self.addCleanup(database.close)
        return database

    def summary(self, archive: Path, *arguments: str) -> dict[str, Any]:
        result = self.snapq("summary", archive, "--format", "json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def check_against_oracle(self, archive: Path, snapshot: Any, what: str) -> None:
        database = self.database(archive)
        found = {(row[0], row[1]): row[2] for row in database.execute(ROWS)}
        expected = {}
        devices = category_oracle.devices(snapshot)
        for device in devices:
            for item in device.allocations:
                expected[item.device, item.idx] = item.category
        differing = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()
                     if found.get(key) != expected.get(key)}
        self.assertEqual(differing, {}, what)
        basis = database.execute("SELECT value FROM meta WHERE key = 'category_basis'").fetchone()[0]
        self.assertEqual(basis, category_oracle.basis_of_file(devices), what)
        self.check_phases(database, devices)
        self.check_steps(database, snapshot, devices, what)
        self.check_sums(database, what)

    def check_phases(self, database: sqlite3.Connection, devices: list[Any]) -> None:
        expected = {}
        if devices:
            stacks = devices[0].stacks
            for (content, forward), number in stacks.numbers.items():
                text = "\n".join(f"({depth}) {file}:{'?' if line in (-1, 2**64 - 1) else line}:{name}"
                                 for depth, (file, line, name) in enumerate(content))
                expected[text, bool(forward)] = stacks.phases[number]
        for text, forward, phase in database.execute("SELECT callstack, forward_stack_id IS NOT NULL, phase FROM stacks"):
            if (text, bool(forward)) in expected:
                self.assertEqual(phase, expected[text, bool(forward)], text)

    def check_steps(self, database: sqlite3.Connection, snapshot: Any, devices: list[Any], what: str) -> None:
        for device in devices:
            basis, rows = category_oracle.steps_of(snapshot, device)
            found = database.execute(
                "SELECT step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, allocated_bytes "
                "FROM steps WHERE device = ? ORDER BY step", (device.device,)).fetchall()
            if basis != "none":
                self.assertEqual([list(row.values()) for row in rows], [list(row) for row in found], what)

    def check_sums(self, database: sqlite3.Connection, what: str) -> None:
        """Categories add up to the requested bytes at every stored moment, and phases to the allocated ones."""
        for device, peak, start, end in database.execute(
                "SELECT device, peak_requested_bytes, preexisting_bytes, end_requested_bytes FROM devices").fetchall():
            for moment, bytes_ in (("peak", peak), ("start", start), ("end", end)):
                total = database.execute("SELECT coalesce(sum(bytes), 0) FROM category_totals WHERE device = ? AND moment = ?",
                                         (device, moment)).fetchone()[0]
                self.assertEqual(total, bytes_, f"{what}: {moment}")
        wrong = database.execute(
            "SELECT t.device, t.event FROM timeline AS t JOIN (SELECT device, event, sum(bytes) AS bytes FROM category_timeline "
            "GROUP BY 1, 2) AS c USING (device, event) WHERE c.bytes <> t.requested_bytes").fetchall()
        self.assertEqual(wrong, [], what)
        total, by_phase = database.execute(
            "SELECT coalesce(sum(size), 0), (SELECT coalesce(sum(bytes), 0) FROM (SELECT sum(a.size) AS bytes FROM allocations a "
            "LEFT JOIN stacks s USING (stack_id) WHERE origin = 'trace' GROUP BY s.phase)) FROM allocations "
            "WHERE origin = 'trace'").fetchone()
        self.assertEqual(total, by_phase, what)


class Scenarios(CategoryTest):
    def test_each_tensor_of_a_small_trace_has_its_category(self) -> None:
        for name, what, options, moves, expected in category_scenarios.SCENARIOS:
            with self.subTest(name, what=what):
                snapshot, addresses = category_scenarios.snapshot_of(options, moves)
                tensors = {address: tensor for tensor, address in addresses.items()}
                rows = self.database(self.convert(snapshot, name)).execute("SELECT address, category FROM allocations")
                self.assertEqual({tensors[address]: category for address, category in rows}, expected)


class FrameworkStacks(unittest.TestCase):
    """The stacks of frameworks that the unit tests read, with the second implementation."""

    FILES = ROOT / "tests" / "unit" / "frames" / "phases"

    def samples(self, path: Path) -> Iterator[tuple[str, set[str], list[tuple[str, int, str]]]]:
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            lines = [line for line in block.splitlines() if not line.startswith("#")]
            values = dict(line[2:].split(": ", 1) for line in lines if line.startswith("= "))
            if not values:
                continue
            frames = []
            for line in lines[len(values):]:
                file, number, name = line.split(" | ", 2)
                frames.append((file, int(number), name))
            yield values["phase"], set(values.get("facts", "").split()), frames

    def test_there_is_a_file_for_each_framework(self) -> None:
        for name in ("deepspeed", "megatron", "fsdp1", "fsdp2", "torch_compile", "lightning", "transformers", "vllm"):
            self.assertGreater(len(list(self.samples(self.FILES / f"{name}.txt"))), 4, name)

    def test_the_second_implementation_finds_the_same_phases(self) -> None:
        for path in sorted(self.FILES.glob("*.txt")):
            for phase, facts, frames in self.samples(path):
                what = f"{path.name}: {frames[:4]}"
                self.assertEqual(category_oracle.phase_of_stack(frames), phase, what)
                found = {"workspace": category_oracle.is_workspace(frames), "kv_cache": category_oracle.is_kv_cache(frames),
                         "in_backward": category_oracle.is_in_backward(frames)}
                self.assertEqual({name for name, is_true in found.items() if is_true}, facts, what)


class RandomSnapshots(CategoryTest):
    def test_the_second_implementation_finds_the_same(self) -> None:
        seen = set()
        for seed in range(1, 61 // SAMPLE_DIVISOR + 1):
            snapshot = random_categories.random_snapshot(seed)
            archive = self.convert(snapshot, f"random-{seed}")
            self.check_against_oracle(archive, snapshot, f"seed {seed}")
            seen |= {row[0] for row in self.database(archive).execute("SELECT DISTINCT category FROM allocations")}
        if SAMPLE_DIVISOR == 1:
            self.assertGreaterEqual(len(seen), 12)


class RulesTest(CategoryTest):
    """`--rules` against rules that Python's module re evaluates for each allocation."""

    RULES = (("attention", "frame", r"attention\.py:\d+ "), ("moments", "site", r"train\.py:9\d "), ("old", "site", r"^\[before"),
             ("backward_temporary", "phase", r"^backward$"), ("matmul", "op", "^(b?mm|addmm)$"), ("noted", "metadata", "o"),
             ("side", "stream", "^stream [1-9]"), ("medium", "size", ">=1KiB <1MiB"), ("nothing", "op", "^$"))
    OF_STACKS = ("site", "frame", "op", "phase")  # what needs no allocations at a prepared moment
    LIVE = """SELECT a.stack_id, a.origin <> 'trace', a.category, a.size, a.stream, t.text,
            (SELECT group_concat(CASE WHEN f.filename LIKE '%.py' THEN f.filename || ':' || f.line || ' ' || f.name ELSE f.name END,
             char(10)) FROM stack_frames AS sf JOIN frames AS f USING (frame_id) WHERE sf.stack_id = a.stack_id)
        FROM allocations AS a JOIN devices AS d USING (device) LEFT JOIN strings AS t ON t.id = a.user_metadata_id
        WHERE device = ? AND coalesce(alloc_event, -1) <= peak_event AND (end_event IS NULL OR end_event > peak_event)"""

    def keys_by(self, archive: Path, kind: str) -> dict[int, str]:
        """The key of each stack, from rows by whole stack: `--by` shows one stack for each row."""
        return {row["stack_id"]: row["key"] for row in self.query_rows(archive, kind)}

    def query_rows(self, archive: Path, kind: str) -> list[dict[str, Any]]:
        column = {"site": "site", "op": "coalesce(op, '[no op]')", "phase": "coalesce(phase, '[no stack]')"}[kind]
        result = self.snapq("query", archive, f"SELECT stack_id, {column} AS key FROM stacks", "--format", "json")
        rows: list[dict[str, Any]] = json.loads(result.stdout)
        return rows

    def check(self, archive: Path, device: int, rules: Any) -> dict[str, int]:
        (self.directory / "rules.txt").write_text("".join(" ".join(rule) + "\n" for rule in rules))
        answer = self.summary(archive, "--by", "category", "--rules", "rules.txt", "--top", "0", "--device", str(device))
        found = {row["key"]: row["bytes"] for row in answer["devices"][0]["top"]}
        self.assertEqual(found, {row["category"]: row["bytes"] for row in answer["devices"][0]["categories"]})
        database = self.database(archive)
        keys = {kind: self.keys_by(archive, kind) for kind in ("site", "op", "phase")}
        streams = [row[0] for row in database.execute(
            "SELECT stream FROM stream_totals WHERE device = ? AND stream <> 0 ORDER BY rowid", (device,))]
        numbers = {stream: number for number, stream in reversed(list(enumerate(dict.fromkeys(streams), 1)))}
        expected: dict[str, int] = {}
        used = set()
        for stack, older, category, size, stream, text, frames in database.execute(self.LIVE, (device,)):
            without = "[before recording]" if older else "[no stack]"
            texts = {kind: keys[kind].get(stack, without) for kind in keys}
            if frames is None:
                texts = dict.fromkeys(keys, without)
            elif older:
                texts["phase"] = without
            texts |= {"metadata": text or "", "stream": f"stream {numbers.get(stream, 0)}"}
            for number, (name, subject, pattern) in enumerate(rules):
                if subject == "size":
                    matches = 1 << 10 <= size < 1 << 20
                elif subject == "frame":
                    matches = any(re.search(pattern, frame) for frame in (frames or "").splitlines())
                else:
                    matches = (subject != "metadata" or bool(text)) and re.search(pattern, texts[subject]) is not None
                if matches:
                    category = name
                    used.add(number)
                    break
            expected[category] = expected.get(category, 0) + size
        self.assertEqual(found, expected, archive.name)
        unused = {remark.split(":")[1] for remark in answer["remarks"] if remark.startswith("rules.txt:")}
        self.assertEqual(unused, {str(number + 1) for number in range(len(rules)) if number not in used})
        return expected


class Rules(RulesTest):
    def test_the_first_rule_that_matches_decides(self) -> None:
        archive = self.convert_file(SAMPLE)
        self.assertTrue({"attention", "moments"} <= set(self.check(archive, 0, self.RULES)))
        self.check(archive, 0, self.RULES[::-1])
        self.check(archive, 0, self.RULES[4:5])

    def test_rules_for_stacks_do_not_read_the_allocations(self) -> None:
        archive = self.convert_file(SAMPLE)
        rules = [rule for rule in self.RULES if rule[1] in self.OF_STACKS]
        self.check(archive, 0, rules)
        with zipfile.ZipFile(archive) as file:
            file.extractall(self.directory / "without", ["allocations.json", "elements.db"])
        with sqlite3.connect(self.directory / "without" / "elements.db") as database:
            database.execute("DELETE FROM allocations")
        for at in ("peak", "start", "end", "reserved-peak", "oom:0"):
            answers = [self.summary(path, "--by", "category", "--rules", "rules.txt", "--at", at)["devices"][0]
                       for path in (archive, self.directory / "without")]
            self.assertEqual(answers[0]["top"], answers[1]["top"], at)
            self.assertEqual(answers[0]["categories"], answers[1]["categories"], at)

    def test_no_rule_changes_nothing(self) -> None:
        archive = self.convert_file(SAMPLE)
        plain = {row["key"]: row["bytes"] for row in self.summary(archive, "--by", "category")["devices"][0]["top"]}
        self.assertEqual(self.check(archive, 0, self.RULES[-1:]), plain)


@needs_recorded_snapshots
class RulesOnRecordedSnapshots(RulesTest):
    def test_the_first_rule_that_matches_decides(self) -> None:
        for source in sorted(CORPUS.glob("*.pickle")):
            archive = self.convert_file(source)
            self.check(archive, 0, self.RULES)
            self.check(archive, 0, [rule for rule in self.RULES if rule[1] in self.OF_STACKS])


@needs_recorded_snapshots
class RecordedSnapshots(CategoryTest):
    # Shares of the peak in percent, found with another program.
    SHARES = {
        "medium-1024-training-torch211": {"activation": 72.6, "optimizer_state": 14.0, "parameter": 7.1, "backward_temporary": 5.6},
        "forward-only-torch26": {"optimizer_state": 36.5, "activation": 26.8, "gradient": 18.3, "parameter": 18.3},
        "medium-512-inference-torch211": {"parameter": 87.3, "forward_temporary": 12.7},
    }

    def shares(self, name: str) -> dict[str, float]:
        device = self.summary(self.convert_file(CORPUS / f"{name}.pickle"))["devices"][0]
        return {row["category"]: 100 * row["bytes"] / device["peak_requested_bytes"] for row in device["categories"]}

    def test_the_shares_are_those_that_another_program_found(self) -> None:
        for name, expected in self.SHARES.items():
            shares = self.shares(name)
            for category, share in expected.items():
                self.assertAlmostEqual(shares[category], share, delta=1, msg=f"{name}: {category}")

    def test_states_gradients_and_parameters_of_adam_are_as_2_to_1_to_1(self) -> None:
        shares = self.shares("forward-only-torch26")
        self.assertAlmostEqual(shares["optimizer_state"] / shares["parameter"], 2, delta=0.01)
        self.assertAlmostEqual(shares["gradient"] / shares["parameter"], 1, delta=0.01)
        shares = self.shares("medium-1024-training-torch211")
        self.assertAlmostEqual(shares["optimizer_state"] / shares["parameter"], 2, delta=0.01)

    def test_what_cannot_be_told_is_unknown(self) -> None:
        archive = self.convert_file(CORPUS / "windows-empty-stacks-torch211.pickle")
        device = self.summary(archive)["devices"][0]
        self.assertEqual(device["categories"][0]["category"], "unknown")
        self.assertEqual(device["category_basis"], "both_stacks")

    def test_the_second_implementation_finds_the_same(self) -> None:
        for path in sorted(CORPUS.glob("*.pickle")):
            self.check_against_oracle(self.convert_file(path), oracle.load(str(path)), path.stem)


class Questions(CategoryTest):
    def setUp(self) -> None:
        super().setUp()
        self.archive = self.convert_file(SAMPLE)

    def older(self) -> Path:
        """The archive as an earlier version wrote it."""
        with zipfile.ZipFile(self.archive) as file:
            file.extractall(self.directory / "older", ["allocations.json", "elements.db"])
        with sqlite3.connect(self.directory / "older" / "elements.db") as database:
            for table, added in (("stacks", "phase"), ("allocations", "category")):
                columns = ", ".join(row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != added)
                database.executescript(
                    f"PRAGMA legacy_alter_table = ON; CREATE TABLE older AS SELECT {columns} FROM {table}; "
                    f"DROP TABLE {table}; ALTER TABLE older RENAME TO {table}")
            database.executescript(
                "DROP TABLE category_totals; DROP TABLE category_timeline; DROP TABLE steps; "
                "DELETE FROM meta WHERE key IN ('category_basis', 'step_basis')")
        return self.directory / "older"

    def test_rows_by_category_are_the_same_from_the_totals_and_from_the_allocations(self) -> None:
        prepared = self.summary(self.archive, "--by", "category")["devices"][0]
        event = prepared["at_event"]
        scanned = self.summary(self.archive, "--by", "category", "--at", f"event:{event}")["devices"][0]
        self.assertEqual(prepared["top"], scanned["top"])
        self.assertEqual({row["key"]: row["bytes"] for row in prepared["top"]},
                         {row["category"]: row["bytes"] for row in prepared["categories"]})
        self.assertEqual(scanned["categories"], [])

    def test_a_limit_of_a_category_is_checked(self) -> None:
        device = self.summary(self.archive)["devices"][0]
        bytes_ = next(row["bytes"] for row in device["categories"] if row["category"] == "activation")
        for limit, code in ((bytes_, 0), (bytes_ - 1, 1)):
            result = self.snapq("summary", "-q", self.archive, "--max-category", f"activation={limit}B")
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn("FAIL max-category:activation 0 ", result.stderr)
        result = self.snapq("summary", "-q", self.archive, "--max-category", "activation=1TB", "--max-category", "kv_cache=0B")
        self.assertEqual(result.returncode, 0, result.stderr)
        for text in ("activation", "activations=1GB", "activation=much", "activation=20G"):
            result = self.snapq("summary", self.archive, "--max-category", text)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn("--max-category", result.stderr)

    def test_a_step_is_a_moment(self) -> None:
        steps = self.summary(self.archive)["devices"][0]["steps"]
        for step in (steps["first"], steps["typical"], steps["largest"], steps["last"]):
            device = self.summary(self.archive, "--at", f"step:{step['step']}")["devices"][0]
            self.assertEqual((device["at_event"], device["live_bytes"]), (step["peak_event"], step["peak_bytes"]))
        self.assertEqual(steps["largest"]["peak_bytes"], device["peak_requested_bytes"])
        result = self.snapq("summary", self.archive, "--at", f"step:{steps['count']}")
        self.assertEqual(result.returncode, 2)
        self.assertIn("has step:0 to step:", result.stderr)

    def test_diff_compares_categories_and_phases(self) -> None:
        for key in ("category", "phase"):
            result = self.snapq("diff", self.archive, self.archive, "--by", key, "--format", "json")
            self.assertEqual(result.returncode, 0, result.stderr)
            device = json.loads(result.stdout)["devices"][0]
            self.assertTrue(all(row["base_bytes"] == row["new_bytes"] for row in device["rows"]))
            self.assertTrue(device["rows"])

    def test_ranks_are_compared_by_category_phase_and_module(self) -> None:
        ranks = self.directory / "ranks"
        ranks.mkdir()
        for rank in range(3):
            target = ranks / f"rank{rank}.zip"
            self.assertEqual(self.snapq("convert", "-q", SAMPLE, "-o", target, "--rank", str(rank)).returncode, 0)
        (self.directory / "rules.txt").write_text("attention frame attention\\.py\n")
        for key, arguments in (("category", ()), ("phase", ()), ("module", ("--depth", "1")), ("category", ("--rules", "rules.txt"))):
            own = self.summary(self.archive, "--by", key, "--top", "0", *arguments)["devices"][0]["top"]
            answer = self.summary(ranks, "--by", key, "--top", "0", *arguments)
            self.assertEqual({row["key"]: row["bytes"] for row in answer["rows"]}, {row["key"]: 3 * row["bytes"] for row in own})
            across = self.summary(ranks, "--by", key, "--top", "0", "--across", "ranks", *arguments)
            self.assertEqual({row["key"]: row["bytes"]["median"] for row in across["across"]},
                             {row["key"]: row["bytes"] for row in own})
        bytes_ = next(row["bytes"] for row in self.summary(self.archive)["devices"][0]["categories"]
                      if row["category"] == "activation")
        for limit, code in ((bytes_, 0), (bytes_ - 1, 1)):
            result = self.snapq("summary", "-q", ranks, "--max-category", f"activation={limit}B")
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stderr.count("FAIL max-category:activation"), 3)
        result = self.snapq("diff", ranks, ranks, "--by", "category", "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        result = self.snapq("summary", ranks, "--by", "tree")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--by tree shows one archive", result.stderr)

    def test_archives_without_categories_say_so(self) -> None:
        older = self.older()
        self.assertNotIn("categories", self.snapq("summary", older).stdout)
        device = self.summary(older)["devices"][0]
        self.assertEqual((device["categories"], device["category_basis"]), ([], None))
        for key, what in (("category", "categories"), ("phase", "phases")):
            result = self.snapq("summary", older, "--by", key)
            self.assertEqual(result.returncode, 3)
            self.assertIn(f"has no {what}, because an earlier version of snapq wrote it", result.stderr)
            self.assertIn("convert the snapshot again", result.stderr)
        result = self.snapq("summary", "-q", older, "--max-category", "activation=1TB")
        self.assertEqual(result.returncode, 1)
        self.assertIn("FAIL max-category:activation unknown", result.stderr)
        result = self.snapq("summary", older, "--at", "step:0")
        self.assertEqual(result.returncode, 3)
        self.assertIn("has no steps, because an earlier version of snapq wrote it", result.stderr)
        for query in ("categories", "categories-over-time", "steps"):
            self.assertEqual(self.snapq("query", older, "--named", query).returncode, 0)


if __name__ == "__main__":
    main()
