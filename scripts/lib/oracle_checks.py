"""Compares an archive with scripts/oracle.py, the second implementation of the timeline rules."""

from __future__ import annotations

from collections.abc import Callable

import oracle

from lib.archive_checks import FIGURES, Case, same

# Attributes of oracle.Element and the columns of table `allocations` that hold them.
COLUMNS = {
    "size": "size",
    "origin": "origin",
    "alloc_event": "alloc_event",
    "free_requested_event": "free_requested_event",
    "free_completed_event": "free_completed_event",
    "end_event": "end_event",
    "start_step": "start_timestep",
    "end_step": "end_timestep",
}


def check_oracle_elements(case: Case) -> str:
    total = 0
    for device in oracle.devices_of(case.snapshot.raw):
        expected = oracle.timeline(case.snapshot.raw, device, case.archive.preexisting).elements
        rows = case.archive.dicts("SELECT * FROM allocations WHERE device = ? ORDER BY idx", device)
        same(f"device {device}: rows", len(rows), len(expected))
        for row, element in zip(rows, expected, strict=True):
            for attribute, column in COLUMNS.items():
                same(
                    f"device {device}, idx {element.idx}: {column}", row[column], getattr(element, attribute)
                )
            # other_events may have more events than necessary, but no event may be missing.
            same(
                f"device {device}, idx {element.idx}: irregular",
                row["irregular"] & element.irregular,
                element.irregular,
            )
            same(
                f"device {device}, idx {element.idx}: address",
                row["address"] % 2**64,
                element.address % 2**64,
            )
        total += len(rows)
    return f"{total} rows of allocations"


def check_oracle_points(case: Case) -> str:
    total = 0
    for device in oracle.devices_of(case.snapshot.raw):
        result = oracle.timeline(case.snapshot.raw, device, case.archive.preexisting)
        expected = oracle.allocations_json(result.elements)
        found = case.archive.elements(device) or []
        same(f"device {device}: elements", len(found), len(expected))
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            same(f"device {device}, element {number}", one, other)
            total += len(other["offsets"])
    return f"{total} points"


def check_oracle_figures(case: Case) -> str:
    devices = oracle.devices_of(case.snapshot.raw)
    for device in devices:
        result = oracle.timeline(case.snapshot.raw, device, case.archive.preexisting)
        expected = dict(result.figures)
        columns = {
            **FIGURES,
            "peak_timestep": "SELECT peak_timestep FROM devices WHERE device = ?",
            "timesteps": "SELECT timesteps FROM devices WHERE device = ?",
        }
        for name, sql in columns.items():
            same(f"device {device}: {name}", case.archive.value(sql, device), expected[name])
        others = {
            row[0] for row in case.archive.rows("SELECT event FROM other_events WHERE device = ?", device)
        }
        same(f"device {device}: missing in other_events", sorted(set(result.other_events) - others), [])
        anomalies = {
            row[0]: row[1]
            for row in case.archive.rows("SELECT kind, count FROM anomalies WHERE device = ?", device)
        }
        for kind, (count, _) in result.anomalies.items():
            same(f"device {device}: anomaly {kind}", anomalies.get(kind, 0), count)
    return f"{len(devices)} devices"


CHECKS: list[tuple[str, Callable[[Case], str]]] = [
    ("oracle elements", check_oracle_elements),
    ("oracle points", check_oracle_points),
    ("oracle figures", check_oracle_figures),
]
