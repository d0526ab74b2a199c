"""Finds which lines of a function are the same line in two runs, by trying all pairings.

It is a second implementation of the rules in src/analysis/diff/align.hpp, made from these rules alone:

1. If both sides have the same line numbers, equal numbers are a pair.
2. Otherwise lines may have moved, but not past each other, so a pairing keeps the order of the lines on both
   sides. Of all such pairings the one with the highest score is taken.
3. A pair explains the smaller of both lines' bytes; half of that if the bytes differ, and half again if the ops of
   both lines are known and differ. The score of a pairing is the sum of what its pairs explain, less the costs of
   shifts (new minus base number). Where the shift changes from one pair to the next, a quarter of the smaller of what
   both explain is lost; if it changes by more than 10 lines, all of it. The first pair loses a quarter or all of what
   it explains if its shift is not 0.
4. If scores are equal, more pairs are better, then a smaller sum of all shifts, then the pairing that is smaller as a
   list of pairs.
5. If a side has more than 256 lines, only equal numbers are paired.

All amounts are counted in sixteenths of a byte, so that no fraction is lost.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

MOST_LINES = 256
NEAR = 10  # lines
MOST_PAIRINGS = 300  # if there are more, best_by_steps() finds the best one pair by pair


class Line(NamedTuple):
    number: int
    bytes: int  # its maximum over the trace
    op: str     # "" if it is not known


Pair = tuple[int, int]  # indices into both lists
Rank = tuple[int, int, int, list[Pair]]  # the smallest is the best


def explained(base: Line, new: Line) -> int:
    amount = 16 * min(base.bytes, new.bytes)
    if base.bytes != new.bytes:
        amount //= 2
    if base.op and new.op and base.op != new.op:
        amount //= 2
    return amount


def cost(change: int, amount: int) -> int:
    if change == 0:
        return 0
    return amount // 4 if abs(change) <= NEAR else amount


def rank(pairs: list[Pair], base: list[Line], new: list[Line]) -> Rank:
    score = moved = shift = 0
    before = None
    for i, j in pairs:
        amount = explained(base[i], new[j])
        change = new[j].number - base[i].number - shift
        score += amount - cost(change, amount if before is None else min(before, amount))
        shift += change
        before = amount
        moved += abs(shift)
    return -score, -len(pairs), moved, pairs


def all_pairings(base: int, new: int) -> Iterator[list[Pair]]:
    for count in range(min(base, new) + 1):
        for left in itertools.combinations(range(base), count):
            for right in itertools.combinations(range(new), count):
                yield list(zip(left, right, strict=True))


def best_by_listing(base: list[Line], new: list[Line]) -> list[Pair]:
    return min(all_pairings(len(base), len(new)), key=lambda pairs: rank(pairs, base, new))


def best_by_steps(base: list[Line], new: list[Line]) -> list[Pair]:
    """The same for longer lists: finds for each pair the best pairing of the lines after it."""

    def behind(last: Pair | None) -> Iterator[Pair]:
        i, j = last or (-1, -1)
        return itertools.product(range(i + 1, len(base)), range(j + 1, len(new)))

    @functools.cache
    def rest(last: Pair | None) -> Rank:
        best: Rank = (0, 0, 0, [])
        for pair in behind(last):
            tail = rest(pair)
            shift = new[pair[1]].number - base[pair[0]].number
            amount = explained(base[pair[0]], new[pair[1]])
            before, smaller = 0, amount
            if last is not None:
                before = new[last[1]].number - base[last[0]].number
                smaller = min(amount, explained(base[last[0]], new[last[1]]))
            score = tail[0] - amount + cost(shift - before, smaller)
            best = min(best, (score, tail[1] - 1, tail[2] + abs(shift), [pair, *tail[3]]))
        return best

    return rest(None)[3]


def pair_lines(base: list[Line], new: list[Line]) -> list[Pair]:
    """Both lists are sorted by their numbers, which occur once."""
    numbers = [line.number for line in new]
    equal = [(i, numbers.index(line.number)) for i, line in enumerate(base) if line.number in numbers]
    if [line.number for line in base] == numbers or max(len(base), len(new)) > MOST_LINES:
        return equal
    if math.comb(len(base) + len(new), len(base)) <= MOST_PAIRINGS:
        return best_by_listing(base, new)
    return best_by_steps(base, new)
