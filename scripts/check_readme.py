#!/usr/bin/env python3
"""Checks the documents: the examples print what the text shows, and all commands and links exist.

Without arguments it checks README.md, docs/*.md, CONTRIBUTING.md, CHANGELOG.md, SECURITY.md, examples/README.md and
packaging/README.md.

    SNAPQ=build/dev/snapq scripts/check_readme.py                 prints a diff and exits 1 if something is wrong
    SNAPQ=build/dev/snapq scripts/check_readme.py docs/ci.md      checks only these documents
    SNAPQ=build/dev/snapq scripts/check_readme.py --update        writes the current outputs into the documents

Marks in a document, each on the line above a block:

    <!-- run -->             a console block with commands ("$ snapq …") and their output, stdout and stderr together
    <!-- file: NAME -->      the block is written to the file NAME, which later commands can use
    <!-- setup: COMMAND -->  no block follows; the command is run without being shown
    <!-- works -->           each line of the indented block below is a snapq command; it must end with exit code 0

The marked blocks of a document are run from top to bottom in one temporary folder, where `snapq` is the program $SNAPQ,
and `import snapq` imports the package of packaging/python. The folder has the two samples (run.pickle, and both as
ranks/rank0.pickle and ranks/rank1.pickle) and a modelled training run before and after a change of its batch size
(main.pickle and branch.pickle).

All other `snapq` commands, in blocks and in the text, are not run. The program must know their subcommands, their
options, and the names given to --named and --get.
"""

from __future__ import annotations

import argparse
import difflib
import functools
import os
import pickle
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "examples")]

from lib.allocator import CachingAllocator, Clock, segment_dicts  # noqa: E402
from lib.training_model import Shape, TrainingRun, allocator_settings  # noqa: E402
from make_samples import START_US, warm_up  # noqa: E402

OTHER_DOCUMENTS = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md", "packaging/README.md")
MARKED = re.compile(
    r"<!-- setup: (?P<setup>.+?) -->\n"
    r"|<!-- works -->\n\n(?P<works>(?: {4}snapq [^\n]+\n)+)"
    r"|(?P<head><!-- (?P<mark>run|file: (?P<name>\S+)) -->\n```(?P<language>\w*)\n)(?P<body>.*?)(?P<tail>^```\n)",
    re.M | re.S,
)
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.M | re.S)
SHELLS = ("bash", "sh", "yaml", "groovy")
SIZE = re.compile(r" *\d+(\.\d+)? ([KMG]i)?B|\b\d+ chunks")
COMPRESSED = re.compile(r" -> |^size |\.json |elements\.db ")


@dataclass
class Findings:
    """What was checked in some documents, and what was wrong."""

    examples: int = 0
    commands: int = 0
    links: int = 0
    problems: list[str] = field(default_factory=list)


# ---- examples that are run ----


def modelled_run(batch: int) -> bytes:
    """Two recorded training steps of a small model, as a pickle."""
    allocator = CachingAllocator(capacity=1 << 30, clock=Clock(START_US))
    run = TrainingRun(allocator, Shape(layers=2, batch=batch))
    warm_up(run)
    trace: list[dict[str, object]] = []
    allocator.recorder = trace.append
    run.train_step()
    run.train_step()
    snapshot = {
        "segments": segment_dicts(allocator),
        "device_traces": [trace],
        "allocator_settings": allocator_settings(),
        "external_annotations": run.annotations,
    }
    return pickle.dumps(snapshot, protocol=4)


def prepare(folder: Path, snapq: Path) -> dict[str, str]:
    """Writes the files that the examples need into the folder, and returns their environment."""
    training = ROOT / "examples" / "sample-training-step.pickle"
    shutil.copy(training, folder / "run.pickle")
    ranks = folder / "ranks"
    ranks.mkdir()
    shutil.copy(training, ranks / "rank0.pickle")
    shutil.copy(ROOT / "examples" / "sample-cpp-pickler.pickle", ranks / "rank1.pickle")
    (folder / "main.pickle").write_bytes(modelled_run(batch=8))
    (folder / "branch.pickle").write_bytes(modelled_run(batch=9))
    programs = folder / ".programs"
    programs.mkdir()
    (programs / "snapq").symlink_to(snapq)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    package = {
        "PYTHONPATH": str(ROOT / "packaging" / "python"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SNAPQ_PROGRAM": str(snapq),
    }
    return {"PATH": path, "LANG": "C.UTF-8", "HOME": str(folder), "TZ": "UTC", **package}


def without_comment(command: str) -> str:
    return command.split("   # ")[0]


def goes_on(command: str) -> bool:
    """Whether the command continues on the next line: after a backslash, or inside quotes."""
    try:
        shlex.split(without_comment(command))
    except ValueError:
        return True
    return False


def shown_commands(body: str) -> Iterator[str]:
    """The commands of a console block."""
    lines = iter(body.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while goes_on(command) and (following := next(lines, None)) is not None:
                command += "\n" + following
            yield command


class Examples:
    """Runs the marked blocks of one document, in order, in their own folder."""

    def __init__(self, folder: Path, snapq: Path) -> None:
        self.count = 0
        self.problems: list[str] = []
        self._folder = folder
        self._environment = prepare(folder, snapq)

    def renewed(self, text: str) -> str:
        """The document with the outputs that the commands print now."""
        marks = len(re.findall(r"^<!-- (?:run|works|file:|setup:)", text, re.M))
        if marks != len(MARKED.findall(text)):
            self.problems.append("a mark is not followed by a block")
        return MARKED.sub(self._replacement, text)

    def _replacement(self, found: re.Match[str]) -> str:
        if found["setup"]:
            self._must_succeed("setup", found["setup"])
            return found[0]
        if found["works"]:
            for line in found["works"].splitlines():
                self.count += 1
                self._must_succeed("works", line.strip())
            return found[0]
        if found["mark"] == "run":
            return found["head"] + "".join(map(self._with_output, shown_commands(found["body"]))) + found["tail"]
        path = self._folder / found["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["body"], encoding="utf-8")
        path.chmod(0o755)
        return found[0]

    def _must_succeed(self, mark: str, command: str) -> None:
        done = self._run(command)
        if done.returncode != 0:
            self.problems.append(f"{mark}: {command}: {done.stdout.decode()}")

    def _with_output(self, command: str) -> str:
        self.count += 1
        return f"$ {command}\n{self._run(without_comment(command)).stdout.decode()}"

    def _run(self, command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )


def masked(text: str) -> str:
    """The text without compressed sizes, which differ by a few bytes between processors."""
    lines = [SIZE.sub("SIZE", line) if COMPRESSED.search(line) else line for line in text.splitlines(True)]
    return "".join(lines)


def check_examples(document: Path, text: str, snapq: Path, findings: Findings) -> str:
    """Compares the outputs in the document with the current ones. Returns the document with the current outputs."""
    with tempfile.TemporaryDirectory() as name:
        examples = Examples(Path(name), snapq)
        today = examples.renewed(text)
    findings.examples += examples.count
    findings.problems += [f"{document.name}: {problem}" for problem in examples.problems]
    if masked(text) != masked(today):
        lines = (text.splitlines(True), today.splitlines(True))
        findings.problems.append("".join(difflib.unified_diff(*lines, document.name, "today")))
    return today


# ---- commands that are checked but not run ----


@functools.cache
def output_of(snapq: Path, *arguments: str) -> str:
    return subprocess.run([snapq, *arguments], capture_output=True, text=True, check=True).stdout


def subcommands(snapq: Path) -> list[str]:
    return re.findall(r"^  ([a-z]+) ", output_of(snapq, "--help").partition("Commands:")[2], re.M)


def known_options(snapq: Path, command: str) -> set[str]:
    listed = re.findall(r"^  (-[\w-]+)(?:, (--[\w-]+))?", output_of(snapq, command, "--help"), re.M)
    return {option for pair in listed for option in pair if option}


def known_values(snapq: Path, option: str) -> set[str]:
    listing = {"--named": ("query", "--list-named"), "--get": ("summary", "--list-get")}[option]
    return set(re.findall(r"^([a-z][\w-]*)  ", output_of(snapq, *listing), re.M))


def shell_texts(text: str) -> Iterator[str]:
    """All shell commands: shell blocks, the commands of console blocks, indented lines, and code in the text."""
    for language, body in FENCE.findall(text):
        if language == "console":
            yield from shown_commands(body)
        elif language in SHELLS:
            yield re.sub(r"^ *#.*$", "", body, flags=re.M)
    yield from re.findall(r"(?:`|^ {4})(snapq [^`\n]+)", FENCE.sub("", text), re.M)


def words_of(command: str) -> list[str]:
    """The words of a shell command up to its end: a pipe, a redirection, a semicolon, the end of the line."""
    reader = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars="();<>|&\n")
    reader.whitespace, reader.commenters = " \t", "#"
    words: list[str] = []
    try:
        for word in reader:
            if word and set(word) <= set("();<>|&\n"):
                break
            words.append(word)
    except ValueError:  # a quote that belongs to the text around the command
        return command.split("\n")[0].split()
    return words


def faults_of(words: list[str], snapq: Path) -> Iterator[str]:
    """Yields the words of a command `snapq WORDS…` that the program does not know."""
    command = words[0].strip("'\"") if words else ""
    if not re.fullmatch(r"[a-z]+", command):  # snapq --version, snapq COMMAND
        return
    if command not in subcommands(snapq):
        yield f"snapq {command}: there is no such command"
        return
    for word, following in zip(words[1:], [*words[2:], ""]):
        option = word.partition("=")[0]
        if re.fullmatch(r"--?[a-z][a-z-]*", option) and option not in known_options(snapq, command):
            yield f"snapq {command} {option}: there is no such option"
        if option in ("--named", "--get"):
            names = {name for name in following.split(",") if not name.isupper()}
            for name in sorted(names - known_values(snapq, option)):
                yield f"snapq {command} {option} {name}: there is no such name"


def check_commands(document: Path, text: str, snapq: Path, findings: Findings) -> None:
    for shell in shell_texts(text):
        for found in re.finditer(r"\bsnapq(?= [-A-Za-z'\"])", shell):
            findings.commands += 1
            faults = faults_of(words_of(shell[found.end() :]), snapq)
            findings.problems += [f"{document.name}: {fault}" for fault in faults]


# ---- links ----


def anchors_of(text: str) -> set[str]:
    """The names that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(document: Path, text: str, findings: Findings) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        findings.links += 1
        name, _, anchor = target.partition("#")
        path = document.parent / name if name else document
        if not path.exists():
            findings.problems.append(f"{document.name}: {target}: there is no such file")
        elif anchor and anchor not in anchors_of(path.read_text(encoding="utf-8")):
            findings.problems.append(f"{document.name}: {target}: there is no such heading")


# ---- the whole ----


def documents() -> list[Path]:
    others = [ROOT / name for name in OTHER_DOCUMENTS]
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *others]


def check(paths: list[Path], snapq: Path, update: bool = False) -> Findings:
    findings = Findings()
    for document in paths:
        text = document.read_text(encoding="utf-8")
        today = check_examples(document, text, snapq, findings)
        if update and today != text:
            document.write_text(today, encoding="utf-8")
        check_commands(document, text, snapq, findings)
        check_links(document, text, findings)
    return findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path, help="default: all documents of the project")
    parser.add_argument("--update", action="store_true", help="write the current outputs into the documents")
    arguments = parser.parse_args()
    snapq = Path(os.environ.get("SNAPQ", ROOT / "build" / "dev" / "snapq")).resolve()
    findings = check(arguments.documents or documents(), snapq, arguments.update)
    print(*findings.problems, sep="\n", end="\n" if findings.problems else "")
    print(
        f"{findings.examples} examples run, {findings.commands} commands and {findings.links} links looked at, "
        f"{len(findings.problems)} problems"
    )
    return 1 if findings.problems and not arguments.update else 0


if __name__ == "__main__":
    sys.exit(main())
