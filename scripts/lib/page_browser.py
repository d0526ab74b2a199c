"""node, its modules and Chromium, for the scripts and tests that look at the page of `snapq report`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE_TESTS = ROOT / "tests" / "page"
LEAST_NODE = 18


def modules_folder() -> Path:
    """Where scripts/lib/npm_modules.sh installs the npm modules."""
    return Path(os.environ.get("SNAPQ_PAGE_MODULES", ROOT / "build" / "npm" / "page"))


def chromium() -> str | None:
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def node_version() -> int:
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", told)
    return int(found[1]) if found else 0


def missing_modules() -> str | None:
    """Why the npm modules cannot be used; None if they can."""
    folder = modules_folder()
    if not shutil.which("node"):
        return "there is no node (Debian: nodejs)"
    if node_version() < LEAST_NODE:
        return f"node is older than version {LEAST_NODE}"
    if not (folder / "node_modules").is_dir():
        return f"there are no npm modules in {folder} (scripts/test installs them)"
    if (folder / "package-lock.json").read_bytes() != (PAGE_TESTS / "package-lock.json").read_bytes():
        return f"the npm modules in {folder} are not those of package-lock.json (scripts/test installs them)"
    return None


def missing_browser() -> str | None:
    """Why no page can be opened; None if one can."""
    return missing_modules() or (None if chromium() else "there is no Chromium (Debian: chromium)")


def run_node(*arguments: str | Path, **environment: str) -> int:
    """Runs node on a module of tests/page, which finds the npm modules and Chromium by variables of the environment."""
    found = {"SNAPQ_PAGE_MODULES": str(modules_folder()), "CHROMIUM": chromium() or ""}
    return subprocess.run(["node", *arguments], env={**os.environ, **found, **environment}, check=False).returncode
