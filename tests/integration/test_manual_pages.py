"""The manual pages have the content of --help, and the tools that show manual pages print no warnings."""

from __future__ import annotations

import re
import shutil
import subprocess
import unittest
from pathlib import Path

import program
from program import SNAPQ, ProgramTest

# Lines are so wide that no table or example is broken, and bold text has no escape sequences.
GROFF = ("groff", "-man", "-Tutf8", "-P-cbou", "-rLL=200n")


def output_of(*arguments: str) -> str:
    return subprocess.run([SNAPQ, *arguments], capture_output=True, text=True, check=True).stdout


def words(text: str) -> str:
    return " ".join(text.split())


def commands() -> list[str]:
    return re.findall(r"^  ([a-z]+) ", output_of("--help").partition("Commands:")[2], re.M)


def descriptions(help_text: str) -> list[str]:
    """The entries of options and arguments in --help, each on one line: names, value, description."""
    entries: list[str] = []
    for line in help_text.partition("\n\nExamples:")[0].partition("Exit codes:")[0].splitlines():
        if re.match(r"  \S", line):
            entries.append(line)
        elif line.startswith("   ") and entries:
            entries[-1] += line
    return [words(entry) for entry in entries]


class ManualPages(ProgramTest):
    pages: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.pages = {"snapq": output_of("help", "--man")}
        for command in commands():
            cls.pages[f"snapq-{command}"] = output_of("help", "--man", command)

    def setUp(self) -> None:
        super().setUp()
        self.files = []
        for name, page in self.pages.items():
            self.files.append(self.directory / f"{name}.1")
            self.files[-1].write_text(page, encoding="utf-8")

    def quiet(self, *command: str | Path) -> str:
        """Runs a program and checks that it prints no warning about the page. Returns its output."""
        if shutil.which(str(command[0])) is None:
            raise unittest.SkipTest(f"{command[0]} is not installed")
        result = self.run_program(command)
        self.assertEqual((result.returncode, result.stderr), (0, ""), command)
        return result.stdout

    def test_there_is_a_page_for_each_command(self) -> None:
        self.assertGreaterEqual(set(self.pages), {"snapq", "snapq-convert", "snapq-summary", "snapq-completion"})
        for name, page in self.pages.items():
            with self.subTest(page=name):
                title = name.upper().replace("-", r"\-")
                self.assertRegex(page, rf'^\.TH "{re.escape(title)}" 1 "[^"]*" "snapq \d+\.\d+\.\d+" "snapq manual"\n')
                sections = re.findall(r"^\.SH (.*)$", page, re.M)
                for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"):
                    self.assertEqual(sections.count(section), 1, section)
                self.assertTrue(page.isascii())

    def test_groff_has_no_warnings(self) -> None:
        for path in self.files:
            self.quiet("groff", "-man", "-Tutf8", "-ww", "-z", path)

    def test_man_has_no_warnings(self) -> None:
        self.quiet("man", "--warnings=all", "-l", *self.files)

    def test_mandoc_has_no_warnings(self) -> None:
        for path in self.files:
            if shutil.which("mandoc") is None:
                raise unittest.SkipTest("mandoc is not installed")
            said = self.run_program(["mandoc", "-T", "lint", "-W", "warning", path]).stdout
            # The date is that of the commit, which is not known everywhere.
            self.assertEqual([line for line in said.splitlines() if "missing date" not in line], [])

    def test_pages_say_what_help_says(self) -> None:
        for name, path in zip(self.pages, self.files, strict=True):
            command = name.partition("-")[2]
            help_text = output_of(*([command] if command else []), "--help")
            with self.subTest(page=name):
                shown = words(self.quiet(*GROFF, path)).replace("snapq-", "" if not command else "snapq-")
                shown = re.sub(r"\(1\)", "", shown) if not command else shown
                entries = descriptions(help_text)
                self.assertGreaterEqual(len(entries), 2)
                for entry in entries:
                    self.assertIn(entry, shown)

    def test_examples_stand_as_they_are_typed(self) -> None:
        for name, path in zip(self.pages, self.files, strict=True):
            command = name.partition("-")[2]
            if not command:
                continue
            block = output_of(command, "--help").partition("\nExamples:\n")[2].partition("\n\n")[0]
            lines = [line.strip() for line in block.splitlines()]
            with self.subTest(page=name):
                shown = [line.strip() for line in self.quiet(*GROFF, path).splitlines()]
                self.assertGreater(len(lines), 2)
                for line in lines:
                    self.assertIn(line, shown)

    def test_a_page_is_the_same_each_time(self) -> None:
        self.assertEqual(output_of("help", "--man", "summary"), self.pages["snapq-summary"])


if __name__ == "__main__":
    program.main()
