#!/usr/bin/env python3
"""Runs tests of the report page; exit code 77 with the reason where they cannot run.

    run.py sources                     tsc checks the page's TypeScript, then its unit tests run in node
    run.py views|picture|figures|...   X.test.mjs in Chromium; the program under test is $SNAPQ. More arguments go to
                                       node, such as --test-name-pattern=sample

Needs node 18, Chromium (or $CHROMIUM), for the sources esbuild, and the npm modules of package-lock.json, which
scripts/lib/npm_modules.sh installs. SNAPQ_PAGE_POINTS (300) and SNAPQ_PAGE_MOMENTS (6) are the numbers of random points and
moments in each file; SNAPQ_PAGE_FILES=all adds the recorded snapshots that are like another one. scripts/check_report sets
them for the check before a release.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEB = HERE.parents[1] / "src" / "page" / "web"
sys.path.insert(0, str(HERE.parents[1] / "scripts"))

from lib.page_browser import LEAST_NODE, missing_browser, missing_modules, modules_folder, run_node  # noqa: E402

SKIPPED = 77  # exit code that CTest reports as "Skipped"


def skip(reason: str) -> int:
    print(f"skipped: {reason}")
    return SKIPPED


def check_types() -> int:
    """Checks the page, and its tests, which alone may use node."""
    compiler = modules_folder() / "node_modules" / "typescript" / "bin" / "tsc"
    roots = ["--typeRoots", modules_folder() / "node_modules" / "@types"]
    projects = sorted(path.parent for path in WEB.rglob("tsconfig.json"))
    return max(run_node(compiler, "--noEmit", "--project", project, *roots) for project in projects)


def run_unit_tests() -> int:
    tests = sorted(WEB.rglob("*.test.ts"))
    if not tests:
        print(f"there is no *.test.ts in {WEB}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="snapq-page-") as folder:
        bundling = ["--bundle", "--platform=node", "--format=esm", f"--target=node{LEAST_NODE}", "--out-extension:.js=.mjs"]
        subprocess.run(["esbuild", *tests, *bundling, f"--outdir={folder}", "--log-level=warning"], check=True)
        return run_node("--test", "--test-reporter=spec", *sorted(Path(folder).rglob("*.test.mjs")))


def main() -> int:
    name = sys.argv[1]
    if name == "sources":
        lack = missing_modules() or (None if shutil.which("esbuild") else "there is no esbuild (Debian: esbuild)")
        return skip(lack) if lack else check_types() or run_unit_tests()
    if not os.environ.get("SNAPQ"):
        return skip("SNAPQ does not name the program under test")
    lack = missing_browser()
    return skip(lack) if lack else run_node("--test-reporter=spec", *sys.argv[2:], HERE / f"{name}.test.mjs", PYTHON=sys.executable)


if __name__ == "__main__":
    sys.exit(main())
