"""Hostile texts in every field of a snapshot and in file names: no program that reads an output acts on them."""

from __future__ import annotations

import csv
import io
import json
import os
import pickle
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from program import SNAPQ, TIME_LIMIT_S, ProgramTest, main
from text_readers import formulas, page_effects, terminal_effects, workflow_commands

MIB = 1 << 20
PAYLOADS = [
    "::error file=x::pwned",
    "\u200b:\u200d:stop-commands::pwned",
    "x\n::set-output name=a::b\r::add-path::/tmp\r\n ::add-mask::s",
    "##[set-output name=a]b #\u200d#[add-mask]s",
    "a##[add-mask]s",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "+1+cmd|x;=1+1;\t=2",
    "\t=1+1",
    "\uff1dHYPERLINK(1)",
    "@octocat and org/repo#12 #123 GH-7 &#64;octocat",
    "0123abcd 0123456789abcdef0123456789abcdef01234567",
    "http://evil.example/ www.evil.example a.b@evil.example",
    "<script>alert(1)</script> <!-- ![x](e) [l](javascript:1) [l]: e",
    "`code` ``b`` $x$ ~~s~~ __b__ | cell \\| cell <br> <details>",
    "\x1b]0;pwn\x07\x1b[2J\x9b31m\x7f\x00\x85",
    "\u202egnp.exe\u2066\u2028\u2029\u200e\u061c",
    "z\u200b\u2060\ufeff\u00ad\u034f\u3164\U000e0041\ufff9",
    "%0A::error::x%0D",
]
HOSTILE = "".join(f"{text} " for text in PAYLOADS)
# What a file system allows.
FILE_NAME = "::error::a\n::error::x ##[add-mask]s @octocat #12 \x1b[2J\u202e=<b>$x$"


def hostile_frames(text: str) -> list[dict[str, Any]]:
    return [
        {"filename": "/app/" + text.replace("/", "_"), "line": 7, "name": text, "fx_node_op": text, "fx_original_trace": text},
        {"filename": "/usr/op.cpp", "line": 0, "name": f"at::_ops::{text}::call(at::Tensor const&)"},
    ]


def hostile_snapshot() -> dict[str, Any]:
    events = []
    for i, text in enumerate(PAYLOADS):
        events.append(
            {
                "action": "alloc", "addr": (i + 1) * MIB, "size": 4096 * (i + 1), "stream": 0, "time_us": 100 + i,
                "frames": hostile_frames(text), "user_metadata": {text: text}, "compile_context": text, "category": text,
            }
        )
    events.append(
        {
            "action": "oom", "size": MIB, "device_free": 5, "stream": 0, "time_us": 200, "frames": hostile_frames(PAYLOADS[0]),
            HOSTILE: HOSTILE,
        }
    )
    events.append({"action": HOSTILE, "addr": 7, "size": 1, "stream": 0, "time_us": 201, "frames": []})
    block = {"size": 2 * MIB, "requested_size": MIB, "state": "active_allocated", "address": 900 * MIB, "frames": hostile_frames(HOSTILE)}
    segment = {
        "device": 0, "address": 900 * MIB, "total_size": 2 * MIB, "allocated_size": 2 * MIB, "active_size": 2 * MIB, "stream": 0,
        "segment_type": HOSTILE, "segment_pool_id": (0, 0), "is_expandable": False, "frames": hostile_frames(HOSTILE), "blocks": [block],
    }
    annotations = [
        {"name": text, "stage": stage, "device": 0, "time_us": 100 + i + (stage == "END")}
        for i, text in enumerate(PAYLOADS)
        for stage in ("START", "END")
    ]
    return {
        "segments": [segment],
        "device_traces": [events],
        "allocator_settings": {**{text: text for text in PAYLOADS}, "PYTORCH_CUDA_ALLOC_CONF": HOSTILE},
        "external_annotations": annotations,
        HOSTILE: {HOSTILE: [HOSTILE]},
    }


Asked = tuple[str, str]


class StrangersTexts(ProgramTest):
    """The tests share their files and the outputs of the program, because they run the same commands."""

    holder: tempfile.TemporaryDirectory[str]
    answers: dict[tuple[tuple[str, ...], bool], Asked]
    raw = f"{FILE_NAME}.pickle"
    archive = f"{FILE_NAME}.zip"
    base = f"base/{FILE_NAME}.zip"
    damaged = f"damaged{FILE_NAME}.zip"
    rules = f"rules{FILE_NAME}.txt"

    @classmethod
    def setUpClass(cls) -> None:
        cls.holder = tempfile.TemporaryDirectory(prefix="snapq-integration-")
        cls.answers = {}
        folder = Path(cls.holder.name)
        other = hostile_snapshot()
        del other["device_traces"][0][1::2]
        other["allocator_settings"] = {text: "other " + text for text in PAYLOADS}
        for name in ("ranks", "base", "made"):
            (folder / name).mkdir()
        (folder / cls.raw).write_bytes(pickle.dumps({HOSTILE: hostile_snapshot()}))
        (folder / "ranks" / cls.raw).write_bytes(pickle.dumps(hostile_snapshot()))
        (folder / "base" / cls.raw).write_bytes(pickle.dumps(other))
        (folder / "ranks" / f"b{cls.raw}").write_bytes(pickle.dumps(other))
        (folder / "base" / f"b{cls.raw}").write_bytes(b"")
        texts = [text for text in PAYLOADS if "\0" not in text]
        labels = [word for text in texts for word in ("--label", f"x{text.replace('=', '')}={text}")]
        team = f"team={PAYLOADS[2]}{PAYLOADS[13]}{PAYLOADS[16]}"
        converted = [cls.raw, *labels], ["-j2", "--label", team, f"ranks/{cls.raw}", f"base/{cls.raw}", f"ranks/b{cls.raw}"]
        for arguments in converted:
            subprocess.run([SNAPQ, "convert", "-q", *arguments], cwd=folder, check=True, timeout=TIME_LIMIT_S)
        (folder / cls.rules).write_text("::error/x frame pwned\nother op .\n", encoding="utf-8")
        whole = (folder / cls.archive).read_bytes()
        (folder / cls.damaged).write_bytes(whole[: len(whole) // 2])

    @classmethod
    def tearDownClass(cls) -> None:
        cls.holder.cleanup()

    def setUp(self) -> None:
        self.directory = Path(self.holder.name)

    def questions(self, *formats: str) -> list[list[str]]:
        """All command lines that have an output in one of these formats."""
        listed = self.snapq("query", "--list-named", "--format", "csv", "--no-header").stdout
        queries = [row[0] for row in csv.reader(io.StringIO(listed))]
        asked: list[list[str]] = []
        for name in formats:
            form = ["--format", name]
            if name in ("text", "json", "csv", "markdown"):
                asked.append(["summary", self.archive, *form, "--max-peak", "1B", "--no-oom", "--github"])
                asked += [["summary", self.archive, *form, "--by", by] for by in ("stack", "metadata", "tree", "module", "phase")]
                asked.append(["summary", self.archive, *form, "--by", "tree", "--stacks", "all", "--min-share", "0%"])
                asked.append(["summary", "ranks", *form, "--across", "ranks", "--group-by", "label.team", "-j", "2"])
                asked.append(["diff", self.base, self.archive, *form, "--by", "module"])
                asked.append(["summary", "ranks", *form, "--max-peak", "1B", "--github"])
                asked.append(["diff", self.base, self.archive, *form, "--max-row-growth", "1B", "--max-growth", "1B", "--github"])
                asked.append(["diff", self.base, self.archive, *form, "--by", "function"])
                asked.append(["diff", "base", "ranks", *form, "--max-growth", "1B", "--missing-base", "ok", "--github"])
                asked.append(["diff", FILE_NAME, self.archive, *form, "--missing-base", "ok"])
            if name in ("text", "json"):
                asked.append(["info", self.archive, *form])
                asked.append(["verify", self.archive, self.damaged, *form])
            if name != "text":
                every = queries if name == "table" else ("spans", "settings")
                asked += [["query", self.archive, *form, "--named", query] for query in every]
                asked.append(["query", self.archive, *form, f"SELECT *, '{PAYLOADS[5].replace(chr(39), chr(39) * 2)}' AS \"{HOSTILE.replace(chr(0), '')}\" FROM meta"])
                asked.append(["query", self.archive, *form, "SELECT callstack(id) FROM stacks"])
                asked.append(["query", "ranks", "--each", *form, "SELECT 1 AS one"])
        return asked

    def other_runs(self) -> list[list[str]]:
        """Commands without a format; most of them fail."""
        return [
            ["convert", self.raw, "--dry-run"],
            ["convert", self.raw, "--dry-run", "--stats"],
            ["convert", self.raw, "-o", f"other{self.archive}", "-f", "--stats"],
            ["convert", self.raw],
            ["convert", self.raw, f"ranks/b{self.raw}", f"base/b{self.raw}", FILE_NAME, "-o", "made", "-f"],
            ["convert", self.raw, "-o", f"no/{FILE_NAME}"],
            ["convert", self.raw, f"base/{self.raw}", "-o", f"no{FILE_NAME}"],
            ["summary", self.archive, "--get", "peak_site,oom_site"],
            ["summary", self.archive, "-q"],
            ["summary", self.archive, "--at", f"span:{PAYLOADS[2]}"],
            ["summary", self.archive, "--at", f"span:{PAYLOADS[0]}"],
            ["summary", self.archive, "--by", FILE_NAME],
            ["summary", self.archive, "--stacks", "all", "--device", "all"],
            ["summary", self.raw],
            ["summary", FILE_NAME],
            ["diff", self.archive, "--at-base", "start", "--at-new", f"span:{PAYLOADS[0]}"],
            ["diff", FILE_NAME, self.archive],
            ["diff", FILE_NAME, self.archive, "--missing-base", "ok"],
            ["query", self.archive, FILE_NAME],
            ["query", self.archive, "--named", FILE_NAME],
            ["query", "--attach", f"a={FILE_NAME}", "SELECT 1"],
            ["query", FILE_NAME, "SELECT 1"],
            ["query", self.archive, "-f", FILE_NAME],
            ["extract", self.archive, "-d", f"out{FILE_NAME}"],
            ["extract", self.archive, "-d", f"out{FILE_NAME}"],
            ["verify", self.damaged],
            ["info", self.damaged],
            ["report", self.archive, "-o", f"page{FILE_NAME}", "-f", "--max-peak", "1B"],
            ["report", self.archive, "--base", self.base, "-o", f"page{FILE_NAME}", "-f", "--max-bytes", "150kB"],
            ["report", "ranks", "-o", f"no/{FILE_NAME}"],
            ["report", self.archive, "--range", f"span:{PAYLOADS[0]}..span:{PAYLOADS[2]}", "-o", "page", "-f"],
            ["report", self.archive, "--strip-prefix", f"({FILE_NAME}", "-o", "page", "-f"],
            ["export", self.archive, "--format", "parquet", "-o", f"lake{FILE_NAME}", "-f"],
            ["export", self.archive, "--format", "parquet", "-o", f"lake{FILE_NAME}"],
            ["export", self.archive, "--format", "parquet", "-o", f"lake{FILE_NAME}", "--skip-existing"],
            ["export", "ranks", "--format", "parquet", "-o", f"lake{FILE_NAME}", "-f", "--partition", "team"],
            ["export", "ranks", "--format", "parquet", "-o", "lake", "--partition", f"{FILE_NAME},{FILE_NAME}"],
            ["export", FILE_NAME, "--format", FILE_NAME, "-o", "lake"],
            ["export", self.damaged, "--format", "parquet", "-o", "lake"],
            ["summary", self.archive, "--by", "category", "--rules", self.rules],
            ["summary", self.archive, "--rules", self.archive],
            ["summary", self.archive, "--rules", FILE_NAME],
            ["summary", "ranks", "--group-by", f"label.{FILE_NAME}"],
            ["summary", "ranks", "--across", FILE_NAME],
            ["convert", self.raw, "--rank-from", "env:STRANGE", "-o", "x.zip"],
            ["convert", self.raw, "--rank-from", FILE_NAME, "-o", "x.zip"],
            ["convert", f"ranks/{self.raw}", "--skip-existing"],
            ["convert", f"ranks/{self.raw}", "--skip-existing", "--label", f"team={FILE_NAME}"],
            [FILE_NAME],
            [self.archive],
            ["summary", self.archive, f"--{FILE_NAME}"],
        ]

    def asked(self, arguments: list[str], *, in_job: bool = False) -> Asked:
        """The bytes of stdout and stderr. Text mode would change line ends."""
        key = (tuple(arguments), in_job)
        if key not in self.answers:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
            environment |= {"GITHUB_STEP_SUMMARY": "summary.md", "STRANGE": FILE_NAME}
            if in_job:
                environment["GITHUB_ACTIONS"] = "true"
            result = subprocess.run(
                [SNAPQ, *arguments], cwd=self.directory, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, check=False, timeout=TIME_LIMIT_S,
            )
            self.assertIn(result.returncode, (0, 1, 2, 3, 4), arguments)
            self.answers[key] = result.stdout.decode(), result.stderr.decode()
        return self.answers[key]

    def test_no_terminal_acts_on_them(self) -> None:
        for arguments in self.questions("text", "table", "line") + self.other_runs():
            for output in self.asked(arguments):
                self.assertEqual(terminal_effects(output), set(), arguments)

    def test_errors_of_every_command_are_safe_on_a_terminal(self) -> None:
        for arguments in self.questions("json", "csv", "markdown"):
            self.assertEqual(terminal_effects(self.asked(arguments)[1]), set(), arguments)

    def test_no_runner_of_github_acts_on_them(self) -> None:
        forms = ("text", "json", "csv", "markdown", "table", "tsv", "jsonl", "line")
        for arguments in self.questions(*forms) + self.other_runs():
            out, err = self.asked(arguments, in_job=True)
            self.assertEqual(workflow_commands(out), [], arguments)
            ours = [line for line in workflow_commands(err) if not line.startswith(("::error title=snapq ", "::warning title=snapq "))]
            self.assertEqual(ours, [], arguments)
            if "--github" in arguments and "--max-peak" in arguments and arguments[1] == self.archive:
                self.assertEqual(err.count("::error title=snapq max-peak::device 0"), 1, err)

    def test_the_option_github_guards_without_the_variable(self) -> None:
        arguments = ["summary", self.archive, "--max-peak", "1B", "--github"]
        out, err = self.asked(arguments)
        self.assertEqual(workflow_commands(out), [])
        self.assertEqual([line for line in workflow_commands(err) if not line.startswith("::error title=snapq ")], [])

    def test_json_says_the_same_in_a_job_of_github(self) -> None:
        for arguments in self.questions("json", "jsonl"):
            plain, guarded = self.asked(arguments)[0], self.asked(arguments, in_job=True)[0]
            for one, other in zip(documents(plain), documents(guarded), strict=True):
                self.assertEqual(one, other, arguments)
        peak = json.loads(self.asked(["summary", self.archive, "--format", "json", "--top", "0"], in_job=True)[0])
        functions = {row["function"] for row in peak["devices"][0]["top"] if row["function"]}
        self.assertLessEqual({PAYLOADS[3], PAYLOADS[4], PAYLOADS[15]}, functions)

    def test_no_page_of_github_acts_on_them(self) -> None:
        for arguments in self.questions("markdown"):
            out, _ = self.asked(arguments)
            self.assertEqual(page_effects(out), [], arguments)
        self.assertEqual(page_effects((self.directory / "summary.md").read_text()), [])

    def test_no_spreadsheet_calculates_them_if_told_so(self) -> None:
        acted = 0
        for arguments in self.questions("csv", "tsv"):
            delimiter = "\t" if "tsv" in arguments else ","
            out, _ = self.asked([*arguments, "--csv-safe"])
            self.assertEqual(formulas(out, delimiter), [], arguments)
            exact, _ = self.asked(arguments)
            acted += len(formulas(exact, delimiter))
            rows = list(csv.reader(io.StringIO(out, newline=""), delimiter=delimiter))
            for safe_row, row in zip(rows, csv.reader(io.StringIO(exact, newline=""), delimiter=delimiter), strict=True):
                for safe, cell in zip(safe_row, row, strict=True):
                    self.assertIn(safe, (cell, "'" + cell), arguments)
        self.assertGreater(acted, 100)  # without the option the texts are exact

    def test_csv_safe_needs_csv(self) -> None:
        for arguments in (["summary", self.archive], ["diff", self.archive, self.archive], ["query", self.archive, "SELECT 1"]):
            out, err = self.asked([*arguments, "--csv-safe"])
            self.assertEqual(out, "")
            self.assertIn("--csv-safe requires --format csv", err)


class TheModels(unittest.TestCase):
    """The models find hostile texts, so an empty result of the tests above means that there are none."""

    def test_each_model_finds_its_kind(self) -> None:
        for line in (PAYLOADS[0], "  ::debug::x", "a ##[add-mask]s", PAYLOADS[1], "x\r::group::a"):
            self.assertEqual(len(workflow_commands(line)), 1, line)
        for line in ("std::error::x", "a ::error::x", ":\\x3aerror::x", "# #[add-mask]", "::vector::x"):
            self.assertEqual(workflow_commands(line), [], line)
        self.assertEqual(terminal_effects("a\n\x1b\u202e\u200b"), {"\x1b", "\u202e", "\u200b"})
        self.assertEqual(formulas('a,"=1",-1.5,+2e3,"\t1",-x,\'=1\n'), ["=1", "\t1", "-x"])
        for text, effect in {
            "&#64;octocat": "mention", "\\#12": "issue", "GH-1": "issue", "a@b.c": "mail address", "1234abc": "commit",
            "www\\.x": "address", "<b>": "HTML", "[a](b)": "link", "`a`": "code", "$a$": "formula", "\x85": "'\\x85'",
        }.items():
            self.assertIn(effect, page_effects(text))
        self.assertEqual(page_effects("| a | b |\n|---|---|\n| c \\| \\@\u200da \\#\u200d1 | d |\n"), [])
        self.assertEqual(len(broken := page_effects("| a |\n|---|\n| b | c |\n")), 1, broken)


def documents(output: str) -> list[Any]:
    """The JSON documents of an output: one, or one on each line."""
    try:
        return [json.loads(output)] if output else []
    except json.JSONDecodeError:
        return [json.loads(line) for line in output.split("\n") if line]


if __name__ == "__main__":
    main()
