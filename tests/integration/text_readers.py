"""Small models of the programs that read the outputs of snapq. Each follows the rules of its program, and finds the
parts of an output on which the program would act.

The tests of hostile texts use them. They need only the standard library, and share no code with snapq.
"""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata

# ---- the runner of GitHub Actions ----

# From actions/runner: the commands it knows. Their names are compared without regard to case.
COMMANDS = {
    "error", "warning", "notice", "debug", "group", "endgroup", "echo", "add-mask", "add-matcher", "remove-matcher",
    "set-output", "save-state", "set-env", "add-path", "stop-commands", "internal-set-repo-path",
}
# Default_Ignorable_Code_Point of Unicode, beyond the format characters (category Cf).
IGNORABLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))


def is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") or character in IGNORABLE or (
        0xE0000 <= ord(character) <= 0xE0FFF
    )


def command_at_start(line: str) -> str | None:
    """`::name key=value::data`, where nothing but white space stands before it."""
    line = line.lstrip()
    if not line.startswith("::"):
        return None
    end = line.find("::", 2)
    return None if end < 0 else line[2:end].split(" ")[0]


def command_in_brackets(line: str) -> str | None:
    """`##[name key=value]data`, anywhere in the line; the first bracket counts."""
    begin = line.find("##[")
    end = line.find("]", begin)
    return None if begin < 0 or end < 0 else line[begin + 3 : end].split(" ")[0]


def workflow_commands(output: str) -> list[str]:
    """The lines that the runner would execute. It may compare as a language does, where invisible characters do not
    count, so both ways are tried."""
    found = []
    for line in re.split(r"\r\n|\r|\n", output):
        visible = "".join(c for c in line if not is_invisible(c))
        names = [read(text) for text in (line, visible) for read in (command_at_start, command_in_brackets)]
        if any(name is not None and name.lower() in COMMANDS for name in names):
            found.append(line)
    return found


# ---- a terminal ----


def terminal_effects(output: str) -> set[str]:
    """Characters that move the cursor, change the state or the direction, or cannot be seen. Line feeds are expected."""
    return {character for character in output if character != "\n" and is_invisible(character)}


# ---- a spreadsheet ----

FULL_WIDTH = str.maketrans("\uff1d\uff0b\uff0d\uff20", "=+-@")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def formulas(table: str, delimiter: str = ",") -> list[str]:
    """The cells that a spreadsheet would calculate; it splits at semicolons, too, outside of quotes."""
    found = []
    for cells in csv.reader(io.StringIO(table, newline=""), delimiter=delimiter):
        for cell in cells:
            start = cell.translate(FULL_WIDTH).lstrip("".join(map(chr, range(0x21))) + "\x7f\ufeff")
            acts = cell[:1] in ("\t", "\r", "\n") or (start[:1] in tuple("=+-@") and not NUMBER.fullmatch(start))
            if acts and cell:
                found.append(cell)
    return found


# ---- a page of GitHub ----

OUR_TAGS = re.compile(r"</?details>|</?summary>|<br>")
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|&(#\d+|#x[0-9a-fA-F]+|\w+);")
# What GitHub looks for in the text of the rendered page, where escapes have been removed.
LINKS = {
    "mention": re.compile(r"(?<![\w`])@[A-Za-z0-9]"),
    "mail address": re.compile(r"[\w.+-]+@[\w-]+\."),
    "issue": re.compile(r"#\d|\bGH-\d", re.IGNORECASE),
    "commit": re.compile(r"\b(?=\w*[a-f])(?=\w*\d)[0-9a-f]{7,40}\b"),
    "address": re.compile(r"\b(https?|ftp)://|\bwww\.\w", re.IGNORECASE),
}
JOINER = "\u200d"  # the one invisible character that keeps GitHub from finding these


def page_effects(markdown: str) -> list[str]:
    """What a page with this Markdown would do, beyond the tables, lists and folds that snapq makes."""
    found = []
    text = OUR_TAGS.sub("", markdown)
    marks = ESCAPE.sub("", text)
    for name, pattern in {
        "HTML": r"<[a-zA-Z/!?]",
        "link": r"\]\(|\]\[|\]:",
        "code": r"`",
        "formula": r"\$",
        "crossed out": r"~~",
    }.items():
        if re.search(pattern, marks):
            found.append(name)
    found += [repr(c) for c in terminal_effects(text) if c != JOINER]
    shown = ESCAPE.sub(lambda match: match[1] or html.unescape(match[0]), text)
    found += [name for name, pattern in LINKS.items() if pattern.search(shown)]
    return found + broken_tables(marks)


def broken_tables(marks: str) -> list[str]:
    """Rows that have more or fewer cells than the head of their table. Escaped bars are gone from `marks`."""
    found = []
    width = 0
    for line in marks.split("\n"):
        bars = line.count("|")
        if not line.startswith("|"):
            width = 0
        elif width == 0:
            width = bars
        elif bars != width:
            found.append(f"a row of {bars - 1} cells for {width - 1}: {line[:200]}")
    return found
