"""Assigns a call chain to a phase of the conversion, and a chain of allocations to the component that owns the memory.

A chain is a list of function names, innermost first. The first name that a rule matches decides: a memcpy that
SQLite calls for the database builder belongs to the database.
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


# In the order of a conversion. These functions are the entry points of the phases.
PHASES = rules(
    ("reading", r"snapq::(convert::ReadAhead|(io|input)::(open_input|InputOpener|OpenedInput|\w+Source)\b)"),
    ("decode", r"snapq::(snapshot::(decode_pickle|decode_json|assemble|Decoder::next)|pickle::decode)\b"),
    ("replay", r"snapq::timeline::(replay_device|tabulate)\b"),
    ("timeline", r"snapq::timeline::StackedTimeline::StackedTimeline"),
    ("database", r"snapq::archive::(build_database|anomaly_records|DatabaseChunks)"),
    ("text/JSON", r"snapq::timeline::StackedTimeline::render|snapq::convert::ChunkEmitter"),
    ("compression", r"snapq::archive::(ChunkCompressor|crc32_of)|^ZSTD_|^isal_"),
    ("zip", r"snapq::(archive::write_(zip|directory)_archive|zip::)|^zip_"),
)

# For chains that the profiler cut: first by the namespace of the innermost function of snapq …
PHASES_BY_NAMESPACE = rules(
    ("decode", r"snapq::(pickle|snapshot)::"),
    ("text/JSON", r"snapq::timeline::"),
    ("database", r"snapq::archive::(tables|sqlite)::"),
    ("zip", r"snapq::(archive|zip)::"),
)
# … then by the shared library of the innermost function.
PHASES_BY_LIBRARY = rules(
    ("database", r"libsqlite3"),
    ("compression", r"lib(isal|zstd)\b"),
    ("zip", r"libzip|libz\b"),
)

# For chains from heaptrack, whose entries are `function (file)`. Inlined functions have no namespace there and may be
# out of order. Containers call no other component, so they are matched anywhere in a chain …
CONTAINERS = rules(
    ("pickle memo", r"pickle::Memo\b|MachineState::memoize|\(memo\.hpp\)"),
    ("list cache", r"pickle::ListCache\b|\(list_cache\.[ch]pp\)"),
    ("interned stacks", r"SequenceInterner|StackCache|\(stack_cache\.hpp\)"),
    ("interned addresses", r"EventTables::intern_address"),
    ("interned text, frames, shapes", r"TextInterner|RecordInterner"),
    ("event log", r"EventLog::append"),
)
# … and otherwise the innermost function that matches decides.
COMPONENTS = rules(
    ("pickle stack and open containers", r"pickle::MachineState|\((machine\w*\.[ch]pp|value_stack\.hpp)\)"),
    ("decoder, the rest", r"snapq::snapshot::|snapq::pickle::"),
    ("element columns", r"snapq::timeline::replay_device|\((replay|elements|blocks|scan|shapes|reserved)\.[ch]pp\)"),
    ("figures and tables", r"snapq::timeline::tabulate|\((tabulate|curve|figures|fragmentation|groups|ooms|ranges|spans)\.[ch]pp\)"),
    ("timeline columns", r"snapq::timeline::StackedTimeline::StackedTimeline"),
    ("text buffers", r"snapq::timeline::StackedTimeline::render|ChunkEmitter|\(stacked_timeline\.cpp\)"),
    (
        "chunks and compressors",
        r"snapq::archive::(ChunkCompressor|DatabaseChunks)|^ZSTD_|\(chunk_codec\.cpp\)",
    ),
    ("SQLite and database builder", r"^sqlite3|snapq::archive::(sqlite|tables|build_database)"),
    ("read buffers", r"snapq::(io::|input::|convert::ReadAhead|ByteWindow)"),
    ("zip writer", r"snapq::(zip::|archive::write_zip_archive)|^zip_"),
)

# Containers and wrappers. Their caller is more useful to know.
GENERAL_FILES = ("block_vector.hpp", "interner.hpp", "interner.cpp", "connection.cpp", "bulk_inserter.hpp")
SOURCE_FILE = re.compile(r" \(([\w.]+)\)$")


def own_files() -> frozenset[str]:
    root = Path(__file__).resolve().parents[2]
    files = (path.name for folder in ("src", "include") for path in (root / folder).rglob("*.?pp"))
    return frozenset(files) - frozenset(GENERAL_FILES)


OWN_FILES = own_files()


def without_arguments(function: str) -> str:
    """`f(int) (file.cpp)` becomes `f (file.cpp)`, because the types of arguments belong to other components."""
    file = SOURCE_FILE.search(function)
    return f"{plain(function[: file.start()])} ({file[1]})" if file else plain(function)


def first_match(chain: list[str], candidates: tuple[Rule, ...]) -> str | None:
    for function in chain:
        for rule in candidates:
            if rule.functions.search(function):
                return rule.part
    return None


def phase_of(chain: list[str], library: str = "") -> str:
    """The phase of a chain; `library` is the path of the library of its innermost function."""
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
    """True for functions whose names say what they do, unlike memcpy, malloc and the standard library."""
    return bool(re.search(r"snapq::|^sqlite3|^ZSTD_|^isal_|^zip_|igzip|^deflate|^inflate", function))


# Parts of function names that a report does not need.
NOISE = (
    (re.compile(r"\(anonymous namespace\)::"), ""),
    (re.compile(r"\[(clone|abi)[^\]]*\]"), ""),
    (re.compile(r"'\d+$"), ""),  # callgrind's count of a recursion
    (re.compile(r"\.(isra|part|constprop|cold|lto_priv)(\.\d+)*"), ""),
)


def plain(function: str) -> str:
    """The name without arguments, template arguments and return type."""
    for pattern, instead in NOISE:
        function = pattern.sub(instead, function)
    return without_brackets(function).strip() or "?"


def readable(function: str) -> str:
    return plain(function).replace("snapq::", "")


def without_brackets(function: str) -> str:
    """`Type f<int>(int) const` becomes `f`; operators keep their symbols."""
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
    """The innermost function. A general one, such as memcpy, is shown with its caller."""
    inner = readable(chain[0]) if chain else "?"
    if not chain or is_own(chain[0]):
        return inner
    caller = next((function for function in chain[1:] if is_own(function)), None)
    return f"{inner} in {readable(caller)}" if caller else inner
