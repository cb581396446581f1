"""Statements parsed by sqlglot, for static checks of SQL for Redshift."""

from __future__ import annotations

import logging
import re
from typing import Any

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of each DDL statement that it keeps as text


def parsed(sql: str) -> list[Any]:
    """The syntax trees of the statements; what sqlglot does not know is left out (see redshift_grammar for that)."""
    import sqlglot
    from sqlglot.errors import ErrorLevel

    bound = re.sub(r"\$\d+\b", "null", sql)  # a driver's placeholders; sqlglot takes $1,$ for a quoted text
    return [
        tree for tree in sqlglot.parse(bound, dialect="redshift", error_level=ErrorLevel.IGNORE) if tree is not None
    ]
