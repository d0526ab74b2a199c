"""Compares `snapq summary` with expected figures, and checks that it is the same for every layout and compression."""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from program import CORPUS, ROOT, SNAPQ, main, needs_recorded_snapshots

EXAMPLES = ROOT / "examples"
KEYS = ["site", "user-frame", "op", "function", "file", "stack", "stream", "pool", "size"]
# Name in the expected figures: name in the JSON.
FIGURES = {
    "events": "event_count", "allocations": "allocation_count", "baseline_bytes": "preexisting_bytes",
    "peak_bytes": "peak_requested_bytes", "peak_event": "peak_event", "end_bytes": "end_requested_bytes",
    "reserved_end": "end_reserved_bytes", "reserved_at_peak": "reserved_at_peak_bytes",
    "peak_reserved": "peak_reserved_bytes", "unfreed": "unfreed_bytes", "oom": "oom_events",
}
sys.path.insert(0, str(ROOT / "tests" / "golden"))

import make_snapshots  # noqa: E402


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SNAPQ, *map(str, arguments)], capture_output=True, text=True, check=False)


def summary(*arguments: object) -> dict[str, Any]:
    result = run("summary", "--format", "json", *arguments)
    if result.returncode != 0:
        raise AssertionError(f"{arguments}: exit {result.returncode}: {result.stderr}")
    return json.loads(result.stdout)


class SummaryTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="summary-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def convert(self, source: Path, name: str, *options: str) -> Path:
        target = self.folder / name
        result = run("convert", "-q", "-f", source, "-o", target, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return target

    def made(self, name: str) -> Path:
        source = self.folder / f"{name}.pickle"
        make_snapshots.write(name, source)
        return self.convert(source, f"{name}.zip")

    def assert_rows_add_up(self, archive: Path, by: str, moment: str) -> list[dict[str, Any]]:
        devices = summary(archive, "--by", by, "--at", moment, "--top", "3")["devices"]
        for device in devices:
            rows = device["top"]
            self.assertEqual(sum(row["bytes"] for row in rows), device["live_bytes"], (archive.name, by, moment))
            self.assertEqual(sum(row["count"] for row in rows), device["live_count"], (archive.name, by, moment))
            if moment == "peak":
                self.assertEqual(device["live_bytes"], device["peak_requested_bytes"], (archive.name, by))
            if moment == "end":
                self.assertEqual(device["live_bytes"], device["end_requested_bytes"], (archive.name, by))
            if moment == "start":
                self.assertEqual(device["live_bytes"], device["preexisting_bytes"], (archive.name, by))
        return devices

    def check_rows(self, archive: Path) -> None:
        device = summary(archive)["devices"][0]
        moments = ["peak", "reserved-peak", "start", "end", "event:17", f"timestep:{device['peak_timestep']}",
                   f"time:{device['peak_time_us']}"]
        for by in KEYS:
            sums = [self.assert_rows_add_up(archive, by, moment)[0]["live_bytes"] for moment in moments]
            if by == "site":
                expected = sums
            self.assertEqual(sums, expected, by)


@needs_recorded_snapshots
class RecordedSnapshots(SummaryTest):

    def test_figures_equal_the_expected_ones(self) -> None:
        for source in sorted(CORPUS.glob("*.pickle")):
            archive = self.convert(source, f"{source.stem}.zip")
            wanted = json.loads((CORPUS / "expected" / f"{source.stem}.figures.json").read_text())
            found = {device["device"]: device for device in summary(archive)["devices"]}
            for device in wanted:
                for name, column in FIGURES.items():
                    self.assertEqual(found[device["device"]][column], device[name], (source.name, column))

    def test_rows_add_up_for_every_key_and_moment(self) -> None:
        for name in ("annotated-forward-torch26", "late-recording-torch210", "windows-empty-stacks-torch211"):
            self.check_rows(self.convert(CORPUS / f"{name}.pickle", f"{name}.zip"))

    def test_python_only_recordings_call_stackless_work_backward(self) -> None:
        archive = self.convert(CORPUS / "windows-empty-stacks-torch211.pickle", "a.zip")
        keys = {row["key"] for row in summary(archive, "--top", 0)["devices"][0]["top"]}
        self.assertIn("[before recording]", keys)
        self.assertNotIn("[no stack]", keys)


class Samples(SummaryTest):
    def test_rows_add_up_for_every_key_and_moment(self) -> None:
        self.check_rows(self.convert(EXAMPLES / "sample-training-step.pickle", "a.zip"))

    def test_every_layout_and_compression_gives_the_same_summary(self) -> None:
        source = EXAMPLES / "sample-training-step.pickle"
        forms = [source, self.convert(source, "a.zip"), self.convert(source, "zstd.zip", "--compression", "zstd"),
                 self.convert(source, "stored.zip", "--compression", "store"),
                 self.convert(source, "folder", "--layout", "dir")]
        answers = []
        for form in forms:
            answer = summary(form)
            answer.pop("archive")
            answers.append(answer)
        for form, answer in zip(forms, answers, strict=True):
            self.assertEqual(answer, answers[0], form)

    def test_rows_at_an_oom_add_up_to_what_was_live_then(self) -> None:
        archive = self.convert(EXAMPLES / "sample-training-step.pickle", "a.zip")
        for by in KEYS:
            device = self.assert_rows_add_up(archive, by, "oom:0")[0]
            self.assertEqual(device["live_bytes"], device["ooms"][0]["requested_bytes"], by)

    def test_a_span_is_a_moment(self) -> None:
        archive = self.convert(EXAMPLES / "sample-training-step.pickle", "a.zip")
        device = self.assert_rows_add_up(archive, "site", "span:evaluate")[0]
        self.assertLess(device["live_bytes"], device["peak_requested_bytes"])

    def test_user_prefix_says_whose_code_it_is(self) -> None:
        archive = self.convert(EXAMPLES / "sample-training-step.pickle", "a.zip")
        rows = summary(archive, "--by", "user-frame", "--user-prefix", "/home/ada/tinylm/train")["devices"][0]["top"]
        files = {row["file"] for row in rows}
        self.assertIn("/home/ada/tinylm/train.py", files)
        self.assertNotIn("/home/ada/tinylm/attention.py", files)

    def test_text_is_the_same_in_every_run_and_at_most_80_columns_wide(self) -> None:
        archive = self.convert(EXAMPLES / "sample-training-step.pickle", "a.zip")
        texts = {run("summary", archive).stdout for _ in range(20)}
        self.assertEqual(len(texts), 1)
        text = texts.pop()
        self.assertNotIn("\x1b", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_markdown_stays_within_what_github_takes(self) -> None:
        archive = self.convert(EXAMPLES / "sample-training-step.pickle", "a.zip")
        result = run("summary", archive, "--format", "markdown", "--by", "stack", "--top", 0)
        self.assertLessEqual(len(result.stdout.encode()), 60_000)
        self.assertEqual(result.stdout.count("<details>"), result.stdout.count("</details>"))


class Limits(SummaryTest):
    def exit_code(self, archive: Path, *limit: object) -> int:
        return run("summary", archive, "--format", "csv", *limit).returncode

    def test_every_size_limit_just_below_at_and_above(self) -> None:
        archive = self.made("oom-fits")
        device = summary(archive)["devices"][0]
        values = {
            "--max-peak": device["peak_requested_bytes"], "--max-reserved": device["peak_reserved_bytes"],
            "--max-end": device["end_requested_bytes"], "--max-growth-in-trace": device["growth_bytes"],
            "--max-unfreed": device["unfreed_bytes"],
        }
        for option, value in values.items():
            self.assertGreater(value, 0, option)
            found = [self.exit_code(archive, option, limit) for limit in (value - 1, value, value + 1)]
            self.assertEqual(found, [1, 0, 0], option)

    def test_stranded_in_bytes_and_in_percent_of_reserved(self) -> None:
        archive = self.made("survivors")  # at the peak 50 MiB of 200 MiB are stranded
        for below, same, above in ((50 * 2**20 - 1, 50 * 2**20, 50 * 2**20 + 1), ("24.999%", "25%", "25.001%")):
            found = [self.exit_code(archive, "--max-stranded", limit) for limit in (below, same, above)]
            self.assertEqual(found, [1, 0, 0], same)

    def test_each_spelling_of_a_unit(self) -> None:
        archive = self.made("two-peaks")  # 50 MiB
        for limit in ("50MiB", "50mib", "50 MiB", "51200KiB", "0.048828125GiB", "52428800", "52428800B", "52.4288MB",
                      "52428.8kB", "0.0524288GB"):
            self.assertEqual(self.exit_code(archive, "--max-peak", limit), 0, limit)
        for limit in ("49MiB", "50MB", "52428799", "52428.7kB", "0.05GB"):
            self.assertEqual(self.exit_code(archive, "--max-peak", limit), 1, limit)
        for limit in ("50MiBs", "50 M", "-1", "", "a lot", "50%", "1e9"):
            self.assertEqual(self.exit_code(archive, f"--max-peak={limit}"), 2, limit)
        self.assertEqual(self.exit_code(archive, "--max-stranded=10 percent"), 2)

    def test_oom_gate(self) -> None:
        self.assertEqual(self.exit_code(self.made("oom-fits"), "--no-oom"), 1)
        self.assertEqual(self.exit_code(self.made("two-peaks"), "--no-oom"), 0)

    def test_limits_fail_without_a_trace(self) -> None:
        for name in ("empty", "no-trace", "one-entry"):
            archive = self.made(name)
            for limit in (["--max-peak", "1TiB"], ["--max-growth-in-trace", "1TiB"], ["--no-oom"]):
                self.assertEqual(self.exit_code(archive, *limit), 1, (name, limit))
                self.assertEqual(self.exit_code(archive, "--allow-no-trace", *limit), 0, (name, limit))
            self.assertEqual(self.exit_code(archive, "--max-end", "1TiB"), 0, name)

    def test_strict_fails_a_lower_bound_only(self) -> None:
        self.assertEqual(self.exit_code(self.made("ring-wrapped"), "--strict"), 1)
        self.assertEqual(self.exit_code(self.made("ring-unwrapped"), "--strict"), 0)

    def test_growth_tells_a_leak_from_replaced_gradients(self) -> None:
        limit = ("--max-growth-in-trace", "30MiB")
        self.assertEqual(self.exit_code(self.made("leak"), *limit), 1)
        self.assertEqual(self.exit_code(self.made("gradients"), *limit), 0)

    def test_checks_are_in_json_and_one_failing_device_fails_all(self) -> None:
        archive = self.made("two-devices")  # peaks of 50 and 90 MiB
        result = run("summary", archive, "--format", "json", "--max-peak", "60MiB")
        self.assertEqual(result.returncode, 1)
        checks = json.loads(result.stdout)["checks"]
        self.assertEqual([(check["device"], check["ok"]) for check in checks], [(0, True), (1, False)])
        self.assertEqual([line.split()[:4] for line in result.stderr.splitlines()],
                         [["ok", "max-peak", "0", "52428800"], ["FAIL", "max-peak", "1", "94371840"]])
        self.assertEqual(self.exit_code(archive, "--max-peak", "60MiB", "--device", 0), 0)


class Answers(SummaryTest):
    def device(self, name: str, *options: object) -> dict[str, Any]:
        return summary(self.made(name), *options)["devices"][0]

    def test_peak_before_the_first_event(self) -> None:
        device = self.device("peak-first")
        self.assertEqual(device["peak_event"], -1)
        self.assertIsNone(device["peak_timestep"])
        self.assertIsNone(device["peak_time_us"])
        self.assertIsNone(device["peak_site"])

    def test_the_first_of_two_equal_peaks_counts(self) -> None:
        device = self.device("two-peaks")
        self.assertEqual((device["peak_event"], device["peak_site"]), (1, "/home/ada/job/train.py:20 forward"))

    def test_oom_reports_group_retries_and_judge_fragmentation(self) -> None:
        fits, does_not = self.device("oom-fits")["ooms"], self.device("oom-does-not-fit")["ooms"]
        self.assertEqual([(len(ooms), ooms[0]["attempts"]) for ooms in (fits, does_not)], [(1, 3), (1, 3)])
        self.assertIs(fits[0]["fits_without_fragmentation"], True)
        self.assertIs(does_not[0]["fits_without_fragmentation"], False)
        self.assertEqual(fits[0]["short_bytes"], 25 << 20)

    def test_oom_report_shows_the_same_sites_on_the_other_device(self) -> None:
        top = summary(self.made("two-devices"))["devices"][1]["ooms"][0]["top"]
        self.assertEqual([(row["function"], row["other_devices"]) for row in top],
                         [("forward", [{"device": 0, "peak_bytes": 10 << 20}]),
                          ("build_model", [{"device": 0, "peak_bytes": 40 << 20}])])

    def test_steady_growth_has_a_remark(self) -> None:
        def growing(name: str) -> list[str]:
            return [remark for remark in self.device(name)["remarks"] if remark.startswith("possible leak")]

        self.assertIn("log_loss", growing("leak")[0])
        self.assertEqual(growing("gradients"), [])

    def test_the_parts_of_reserved_bytes_add_up(self) -> None:
        for name in ("cached", "fragmentation-0", "fragmentation-99", "survivors", "two-peaks"):
            for moment in ("peak", "end"):
                parts = self.device(name, "--at", moment)["fragmentation"]
                self.assertEqual(parts["requested_bytes"] + parts["rounding_bytes"] + parts["cached_bytes"] +
                                 parts["stranded_bytes"], parts["reserved_bytes"], (name, moment))

    def test_ranks_tell_more_allocations_from_larger_ones(self) -> None:
        ranks = self.folder / "ranks"
        ranks.mkdir()
        for number, name in enumerate(["rank", "rank", "rank-more", "rank", "rank-larger"]):
            make_snapshots.write(name, ranks / f"rank{number}.pickle")
        (ranks / "rank9.pickle").write_bytes(b"\x80\x04broken")
        (ranks / "rank10.pickle").symlink_to("gone.pickle")
        result = run("summary", ranks, "--format", "json")
        self.assertEqual(result.returncode, 3)
        answer = json.loads(result.stdout)
        self.assertEqual([(one["rank"], one["sites"][0]["why"]) for one in answer["outliers"]],
                         [(2, "more allocations"), (4, "same count, larger")])
        self.assertEqual([Path(one["archive"]).name for one in answer["broken"]],
                         ["rank9.pickle", "rank10.pickle"])
        self.assertEqual(answer["totals"]["peak_requested_bytes"]["sum"],
                         sum(one["devices"][0]["peak_requested_bytes"] for one in answer["archives"]))


class SnapViewer(SummaryTest):
    def test_unknown_figures_are_null(self) -> None:
        folder = self.folder / "viewer"
        self.make_viewer_archive(folder)
        result = run("summary", folder, "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("may belong to other rows", result.stderr)
        device = json.loads(result.stdout)["devices"][0]
        self.assertEqual((device["peak_requested_bytes"], device["peak_timestep"]), (3072, 1))
        for name in ("peak_event", "end_requested_bytes", "peak_reserved_bytes", "oom_events", "growth_bytes"):
            self.assertIsNone(device[name], name)
        self.assertEqual([(row["key"], row["bytes"]) for row in device["top"]],
                         [("/job/model.py:5 forward", 2048), ("/job/model.py:9 loss", 1024)])
        self.assertEqual(run("summary", folder, "--max-end", "1TiB").returncode, 1)
        self.assertEqual(run("summary", folder, "--at", "end").returncode, 3)
        self.assertEqual(run("summary", folder, "--get", "oom_events").returncode, 3)

    @staticmethod
    def make_viewer_archive(folder: Path) -> None:
        folder.mkdir()
        (folder / "allocations.json").write_text("[]")
        database = sqlite3.connect(folder / "elements.db")
        database.execute("CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, "
                         "end_time INTEGER, callstack TEXT)")
        torch = "(0) /usr/lib/python3/site-packages/torch/nn/functional.py:7:linear\n"
        database.executemany("INSERT INTO allocs VALUES(?, ?, ?, ?, ?)",
                             [(0, 1024, 0, 3, torch + "(1) /job/model.py:9:loss"),
                              (1, 2048, 1, 2, torch + "(1) /job/model.py:5:forward"), (2, 512, 4, 5, "")])
        database.commit()
        database.close()


class AcrossRanks(SummaryTest):
    """The spread of each key equals what the summaries of single archives give."""

    NAMES = ("rank", "rank-more", "rank-larger", "two-devices", "eight-devices", "rank")

    def setUp(self) -> None:
        super().setUp()
        (self.folder / "ranks").mkdir()
        for number, name in enumerate(self.NAMES):
            self.made(name).rename(self.folder / "ranks" / f"rank{number}.zip")

    def rows_of_ranks(self, by: str) -> list[dict[str, int]]:
        """The bytes of each key, for each rank."""
        ranks = []
        for number in range(len(self.NAMES)):
            sums: dict[str, int] = {}
            for device in summary(self.folder / "ranks" / f"rank{number}.zip", "--by", by, "--top", 0)["devices"]:
                for row in device["top"]:
                    sums[row["key"]] = sums.get(row["key"], 0) + row["bytes"]
            ranks.append({key: size for key, size in sums.items() if size > 0})
        return ranks

    def test_the_spread_of_each_key(self) -> None:
        for by in ("site", "category"):
            ranks = self.rows_of_ranks(by)
            found = summary(self.folder / "ranks", "--by", by, "--across", "ranks", "--top", 0)["across"]
            self.assertEqual({row["key"] for row in found}, {key for rank in ranks for key in rank})
            for row in found:
                values = [rank.get(row["key"], 0) for rank in ranks]
                median = statistics.median_low(values)
                expected = {"archives": len(values), "sum": sum(values), "min": min(values), "median": median,
                            "max": max(values), "mad": statistics.median_low(abs(value - median) for value in values)}
                self.assertEqual(row["bytes"], expected, row["key"])
                self.assertEqual(row["most_rank"], values.index(max(values)), row["key"])
                self.assertEqual(row["archives"], sum(value > 0 for value in values), row["key"])
            differences = [row["bytes"]["max"] - row["bytes"]["min"] for row in found]
            self.assertEqual(differences, sorted(differences, reverse=True))

    def test_the_rest_of_the_answer_is_the_same(self) -> None:
        for top in (1, 0):
            question = (self.folder / "ranks", "--top", top)
            plain, across = summary(*question), summary(*question, "--across", "ranks", "-j", 3)
            self.assertIsNone(plain.pop("across"))
            self.assertTrue(across.pop("across"))
            self.assertEqual(across, plain)


if __name__ == "__main__":
    main()
