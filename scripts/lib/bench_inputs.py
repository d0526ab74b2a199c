"""The inputs of the benchmarks. They are generated once into a folder, and again when the model has changed."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[1]
SIZES = {"S": "30MB", "M": "300MB", "L": "1.3GB", "XL": "5GB"}
MIXES = ("training", "inference")
FORMS = ("cpython", "cpp")
IMPORT = re.compile(r"^from lib(?:\.(\w+))? import ([\w, ]+)", re.M)


def generated(folder: Path, size: str, mix: str, form: str, say: Callable[[str], None]) -> Path:
    """Returns a pickle of this size (a key of SIZES, or a size such as 500kB), mix and form; makes it if necessary."""
    path = folder / f"{mix}-{form}-{size}.pickle"
    recipe = folder / f"{path.name}.recipe"
    stamp = model_stamp()
    if path.exists() and recipe.exists() and recipe.read_text() == stamp:
        return path
    say(f"generating {path.name}")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ["--size", SIZES.get(size, size), "--mix", mix, "--form", form]
    subprocess.run(
        [sys.executable, SCRIPTS / "generate_snapshot.py", *wanted, "-o", path],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    recipe.write_text(stamp)
    return path


def model_stamp() -> str:
    """A checksum of the scripts that make the inputs. Inputs are made again when it changes."""
    import zlib  # only here: the benchmark's process must stay small

    value = 0
    for path in sorted(with_imports(SCRIPTS / "generate_snapshot.py", set())):
        value = zlib.crc32(path.read_bytes(), value)
    return str(value)


def with_imports(path: Path, found: set[Path]) -> set[Path]:
    """Adds to `found` a script and the modules of scripts/lib that it imports, directly or indirectly."""
    if path not in found and path.exists():
        found.add(path)
        for module, names in IMPORT.findall(path.read_text()):
            for name in [module] if module else names.split(","):
                with_imports(SCRIPTS / "lib" / f"{name.strip()}.py", found)
    return found


def memory_kib(name: str) -> int:
    """The KiB in a line of /proc/meminfo; 0 if there is no such line."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def machine() -> dict[str, Any]:
    names = (
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    return {
        "cpu": next(names, platform.machine()),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib("MemTotal") / 2**20, 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def load() -> str:
    """A remark for the report if other work made the machine too busy for exact times; else empty."""
    running = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    return (
        f"; a busy machine (load {running:.1f} on {cores} cores), so times are rough"
        if running > 1.5 * cores
        else ""
    )
