"""Checks README.md and docs/ with scripts/check_readme.py: examples print what is shown, commands and links exist."""

from __future__ import annotations

import unittest
from pathlib import Path

from program import ROOT, SNAPQ, ProgramTest, main

import check_readme

RUN_AT_LEAST = 14  # examples; so many were run when README.md was the only document
README_LINES = 250
README_BYTES = 15_000


class Documents(ProgramTest):
    def findings_of(self, text: str) -> check_readme.Findings:
        document = self.directory / "document.md"
        document.write_text(text, encoding="utf-8")
        return check_readme.check([document], Path(SNAPQ).resolve())

    def assert_found(self, text: str, *words: str) -> None:
        problems = "\n".join(self.findings_of(text).problems)
        for word in words:
            self.assertIn(word, problems)

    def test_the_documents_say_what_the_program_does(self) -> None:
        findings = check_readme.check(check_readme.documents(), Path(SNAPQ).resolve())
        self.assertEqual(findings.problems, [], "\n".join(findings.problems))
        self.assertGreaterEqual(findings.examples, RUN_AT_LEAST)
        print(f"{findings.examples} examples run, {findings.commands} commands and {findings.links} links looked at")

    def test_the_readme_stays_short(self) -> None:
        text = (ROOT / "README.md").read_bytes()
        self.assertLessEqual(text.count(b"\n"), README_LINES)
        self.assertLessEqual(len(text), README_BYTES)

    def test_an_output_that_changed_is_found(self) -> None:
        block = "<!-- run -->\n```console\n$ snapq summary run.pickle --get oom_events 2> errors\n{}\n```\n"
        right = self.findings_of(block.format(1))
        self.assertEqual((right.problems, right.examples), ([], 1))
        self.assert_found(block.format(2), "-2\n", "+1\n")

    def test_commands_of_several_lines(self) -> None:
        text = "<!-- run -->\n```console\n$ echo 'one\ntwo' \\\n    three   # it's all\none\ntwo three\n```\n"
        found = self.findings_of(text)
        self.assertEqual((found.problems, found.examples), ([], 1))

    def test_files_and_setup_come_before_what_uses_them(self) -> None:
        text = (
            "<!-- setup: snapq convert -q main.pickle -->\n"
            "<!-- file: folder/ask -->\n```bash\nsnapq summary main.zip --get device_count || echo refused\n```\n"
            "<!-- run -->\n```console\n$ bash folder/ask 2> errors\nrefused\n```\n"
        )
        found = self.findings_of(text)
        self.assertEqual(found.examples, 1)
        self.assertEqual(found.problems, ["document.md: snapq summary --get device_count: there is no such name"])
        self.assert_found("<!-- setup: snapq convert nothing.pickle -->\n", "setup: snapq convert nothing.pickle")

    def test_commands_of_an_indented_block_must_succeed(self) -> None:
        right = self.findings_of("<!-- works -->\n\n    snapq info run.pickle\n    snapq --version\n")
        self.assertEqual((right.problems, right.examples), ([], 2))
        self.assert_found("<!-- works -->\n\n    snapq --version\n    snapq info nothing.zip\n", "works: snapq info nothing.zip")

    def test_a_mark_without_a_block_is_found(self) -> None:
        self.assert_found("<!-- run -->\n\n```console\n$ true\n```\n", "not followed by a block")

    def test_commands_that_do_not_exist_are_found(self) -> None:
        self.assert_found("```bash\nx=$(snapq sumary a.zip)\n```\n", "snapq sumary: there is no such command")
        self.assert_found("Use `snapq diff a.zip --max-grow 2%`.\n", "snapq diff --max-grow: there is no")
        self.assert_found("```console\n$ snapq query a.zip \\\n    --named nothing\n```\n", "--named nothing")
        self.assert_found("Text:\n\n    snapq verify a.zip --quick\n", "snapq verify --quick")
        self.assert_found("```yaml\n- run: snapq convert -z a.pickle\n```\n", "snapq convert -z")

    def test_the_end_of_a_command_is_seen(self) -> None:
        text = "```bash\nsnapq query a.zip \"SELECT '--x' -- y\" | sort -k2 > z; ls -z\nsnapq info a.zip\n```\n"
        found = self.findings_of(text)
        self.assertEqual((found.problems, found.commands), ([], 2))

    def test_broken_links_are_found(self) -> None:
        right = self.findings_of("# One\n## Two: `x_y`, three\n[a](#one) [b](#two-x_y-three) [c](https://x.example)\n")
        self.assertEqual((right.problems, right.links), ([], 2))
        self.assert_found("# One\n[a](#two)\n[b](nothing.md)\n", "#two: there is no", "nothing.md: there is no")


if __name__ == "__main__":
    main()
