"""Parses SQL with sqlfluff's Redshift grammar."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _linter() -> Any:
    from sqlfluff.core import FluffConfig, Linter

    overrides = {"dialect": "redshift", "templater": "raw", "large_file_skip_byte_limit": 0}
    return Linter(config=FluffConfig(overrides=overrides))


def unparsable(sql: str) -> list[str]:
    """What of a statement Redshift's grammar does not know, with line and column; empty when all of it parses."""
    parsed = _linter().parse_string(sql)
    return [
        f"{error.line_no}:{error.line_pos} {str(error.desc()).splitlines()[0]}"
        for error in parsed.violations
        if error.rule_code() in ("PRS", "LXR", "TMP")
    ]
