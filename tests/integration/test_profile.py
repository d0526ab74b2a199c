"""scripts/profile assigns call chains to the right phase and component, and a small run prints all tables."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from program import SAMPLE, SCRIPTS, SNAPQ, is_sanitized, main

from lib.performance_page import PERFORMANCE_PAGE, with_part
from lib.profile_rules import component_of, label, phase_of, place_of, without_arguments
from lib.profilers import CallGraph, perf_samples
from lib.tables import Table

BUILD = "snapq::archive::build_database"
PERF = """
  4711
\t    7f01 __memmove_avx_unaligned (/usr/lib/libc.so.6)
\t    7f02 [unknown] (/usr/lib/libsqlite3.so.0.8.6)
\t    7f03 sqlite3_step (/usr/lib/libsqlite3.so.0.8.6)
\t    5502 snapq::archive::build_database (/opt/snapq)

  4712
\tffffffff8101 [unknown] ([unknown])
\t    5503 snapq::timeline::StackedTimeline::render (/opt/snapq)
"""
# main spends 10 itself and calls decode and render, which call memcpy for 30 and 10 of its 40.
CALLGRIND = """events: Ir
ob=/opt/snapq
fn=main
1 10
cfn=snapq::snapshot::decode_pickle
calls=1 0
2 130
cfn=snapq::timeline::StackedTimeline::render
calls=1 0
3 60
fn=snapq::snapshot::decode_pickle
4 100
cfn=memcpy
calls=3 0
5 30
fn=snapq::timeline::StackedTimeline::render
6 50
cfn=memcpy
calls=1 0
7 10
ob=/usr/lib/libc.so.6
fn=memcpy
8 40
"""


class Rules(unittest.TestCase):
    def test_the_innermost_known_function_decides(self) -> None:
        compress = [
            "isal_deflate",
            "snapq::archive::ChunkCompressor::compress",
            "snapq::timeline::StackedTimeline::render",
        ]
        self.assertEqual(phase_of(compress), "compression")
        self.assertEqual(phase_of(compress[2:]), "text/JSON")
        self.assertEqual(phase_of(["malloc", "sqlite3_step", BUILD]), "database")
        self.assertEqual(phase_of(["snapq::snapshot::StackClassifier::classify", BUILD]), "database")

    def test_a_chain_that_was_cut_is_assigned_by_namespace_or_library(self) -> None:
        self.assertEqual(phase_of(["snapq::pickle::Machine::fetch"]), "decode")
        self.assertEqual(phase_of(["sqlite3VdbeExec"], "/usr/lib/libsqlite3.so.0"), "database")
        self.assertEqual(phase_of(["do_lookup_x"], "/lib/ld-linux.so.2"), "other")

    def test_arguments_do_not_count(self) -> None:
        replay = "snapq::timeline::replay_device(snapq::snapshot::Snapshot const&, long) (replay.cpp)"
        self.assertEqual(without_arguments(replay), "snapq::timeline::replay_device (replay.cpp)")
        self.assertEqual(component_of([without_arguments(replay)]), "element columns")

    def test_inlined_functions_are_assigned_by_their_file(self) -> None:
        memo, machine = "put (memo.hpp)", "snapq::pickle::MachineState::put_top (machine_state.cpp)"
        for chain in (["operator new", memo, machine], [machine, memo]):
            self.assertEqual(component_of(chain), "pickle memo")
        self.assertEqual(component_of([machine]), "pickle stack and open containers")

    def test_places_and_labels_name_the_caller_that_says_more(self) -> None:
        write = "snapq::archive::tables::write_allocations (snapshot_tables.cpp)"
        self.assertEqual(
            place_of(["sqlite3Malloc", "snapq::archive::sqlite::Statement::step (connection.cpp)", write]),
            "archive::tables::write_allocations (snapshot_tables.cpp)",
        )
        self.assertEqual(label(["memcpy", "std::copy", "snapq::f(int)"]), "memcpy in f")


class Readers(unittest.TestCase):
    def test_perf_samples(self) -> None:
        first, second = perf_samples(PERF)
        self.assertEqual(first[0][1], "libsqlite3-static")
        self.assertEqual((phase_of(*first), first[1]), ("database", "/usr/lib/libc.so.6"))
        self.assertEqual((second[0][0], phase_of(*second)), ("[kernel]", "text/JSON"))

    def test_callgrind_divides_functions_without_a_phase_among_their_callers(self) -> None:
        found = {(cost.phase, cost.label): cost.amount for cost in CallGraph.parse(CALLGRIND).costs()}
        self.assertEqual(
            found,
            {
                ("other", "main"): 10,
                ("decode", "snapshot::decode_pickle"): 100,
                ("text/JSON", "timeline::StackedTimeline::render"): 50,
                ("decode", "memcpy"): 30,
                ("text/JSON", "memcpy"): 10,
            },
        )

    def test_tables(self) -> None:
        table = Table("T", ["a", "n"], [["x|y", "1"], ["z", "23"]])
        self.assertEqual(table.as_text(), "T\n\na     n\n---  --\nx|y   1\nz    23")
        self.assertEqual(table.as_markdown(), "**T**\n\n| a | n |\n|---|---:|\n| x\\|y | 1 |\n| z | 23 |")


class PerformancePage(unittest.TestCase):
    def test_a_measured_part_is_replaced_between_its_marks(self) -> None:
        text = "a\n<!-- bench -->\nold\n\nold\n<!-- /bench -->\nz\n"
        self.assertEqual(with_part(text, "bench", "new"), "a\n<!-- bench -->\nnew\n<!-- /bench -->\nz\n")
        with self.assertRaises(ValueError):
            with_part(text, "profile", "new")

    def test_the_page_has_both_parts(self) -> None:
        for name in ("bench", "profile"):
            self.assertIn("x", with_part(PERFORMANCE_PAGE.read_text(encoding="utf-8"), name, "x"))


class SmallRun(unittest.TestCase):
    def report(self, *arguments: str) -> str:
        if is_sanitized():
            self.skipTest("sanitizers and profilers do not go together")
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable,
                "-B",
                SCRIPTS / "profile",
                SAMPLE,
                "--snapq",
                SNAPQ,
                "--folder",
                folder,
            ]
            result = subprocess.run(
                [*command, "--runs", "1", *arguments], capture_output=True, text=True, check=False
            )
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(list(Path(folder).iterdir()), [])
        return result.stdout

    def test_time_and_memory(self) -> None:
        report = self.report("--top", "3")
        for phase in ("decode", "replay", "write", "total"):
            self.assertRegex(report, rf"(?m)^{phase} .* MiB ")
        if "No profile by" not in report:
            self.assertIn("Processor time by phase: ", report)
            self.assertRegex(report, r"(?m)^database +\d")
        if shutil.which("heaptrack") is None:
            self.assertIn("No profile of the heap: heaptrack is not installed", report)
            self.skipTest("no heaptrack here")
        self.assertRegex(report, r"(?m)^event log +\d")
        self.assertRegex(report, r"(?m)^heap +\d")

    def test_markdown_of_the_phases_alone(self) -> None:
        report = self.report("--markdown", "--cpu", "none", "--heap", "none")
        self.assertIn("**Phases**", report)
        self.assertIn("| Phase | wall, 1 thread |", report)
        self.assertNotIn("Processor time", report)
        self.assertNotIn("What holds the heap", report)


if __name__ == "__main__":
    main()
