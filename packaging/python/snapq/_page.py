"""The page of ``snapq report``, for notebooks."""

from html import escape
from typing import Any

from snapq._options import PathLike, option_texts, path_text
from snapq._program import run

_OTHER_OUTPUT = ("color", "force", "output", "quiet")


class Page:
    """A page of ``snapq report``: one HTML document that needs no network. In a notebook it is shown in a frame.

    Attributes:
        html: the document. Write it to a file to open it in a browser.
        height: the height of the frame, in pixels.
    """

    def __init__(self, html: str, height: int) -> None:
        self.html = html
        self.height = height

    def __repr__(self) -> str:
        return f"<Page of {len(self.html):,} characters>"

    def _repr_html_(self) -> str:
        # The scripts of the page run in a frame of their own, which has no access to the notebook.
        return (
            f'<iframe sandbox="allow-scripts" allow="clipboard-write" width="100%" height="{self.height}" '
            f'style="border: 0" srcdoc="{escape(self.html)}"></iframe>'
        )


def report(path: PathLike, height: int = 800, **options: Any) -> Page:
    arguments = option_texts("report", options, without=_OTHER_OUTPUT)
    return Page(run("report", "--output=-", *arguments, path_text(path)), height)
