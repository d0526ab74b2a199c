#!/usr/bin/env python3
"""The examples of README.md print what README.md says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECK = Path(__file__).resolve().parents[2] / "scripts" / "check_readme.py"

sys.exit(subprocess.run([sys.executable, "-B", str(CHECK)], check=False).returncode)
