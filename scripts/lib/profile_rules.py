"""Which part of a conversion a call chain belongs to: by phase of work, and by what holds the memory.

A chain is a list of function names from the innermost outwards. The innermost one that a rule knows decides:
a memcpy called by SQLite called by the database builder is database work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

OTHER = "other"


@dataclass(frozen=True)
class Rule:
    part: str
    functions: re.Pattern[str]


def rules(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple(Rule(part, re.compile(functions)) for part, functions in pairs)


# In the order of a conversion. The functions are where one phase of work is entered from another.
PHASES = rules(
    ("reading", r"snapq::(convert::ReadAhead|io::(open_input|InputOpener|OpenedInput|\w+Source)\b)"),
    ("decode", r"snapq::(snapshot::(decode_pickle|decode_json|assemble)|pickle::decode)\b"),
    ("replay", r"snapq::timeline::(replay_device|tabulate)\b"),
    ("timeline", r"snapq::timeline::Skyline::Skyline"),
    ("database", r"snapq::archive::(build_database|anomaly_records|DatabaseChunks)"),
    ("text/JSON", r"snapq::timeline::Skyline::render|snapq::convert::ChunkEmitter"),
    ("compression", r"snapq::archive::(ChunkCompressor|crc32_of)|^ZSTD_|^isal_"),
    ("zip", r"snapq::archive::(write_(zip|directory)_archive|zip::)|^zip_"),
)

# For chains that were cut short: where the innermost function of the program lives …
PHASES_BY_NAMESPACE = rules(
    ("decode", r"snapq::(pickle|snapshot)::"),
    ("text/JSON", r"snapq::timeline::"),
    ("database", r"snapq::archive::(tables|sqlite)::"),
    ("zip", r"snapq::archive::"),
)
# … or else the library.
PHASES_BY_LIBRARY = rules(
    ("database", r"libsqlite3"),
    ("compression", r"lib(isal|zstd)\b"),
    ("zip", r"libzip|libz\b"),
)

# Of chains as heaptrack tells them: `function (file)`, inlined functions by their bare name and not always in
# their order. Containers that call nothing else are recognised wherever they stand in a chain …
CONTAINERS = rules(
    ("pickle memo", r"pickle::Memo\b|MachineState::memoize|\(memo\.hpp\)"),
    ("lists known by their bytes", r"pickle::KnownLists\b|\(known_lists\.[ch]pp\)"),
    ("interned stacks", r"SequenceInterner|KnownStacks|\(known_stacks\.hpp\)"),
    ("interned addresses", r"EventTables::intern_address"),
    ("interned text, frames, shapes", r"TextInterner|RecordInterner"),
    ("event log", r"EventLog::append"),
)
# … and for the rest the innermost function decides.
COMPONENTS = rules(
    ("pickle stack and open containers", r"pickle::MachineState|\((machine\w*\.[ch]pp|value_stack\.hpp)\)"),
    ("decoder, the rest", r"snapq::snapshot::|snapq::pickle::"),
    ("element columns", r"snapq::timeline::replay_device|\(replay\w*\.[ch]pp\)"),
    ("figures and tables", r"snapq::timeline::tabulate|\(tabulate\w*\.[ch]pp\)"),
    ("timeline columns", r"snapq::timeline::Skyline::Skyline"),
    ("text buffers", r"snapq::timeline::Skyline::render|ChunkEmitter|\(skyline_text\.cpp\)"),
    (
        "chunks and compressors",
        r"snapq::archive::(ChunkCompressor|DatabaseChunks)|^ZSTD_|\(chunk_codec\.cpp\)",
    ),
    ("SQLite and database builder", r"^sqlite3|snapq::archive::(sqlite|tables|build_database)"),
    ("read buffers", r"snapq::(io::|convert::ReadAhead|ByteWindow)"),
    ("zip writer", r"snapq::archive::(zip|write_zip_archive)|^zip_"),
)

# Files of containers and wrappers: who uses them says more.
GENERAL_FILES = ("block_vector.hpp", "interner.hpp", "interner.cpp", "statement.cpp", "bulk_inserter.hpp")
SOURCE_FILE = re.compile(r" \(([\w.]+)\)$")


def own_files() -> frozenset[str]:
    root = Path(__file__).resolve().parents[2]
    files = (path.name for folder in ("src", "include") for path in (root / folder).rglob("*.?pp"))
    return frozenset(files) - frozenset(GENERAL_FILES)


OWN_FILES = own_files()


def without_arguments(function: str) -> str:
    """`f(int) (file.cpp)` becomes `f (file.cpp)`: arguments name types of other parts."""
    file = SOURCE_FILE.search(function)
    return f"{plain(function[: file.start()])} ({file[1]})" if file else plain(function)


def first_match(chain: list[str], candidates: tuple[Rule, ...]) -> str | None:
    for function in chain:
        for rule in candidates:
            if rule.functions.search(function):
                return rule.part
    return None


def phase_of(chain: list[str], library: str = "") -> str:
    """`library` is where the innermost function lives."""
    return (
        first_match(chain, PHASES)
        or first_match(chain, PHASES_BY_NAMESPACE)
        or first_match([library], PHASES_BY_LIBRARY)
        or OTHER
    )


def component_of(chain: list[str]) -> str:
    for rule in CONTAINERS:
        if first_match(chain, (rule,)):
            return rule.part
    return first_match(chain, COMPONENTS) or OTHER


def place_of(chain: list[str]) -> str:
    """The innermost function of this project, with its file."""
    for function in chain:
        file = SOURCE_FILE.search(function)
        if file and file[1] in OWN_FILES:
            return function.replace("snapq::", "")
    return chain[-1] if chain else OTHER


def phase_names() -> list[str]:
    return [*(rule.part for rule in PHASES), OTHER]


def is_own(function: str) -> bool:
    """Code whose name tells what it does, as against memcpy, malloc and the standard library."""
    return bool(re.search(r"snapq::|^sqlite3|^ZSTD_|^isal_|^zip_|igzip|^deflate|^inflate", function))


# Parts of names that tell nothing here.
NOISE = (
    (re.compile(r"\(anonymous namespace\)::"), ""),
    (re.compile(r"\[(clone|abi)[^\]]*\]"), ""),
    (re.compile(r"'\d+$"), ""),  # callgrind's count of a recursion
    (re.compile(r"\.(isra|part|constprop|cold|lto_priv)(\.\d+)*"), ""),
)


def plain(function: str) -> str:
    """Without arguments, template arguments and result."""
    for pattern, instead in NOISE:
        function = pattern.sub(instead, function)
    return without_brackets(function).strip() or "?"


def readable(function: str) -> str:
    return plain(function).replace("snapq::", "")


def without_brackets(function: str) -> str:
    """`Type f<int>(int) const` becomes `f`; operators keep their signs."""
    if "operator" in function:
        return function[: function.find("(", function.find("operator") + 10)] if "(" in function else function
    kept, depth = "", 0
    for sign in function:
        if sign in "<(":
            depth += 1
        elif sign in ">)" and depth:
            depth -= 1
        elif not depth:
            kept += sign
    kept = re.sub(r"\s+const$", "", kept.strip())
    return kept.split(" ")[-1]


def label(chain: list[str]) -> str:
    """The innermost function; one that says nothing is named with the one that called it."""
    inner = readable(chain[0]) if chain else "?"
    if not chain or is_own(chain[0]):
        return inner
    caller = next((function for function in chain[1:] if is_own(function)), None)
    return f"{inner} in {readable(caller)}" if caller else inner
