"""Checks against scripts/oracle.py, the plain model of elements and points."""

from __future__ import annotations

from collections.abc import Callable

from lib.archive_checks import Case

CHECKS: list[tuple[str, Callable[[Case], str]]] = []
