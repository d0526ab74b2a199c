"""convert of a 300 MB snapshot takes at most 64 MiB, 32 bytes for each event, and 8 MiB for each thread beyond 4.

Takes half a minute and half a gigabyte of disk, so it is a test only with the CMake option SNAPQ_LARGE; by hand:

    SNAPQ=build/release/snapq tests/integration/large_convert_memory.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from pathlib import Path

from program import SCRIPTS, SNAPQ, ProgramTest, main

SIZE = "300MB"
MIB = 1 << 20


class Memory(ProgramTest):
    def snapshot(self, mix: str, form: str) -> Path:
        path = self.directory / f"{mix}-{form}.pickle"
        command = [
            sys.executable,
            "-B",
            SCRIPTS / "generate_snapshot.py",
            "--size",
            SIZE,
            "--mix",
            mix,
            "--form",
            form,
        ]
        subprocess.run([*command, "-o", path], check=True, capture_output=True)
        return path

    def test_peak_of_memory(self) -> None:
        for mix, form in (("training", "cpython"), ("inference", "cpp")):
            source = self.snapshot(mix, form)
            for threads in (1, 4):
                with self.subTest(mix=mix, form=form, threads=threads):
                    options = ("--threads", str(threads), "--force", "-q", "--stats=json")
                    result = self.snapq("convert", source, "-o", "out.zip", *options)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    report = json.loads(result.stdout)["conversions"][0]
                    peak = max(phase["vm_hwm_bytes"] for phase in report["phases"])
                    budget = 64 * MIB + 32 * report["events"]
                    print(
                        f"{mix}, {form}, {threads} threads: {report['events']} events, VmHWM {peak / MIB:.1f} MiB of "
                        f"{budget / MIB:.1f} MiB"
                    )
                    self.assertLessEqual(peak, budget)
            source.unlink()


if __name__ == "__main__":
    main()
