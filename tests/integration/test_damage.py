"""Damaged snapshots and archives through the real program: exit code, one line with name and offset, nothing left behind,
bounded memory. A sample; every place is tried in one process by tests/damage.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from program import CPP_SAMPLE, ROOT, SAMPLE, SAMPLE_DIVISOR, ProgramTest, Result, is_sanitized, main

SEEDS = ROOT / "tests" / "corpus"
CONVERT_KIB, QUESTION_KIB = 64 << 10, 48 << 10
# Parts of errors about a file as a whole, which have no offset.
ABOUT_THE_WHOLE = ("not a memory snapshot", "is not a list", "a zip archive without data.pkl", "is not a snapq archive",
                   "without elements.db", "without an embedded snapshot", "the file holds 2 snapshots")  # fmt: skip
SQL = "SELECT idx, size, start_time, end_time, callstack FROM allocs"


def damaged(good: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Damaged copies: cut, with one bit or all bits of a byte flipped, in turn. The seed chooses the places."""
    dice = random.Random(seed)
    for number in range(max(3, count // SAMPLE_DIVISOR)):
        at = dice.randrange(len(good))
        if number % 3 == 0:
            yield f"cut at {at}", good[:at]
        else:
            mask = 0xFF if number % 3 == 1 else 1 << dice.randrange(8)
            yield f"byte {at} ^ {mask}", good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :]


class Damage(ProgramTest):
    def assert_names_the_place(self, result: Result, name: str) -> None:
        errors = [line for line in result.stderr.splitlines() if line.startswith("snapq: error: ")]
        self.assertEqual((result.returncode, len(errors)), (3, 1), result.stderr)
        self.assertIn(name, errors[0])
        if not any(words in errors[0] for words in ABOUT_THE_WHOLE):
            self.assertRegex(errors[0], rf"{name}: (byte \d+: |truncated: the file ends at byte \d+, inside )")

    def snapshots(self) -> Iterator[Path]:
        for folder in ("snapshot", "json", "container"):
            yield from sorted((SEEDS / folder).glob("seed-*"))
        yield from (SAMPLE, CPP_SAMPLE)

    def test_snapshots(self) -> None:
        refused = read = 0
        for seed, path in enumerate(self.snapshots()):
            for label, data in damaged(path.read_bytes(), 12, seed):
                (self.directory / "in").write_bytes(data)
                with self.subTest(path.name, damage=label):
                    result = self.run_bounded(CONVERT_KIB, "convert", "in", "-o", "out.zip", "-q")
                    if result.returncode == 0:
                        read += 1
                        self.assertEqual(self.names(), ["in", "out.zip"])
                        self.assertEqual(self.snapq("verify", "-q", "out.zip").returncode, 0)
                        (self.directory / "out.zip").unlink()
                        continue
                    refused += 1
                    self.assert_names_the_place(result, "in")
                    self.assertEqual(self.names(), ["in"])
        self.assertGreater(refused, 2 * read)
        self.assertGreater(read, 0)

    def test_archives(self) -> None:
        for seed, options in enumerate(((), ("--compression", "zstd"), ("--compression", "store"))):
            good = self.convert(CPP_SAMPLE, "--max-points", "4", *options, target="good.zip").read_bytes()
            answers = {name: self.snapq(*command).stdout for name, command in self.questions("good.zip").items()}
            for label, data in damaged(good, 15 if is_sanitized() else 45, seed):
                (self.directory / "bad.zip").write_bytes(data)
                sound = self.snapq("verify", "-q", "bad.zip").returncode == 0
                for name, command in self.questions("bad.zip").items():
                    with self.subTest(options=options, damage=label, command=name):
                        result = self.run_bounded(QUESTION_KIB, *command)
                        if result.returncode == 0:
                            self.assertEqual(result.stdout.replace("bad.zip", "good.zip"), answers[name])
                            continue
                        self.assertFalse(sound)
                        self.assert_names_the_place(result, "bad.zip")
                        self.assertEqual(self.names(), ["bad.zip", "good.zip"])

    @staticmethod
    def questions(archive: str) -> dict[str, tuple[str, ...]]:
        return {
            "query": ("query", archive, SQL),
            "summary": ("summary", archive, "--format", "json"),
            "info": ("info", archive, "--format", "json"),
            "verify": ("verify", archive),
        }


if __name__ == "__main__":
    main()
