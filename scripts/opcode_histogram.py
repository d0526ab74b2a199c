#!/usr/bin/env python3
"""Prints how often each pickle opcode occurs in each of some files, per thousand opcodes.

    scripts/opcode_histogram.py generated.pickle recorded.pickle
"""

from __future__ import annotations

import argparse
import pickletools
import sys
from collections import Counter
from pathlib import Path


def shares(path: Path) -> dict[str, float]:
    with path.open("rb") as file:
        counts = Counter(opcode.name for opcode, _, _ in pickletools.genops(file))
    return {name: 1000 * count / counts.total() for name, count in counts.items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    files: list[Path] = parser.parse_args().files
    columns = [shares(path) for path in files]
    print(f"{'opcode':18}" + "".join(f"{path.name[:22]:>24}" for path in files))
    for name in sorted(set().union(*columns), key=lambda key: -max(column.get(key, 0) for column in columns)):
        print(f"{name:18}" + "".join(f"{column.get(name, 0):24.2f}" for column in columns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
