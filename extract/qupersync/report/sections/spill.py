"""Which queries spill to disk?"""

from __future__ import annotations

from ..chart_helpers import daily
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import PATTERN, number
from .patterns import top_patterns


def spill(marts: Marts) -> Section:
    """Spill by day, and the query patterns that spilled the most."""
    rows = top_patterns(marts, "spill", "spilled_blocks > 0")
    columns = (
        *PATTERN, Column("user_name", "a user"), number("spill", "spill GB"), number("queries", "runs"),
        number("mean_seconds", "mean s"),
    )  # fmt: skip
    return Section(
        "spill", "Which queries spill to disk?",
        charts=[daily(marts, "spill", "Spill per day", "GB", "{spill_gb}")],
        tables=[Table("Patterns that spill", columns, rows, "No query spilled in these days.")],
    )  # fmt: skip
