"""Measured parts of README.md, which stand between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def replaced(text: str, name: str, content: str) -> str:
    """`text` with another content of that part; ValueError when it has no such part."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    head, found_begin, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"no part <!-- {name} --> … <!-- /{name} -->")
    return f"{head}{begin}{content}\n{end}{tail}"


def update_readme(name: str, content: str) -> None:
    README.write_text(replaced(README.read_text(), name, content))
