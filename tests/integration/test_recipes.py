#!/usr/bin/env python3
"""The output of each examples/recipes/NAME.sql on the sample is that in NAME.txt next to it.

    test_recipes.py --update     writes the current outputs into the .txt files
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECIPES = sorted((EXAMPLES / "recipes").glob("*.sql"))
PROGRAM = os.environ.get("SNAPQ")


class Recipes(unittest.TestCase):
    update = False

    def test_output_is_as_shown(self) -> None:
        with tempfile.TemporaryDirectory(prefix="recipes-") as directory:
            archive = Path(directory) / "sample.zip"
            subprocess.run([PROGRAM, "convert", "-q", EXAMPLES / "sample-training-step.pickle", "-o", archive], check=True)
            for recipe in RECIPES:
                with self.subTest(recipe=recipe.name):
                    result = subprocess.run([PROGRAM, "query", archive, "-f", recipe], capture_output=True, text=True,
                                            check=False)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    self.assertGreater(len(result.stdout.splitlines()), 2, "a recipe without an answer")
                    shown = recipe.with_suffix(".txt")
                    if self.update:
                        shown.write_text(result.stdout)
                    self.assertEqual(result.stdout, shown.read_text())

    def test_every_recipe_says_what_it_answers(self) -> None:
        self.assertGreaterEqual(len(RECIPES), 10)
        for recipe in RECIPES:
            self.assertTrue(recipe.read_text().startswith("-- "), recipe.name)


if __name__ == "__main__":
    if not PROGRAM:
        sys.exit(77)
    if "--update" in sys.argv:
        sys.argv.remove("--update")
        Recipes.update = True
    unittest.main()
