"""README's chapter "What is guaranteed" names a test behind each sentence, and each of those tests exists."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

from program import ROOT, SNAPQ, main

HERE = Path(__file__).resolve().parent
BUILD = Path(SNAPQ).parent


def chapter() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^## What is guaranteed\n(.*?)^## ", text, re.M | re.S)
    if found is None:
        raise AssertionError("README.md has no chapter 'What is guaranteed'")
    return found[1]


def names_behind(sentence: str) -> list[str]:
    return re.findall(r"`([^`]+)`", sentence.rpartition("Tests: ")[2])


def tests_of_the_suite() -> set[str]:
    listed = subprocess.run(["ctest", "--test-dir", BUILD, "-N"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ *Test +#\d+: (?:[at]san: )?(.*?)\s*$", listed, re.M))


class Guarantees(unittest.TestCase):
    def setUp(self) -> None:
        promised, _, self.excluded = chapter().partition("**Not guaranteed**")
        self.sentences = [line for line in promised.splitlines() if line.startswith("- ")]

    def test_every_sentence_names_its_tests(self) -> None:
        self.assertGreaterEqual(len(self.sentences), 15)
        for sentence in self.sentences:
            with self.subTest(sentence[:60]):
                self.assertIn(" Tests: ", sentence)
                self.assertTrue(names_behind(sentence))

    def test_every_test_that_is_named_exists(self) -> None:
        suite = tests_of_the_suite()
        self.assertGreater(len(suite), 100)
        for name in sorted({name for sentence in self.sentences for name in names_behind(sentence)}):
            with self.subTest(name):
                self.assertTrue(self.exists(name, suite), name)

    def test_a_name_that_does_not_exist_would_be_found(self) -> None:
        suite = tests_of_the_suite()
        for name in ("test_nothing", "test_faults.Nothing", "tests/unit/io/test_nothing.cpp", "tests/support/catch.hpp"):
            self.assertFalse(self.exists(name, suite), name)

    def exists(self, name: str, suite: set[str]) -> bool:
        """A C++ test file with test cases that the suite runs, a script of the suite, or a class of tests in one."""
        if "/" in name:
            path = ROOT / name
            return path.is_file() and self.is_run(path, suite)
        stem, _, member = name.partition(".")
        path = HERE / f"{stem}.py"
        if not path.is_file() or f"integration: {stem}" not in suite:
            return False
        return not member or re.search(rf"^class {member}\(", path.read_text(encoding="utf-8"), re.M) is not None

    @staticmethod
    def is_run(path: Path, suite: set[str]) -> bool:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":  # a test of large files is one with the option SNAPQ_LARGE only
            return "unittest.main()" in text or f"integration: {path.stem}" in suite
        cases = re.findall(r'TEST_CASE\("((?:[^"\\]|\\.)*)"', text)
        return bool(cases) and all(any(test.endswith(case) for test in suite) for case in cases)

    def test_what_is_not_guaranteed_is_said_too(self) -> None:
        self.assertGreaterEqual(len([line for line in self.excluded.splitlines() if line.startswith("- ")]), 5)


if __name__ == "__main__":
    main()
