"""The measured parts of docs/performance.md, each between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

from pathlib import Path

PERFORMANCE_PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def with_part(text: str, name: str, content: str) -> str:
    """`text` with new content between the two marks; ValueError if they are missing."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    head, found_begin, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"no part <!-- {name} --> … <!-- /{name} -->")
    return f"{head}{begin}{content}\n{end}{tail}"


def update_performance_page(name: str, content: str) -> None:
    text = with_part(PERFORMANCE_PAGE.read_text(encoding="utf-8"), name, content)
    PERFORMANCE_PAGE.write_text(text, encoding="utf-8")
