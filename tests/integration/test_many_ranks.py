"""Directories of very many archives: what is shown of each is written while it is read, and is what one archive shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from program import CPP_SAMPLE, ROOT, SAMPLE, ProgramTest, Result, main
from report_page import ReportPage

RANKS = 600
MEMORY_KIB = 40 << 10
WHOLE = ("--stacks", "all", "--top", "0", "--format")  # as JSON, about 18 KiB for each archive

sys.path.insert(0, str(ROOT / "tests" / "golden"))

import make_snapshots  # noqa: E402


class RanksTest(ProgramTest):
    """Two directories of links to few archives. Each test has a class of its own, and so a process of its own: what it
    reads would count as memory of the programs that it starts afterwards."""

    usual = SAMPLE

    def setUp(self) -> None:
        super().setUp()
        kinds = {"usual": self.convert(self.usual, target="usual.zip")}
        for name in ("rank-more", "rank-larger"):
            make_snapshots.write(name, self.directory / f"{name}.pickle")
            kinds[name] = self.convert(f"{name}.pickle", target=f"{name}.zip")
        for folder in ("main", "branch"):
            (self.directory / folder).mkdir()
        for rank in range(RANKS):
            self.link(kinds["rank-more" if rank == 7 else "usual"], "main", rank)
            self.link(kinds["rank-larger" if rank == 590 else "rank-more" if rank in (7, 8) else "usual"], "branch", rank)

    def link(self, archive: Path, folder: str, rank: int) -> None:
        (self.directory / folder / f"rank{rank}.zip").symlink_to(archive)

    def bounded(self, *arguments: str) -> Result:
        result = self.run_bounded(MEMORY_KIB, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def read(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text())


class Summaries(RanksTest):
    def test_json_has_all_archives(self) -> None:
        self.bounded("summary", "main", *WHOLE, "json", "-o", "all.json")
        self.bounded("summary", "main", *WHOLE, "json", "-o", "one-thread.json", "-j", "1")
        got = self.bounded("summary", "main", "--get", "peak_requested_bytes,peak_site")
        self.assertEqual((self.directory / "all.json").read_bytes(), (self.directory / "one-thread.json").read_bytes())
        archives = self.read("all.json")["archives"]
        self.assertEqual([archive["rank"] for archive in archives], list(range(RANKS)))
        for rank in (0, 7, RANKS - 1):
            alone = json.loads(self.snapq("summary", f"main/rank{rank}.zip", *WHOLE, "json").stdout)
            self.assertEqual(archives[rank], {name: alone[name] for name in archives[rank]})
        alone = self.snapq("summary", "main/rank0.zip", "--get", "peak_requested_bytes,peak_site")
        self.assertEqual(got.stdout, alone.stdout)


class Differences(RanksTest):
    def test_json_and_csv_have_all_ranks(self) -> None:
        for form in ("json", "csv"):
            self.bounded("diff", "main", "branch", *WHOLE, form, "-o", f"all.{form}")
            self.bounded("diff", "main", "branch", *WHOLE, form, "-o", f"one-thread.{form}", "-j", "1")
        text = self.bounded("diff", "main", "branch")
        for form in ("json", "csv"):
            self.assertEqual((self.directory / f"all.{form}").read_bytes(), (self.directory / f"one-thread.{form}").read_bytes())
        ranks = self.read("all.json")["ranks"]
        self.assertEqual([each["rank"] for each in ranks], list(range(RANKS)))
        for rank in (0, 8, 590):
            pair = (f"main/rank{rank}.zip", f"branch/rank{rank}.zip")
            alone = json.loads(self.snapq("diff", *pair, *WHOLE, "json").stdout)
            self.assertEqual(ranks[rank], {"rank": rank, **{name: alone[name] for name in ranks[rank] if name != "rank"}})
            lines = self.snapq("diff", *pair, *WHOLE, "csv").stdout.splitlines()[1:]
            shown = [line.removeprefix(f"{rank},") for line in (self.directory / "all.csv").read_text().splitlines()
                     if line.startswith(f"{rank},")]  # fmt: skip
            self.assertEqual(shown, lines)
        changes = {each["rank"]: abs(each["devices"][0]["peak_requested_bytes"]["delta"]) for each in ranks}
        self.assertEqual({rank for rank, change in changes.items() if change}, {8, 590})
        self.assertIn(f"rank {max(changes, key=lambda rank: changes[rank])} changed most:", text.stdout)
        self.assertIn(f"[{RANKS - 32} others, which changed less]", text.stdout)


class Pages(RanksTest):
    usual = CPP_SAMPLE  # without an out-of-memory error, which would matter more

    def test_a_page_shows_the_ranks_that_matter(self) -> None:
        result = self.run_bounded(48 << 10, "report", "branch", "-o", "page.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("note: branch: the page shows 512 of 600 archives", result.stderr)
        summary = self.bounded("summary", "branch", "--format", "json", "-o", "all.json")
        self.assertEqual(summary.returncode, 0)
        page = ReportPage.read(self.directory / "page.html").page
        whole = self.read("all.json")
        shown = [archive["rank"] for archive in page["summary"]["archives"]]
        self.assertEqual((len(shown), page["left_out_archives"]), (512, RANKS - 512))
        self.assertLessEqual({7, 8, 590}, set(shown))
        self.assertEqual(shown, sorted(shown))
        self.assertEqual([archive["name"] for archive in page["archives"]], [f"rank{rank}.zip" for rank in shown])
        for name in ("totals", "outliers", "rows", "verdict", "uneven"):
            self.assertEqual(page["summary"][name], whole[name], name)
        self.assertEqual(page["summary"]["archives"][-1], whole["archives"][shown[-1]])


if __name__ == "__main__":
    main()
