"""Completion in the real shells: bash, zsh and fish complete what is typed as a user expects it."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
import unittest
from pathlib import Path

import program
from program import SNAPQ, ProgramTest

TIME_LIMIT_S = 20
# A shell function in place of the program: it prints its arguments.
REPORTING = """snapq() { printf 'ran'; printf '<%s>' "$@"; echo; }"""
COMMANDS = {"convert", "query", "summary", "diff", "info", "extract", "verify", "export", "report", "help",
            "completion"}


def script(shell: str) -> str:
    return subprocess.run([SNAPQ, "completion", shell], capture_output=True, text=True, check=True).stdout


class ShellTest(ProgramTest):
    """A folder with two snapshots and a directory, and the completion script of a shell."""

    SHELL = ""

    def setUp(self) -> None:
        super().setUp()
        if shutil.which(self.SHELL) is None:
            raise unittest.SkipTest(f"{self.SHELL} is not installed")
        (self.directory / "script").write_text(script(self.SHELL), encoding="utf-8")
        for name in ("main run.pickle", "branch.zip"):
            (self.directory / name).touch()
        (self.directory / "ranks").mkdir()
        self.environment = {**os.environ, "HOME": str(self.directory), "TERM": "dumb", "LC_ALL": "C.UTF-8"}

    def typed(self, command: list[str], setup: str, lines: list[str]) -> list[list[str]]:
        """Types each line into an interactive shell and returns the arguments with which it then runs `snapq`."""
        leader, follower = pty.openpty()
        with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, cwd=self.directory,
                              env=self.environment, start_new_session=True, close_fds=True) as shell:
            os.close(follower)
            try:
                os.write(leader, f"{setup}; {REPORTING}; echo rea''dy\n".encode())
                self.read_until(leader, rb"ready\r?\n")
                found = []
                for line in lines:
                    os.write(leader, line.encode() + b"\n")
                    said = self.read_until(leader, rb"ran((?:<[^<>]*>)+)\r?\n")
                    found.append(re.findall(r"<([^<>]*)>", said))
                return found
            finally:
                shell.kill()
                os.close(leader)

    def read_until(self, terminal: int, pattern: bytes) -> str:
        said = b""
        end = time.monotonic() + TIME_LIMIT_S
        while (match := re.search(pattern, said)) is None:
            ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                self.fail(f"waited in vain for {pattern!r} in {said!r}")
            said += os.read(terminal, 65536)
        return (match[1] if match.re.groups else match[0]).decode()


class Bash(ShellTest):
    SHELL = "bash"

    def candidates(self, *lines: list[str]) -> list[set[str]]:
        """The words that the function offers for the last word of each line. As in readline, '=' is a word."""
        calls = "".join(
            f"COMP_WORDS=({shlex.join(line)}); COMP_CWORD={len(line) - 1}; _snapq; echo \"${{COMPREPLY[*]}}\"\n"
            for line in lines
        )
        result = self.run_program(["bash", "--norc", "-c", f"source ./script\n{calls}"])
        self.assertEqual(result.stderr, "")
        return [set(line.split()) for line in result.stdout.split("\n")[:-1]]

    def test_commands_and_options(self) -> None:
        commands, begun, program_options, options, some = self.candidates(
            ["snapq", ""],
            ["snapq", "su"],
            ["snapq", "--"],
            ["snapq", "verify", "-"],
            ["snapq", "summary", "a.zip", "--max-u"],
        )
        self.assertEqual(commands, COMMANDS)
        self.assertEqual(begun, {"summary"})
        self.assertEqual(program_options, {"--help", "--version", "--verbose"})
        self.assertEqual(options, {"--help", "--format", "--quiet"})
        self.assertEqual(some, {"--max-unfreed"})

    def test_values(self) -> None:
        cases = [
            (["summary", "--by", "pyt"], {"pytorch-category"}),
            (["summary", "a.zip", "--at", ""], {"peak", "reserved-peak", "start", "end", "oom"}),
            (["summary", "-d", ""], {"host", "all"}),
            (["summary", "--format", "="], {"text", "json", "csv", "markdown"}),
            (["summary", "--format", "=", "m"], {"markdown"}),
            (["query", "a.zip", "--named", "lea"], {"leaks"}),
            (["query", "a.zip", "--format", "json"], {"json", "jsonl"}),
            (["summary", "--get", "peak_site,end_a"], {"peak_site,end_allocated_bytes", "peak_site,end_active_bytes"}),
            (["convert", "a", "--stats", "=", ""], {"text", "json"}),
            (["convert", "a", "--stats", "--qu"], {"--quiet"}),
            (["convert", "--level", ""], set()),
            (["help", "su"], {"summary"}),
            (["completion", ""], {"bash", "zsh", "fish"}),
        ]
        found = self.candidates(*(["snapq", *line] for line, _ in cases))
        for (line, expected), words in zip(cases, found, strict=True):
            with self.subTest(line=line):
                self.assertEqual(words, expected)

    def test_files_in_a_terminal(self) -> None:
        found = self.typed(["bash", "--norc", "--noprofile", "-i"], "source ./script", [
            "snapq ver\tbr\t", "snapq convert ma\t", "snapq extract branch.zip -d r\t", "snapq diff branch.zip ra\t"])
        self.assertEqual(found[0], ["verify", "branch.zip"])
        self.assertEqual(found[1], ["convert", "main run.pickle"])
        self.assertEqual(found[2], ["extract", "branch.zip", "-d", "ranks/"])
        self.assertEqual(found[3], ["diff", "branch.zip", "ranks/"])


PLAIN_ZSH = "PS1=; unsetopt prompt_cr prompt_sp; autoload -U compinit; compinit -D -u"


class Zsh(ShellTest):
    SHELL = "zsh"

    def test_in_a_terminal(self) -> None:
        cases = {
            "snapq ver\tbr\t": ["verify", "branch.zip"],
            "snapq convert ma\t": ["convert", "main run.pickle"],
            "snapq summary --max-unf\t 1GiB": ["summary", "--max-unfreed", "1GiB"],
            "snapq summary branch.zip --by pyt\t": ["summary", "branch.zip", "--by", "pytorch-category"],
            "snapq summary --at res\t": ["summary", "--at", "reserved-peak"],
            "snapq summary -d ho\t": ["summary", "-d", "host"],
            "snapq summary --format=mar\t": ["summary", "--format=markdown"],
            "snapq summary --get peak_site,end_al\t": ["summary", "--get", "peak_site,end_allocated_bytes"],
            "snapq convert --stats=js\t": ["convert", "--stats=json"],
            "snapq query branch.zip --named lea\t": ["query", "branch.zip", "--named", "leaks"],
            "snapq extract branch.zip -d ra\t": ["extract", "branch.zip", "-d", "ranks"],
            "snapq help extr\t": ["help", "extract"],
            "snapq completion fi\t": ["completion", "fish"],
        }
        shell = ["zsh", "-f", "-i"]
        setup = f"{PLAIN_ZSH}; source ./script"
        for (line, expected), found in zip(cases.items(), self.typed(shell, setup, list(cases)), strict=True):
            with self.subTest(line=line):
                self.assertEqual([word.strip() for word in found], expected)

    def test_as_an_installed_function(self) -> None:
        shutil.copy(self.directory / "script", self.directory / "ranks" / "_snapq")
        setup = f"fpath=(./ranks $fpath); {PLAIN_ZSH}"
        found = self.typed(["zsh", "-f", "-i"], setup, ["snapq extr\tbr\t", "snapq inf\tbr\t"])
        self.assertEqual(found, [["extract", "branch.zip"], ["info", "branch.zip"]])


class Fish(ShellTest):
    SHELL = "fish"

    def test_candidates(self) -> None:
        cases = {
            "snapq su": {"summary"},
            "snapq verify --": {"--help", "--format", "--quiet"},
            "snapq verify branch.zip summary --str": set(),
            "snapq verify br": {"branch.zip"},
            "snapq summary --by pyt": {"pytorch-category"},
            "snapq summary --at ": {"peak", "reserved-peak", "start", "end", "oom"},
            "snapq summary -d h": {"host"},
            "snapq summary --format=": {f"--format={name}" for name in ("text", "json", "csv", "markdown")},
            "snapq summary --get peak_site,end_al": {"peak_site,end_allocated_bytes"},
            "snapq convert --stats=js": {"--stats=json"},
            "snapq query branch.zip --named lea": {"leaks"},
            "snapq convert --level ": set(),
            "snapq extract branch.zip -d ra": {"ranks/"},
            "snapq help extr": {"extract"},
            "snapq completion ": {"bash", "zsh", "fish"},
        }
        calls = "".join(f"complete -C '{line}'; echo end\n" for line in ["snapq ", *cases])
        result = self.run_program(["fish", "--no-config", "-c", f"source ./script\n{calls}"], env=self.environment)
        self.assertEqual(result.stderr, "")
        offered = [{line.split("\t")[0] for line in block.splitlines()} for block in result.stdout.split("end\n")[:-1]]
        self.assertEqual(offered[0], COMMANDS)
        for (line, expected), words in zip(cases.items(), offered[1:], strict=True):
            with self.subTest(line=line):
                self.assertEqual(words, expected)


if __name__ == "__main__":
    program.main()
