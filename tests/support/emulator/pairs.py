"""Which fault is tried at which statement."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

from .faults import ANSWER_LOST, FAULTS, Fault, Statement

# Every pair of statement and fault (two hours), else some models, each statement with one fault, the faults taking turns.
ALL_PAIRS = os.environ.get("QUPERSYNC_FAULTS") == "all"


def pairs(statements: list[Statement]) -> Iterator[tuple[Statement, Fault]]:
    """The pairs to try: a lost answer matters where a transaction ends, the other faults everywhere."""
    turns = itertools.cycle(fault for fault in FAULTS if fault is not ANSWER_LOST)
    for statement in statements:
        if statement.kind.rstrip(";") in ("commit", "end"):
            yield statement, ANSWER_LOST
        for fault in FAULTS if ALL_PAIRS else (next(turns),):
            if fault is not ANSWER_LOST:
                yield statement, fault
