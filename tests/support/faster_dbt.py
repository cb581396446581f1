"""What dbt-redshift and its driver do again and again for the same answer, done once. Neither changes what a build does.

``redshift_connector`` asks for the whole stack at each connection, with the source lines of every frame, to learn the name of
one module; under pytest the stack is deep. ``dbt-redshift`` tokenizes each statement to count those in it, and most of what it
sends are the same queries of the catalog.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import sqlparse

_stack, _split = inspect.stack, functools.lru_cache(maxsize=4096)(sqlparse.split)


def _stack_without_lines(context: int = 1) -> list[inspect.FrameInfo]:
    return _stack(0)


def _split_once(sql: str, *arguments: Any, **options: Any) -> list[str]:
    return list(_split(sql, *arguments, **options))


def make_dbt_faster() -> None:
    """Replace both, for this process."""
    inspect.stack, sqlparse.split = _stack_without_lines, _split_once
