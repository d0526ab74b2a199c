"""Tables of measurements, as text for the terminal or as Markdown for docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """A table whose cells are texts. All columns after the first `texts` are numbers and aligned to the right."""

    title: str
    headers: list[str]
    rows: list[list[str]] = field(default_factory=list)
    texts: int = 1

    def as_text(self) -> str:
        cells = [self.headers, *self.rows]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.headers))]
        lines = ["  ".join(self._aligned(row, widths)).rstrip() for row in cells]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, "", *lines])

    def as_markdown(self) -> str:
        rule = ["---" if column < self.texts else "---:" for column in range(len(self.headers))]
        lines = [f"| {' | '.join(self._escaped(row))} |" for row in (self.headers, *self.rows)]
        lines.insert(1, f"|{'|'.join(rule)}|")
        return "\n".join([f"**{self.title}**", "", *lines])

    def _aligned(self, row: list[str], widths: list[int]) -> list[str]:
        return [
            cell.ljust(width) if column < self.texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]

    @staticmethod
    def _escaped(row: list[str]) -> list[str]:
        return [cell.replace("|", "\\|") for cell in row]


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.1f} MB"


def mebibytes(value: float) -> str:
    return f"{value / 2**20:.1f} MiB"


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
