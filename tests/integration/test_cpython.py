"""snapq's pickle machine reads the same as CPython: both read thousands of damaged pickles, the same in each run.

`scripts/fuzz cpython SECONDS` tries others.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import unittest
from pathlib import Path
from unittest import mock

from program import SAMPLE_DIVISOR, SCRIPTS, main

sys.path.insert(0, str(SCRIPTS))

from lib import pickle_differential, pickle_reference  # noqa: E402
from lib.pickle_reference import answer  # noqa: E402

PRINT_PICKLE = os.environ.get("PRINT_PICKLE", "")
PICKLES = 12_000 // SAMPLE_DIVISOR


class BothDecoders(unittest.TestCase):
    def test_damaged_pickles(self) -> None:
        outcome = pickle_differential.compare(PRINT_PICKLE, count=PICKLES)
        self.assertEqual(outcome.findings, [], "rules are in scripts/lib/pickle_differential.py")
        self.assertGreater(outcome.ways["the same"], len(pickle_differential.seeds()))

    def test_a_difference_is_found(self) -> None:
        """Answers that differ in one item, one key's order, one kind."""
        structure = pickle_differential.Structure()
        one = answer(b"(K\x01K\x02t.").splitlines()
        for other in (b"(K\x02K\x01t.", b"(K\x01K\x02l.", b"(K\x01G?\xf0\0\0\0\0\0\0t.", b"(K\x01t."):
            fits, _ = pickle_differential.verdict(structure, one, answer(other).splitlines())
            self.assertFalse(fits, other)
        self.assertEqual(pickle_differential.verdict(structure, one, ["refused byte 3: for no reason"])[0], False)

    def test_nothing_runs_in_the_reference(self) -> None:
        self.assertIn("Refused", answer(b"cos\nsystem\n(Vtrue\ntR."))

    def test_the_reference_answers_when_its_time_is_over(self) -> None:
        """The timer may end it at any point: while it reads, prints, or says why it refuses."""
        before = signal.signal(signal.SIGPROF, pickle_reference.out_of_time)
        self.addCleanup(signal.signal, signal.SIGPROF, before)
        data = pickle.dumps(list(range(30_000)))
        with mock.patch.object(pickle_reference, "SECONDS", 0.001):
            answers = [answer(data if number % 2 else data[:-1]) for number in range(40)]
        self.assertIn("refused Refused: 'took too long'", answers)

    def test_findings_are_made_small(self) -> None:
        """A decoder that always gives the same answer differs from CPython on a pickle of one opcode."""
        echo = Path(__file__).with_name("always_none.py")
        with pickle_differential.Comparison(str(echo)) as comparison:
            fits, how = comparison.verdict(b"](K\x07K\x08e.")
            self.assertFalse(fits)
            self.assertEqual(comparison.minimized(b"](K\x07K\x08e.", how), b"].")


if __name__ == "__main__":
    if not PRINT_PICKLE:
        print("PRINT_PICKLE does not name the program under test")
        sys.exit(77)
    main()
