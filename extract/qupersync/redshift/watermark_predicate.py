"""The watermark as SQL: the rows of a log view that can have changed since the last sync."""

from __future__ import annotations

from collections.abc import Collection

from ..domain.system_views import SystemView
from ..domain.watermark import Window
from ..sql import literal, quote, timestamp_literal


def watermark_predicate(view: type[SystemView], window: Window, present: Collection[str]) -> str:
    """The window as a condition over the view's columns (those ``present``); empty: all rows."""
    if view.time is None or window.start is None:
        return ""
    conditions = [f"{quote(view.time)} >= {timestamp_literal(window.start)}"]
    if view.end and window.changed is not None:
        changed = [f"{quote(view.end)} is null", f"{quote(view.end)} >= {timestamp_literal(window.changed)}"]
        if view.final and view.final[0] in present:
            column, values = view.final
            changed.append(f"coalesce(rtrim({quote(column)}), '') not in ({', '.join(map(literal, values))})")
        if window.ids and view.id_column:
            changed.append(f"{quote(view.id_column)} in ({', '.join(map(str, window.ids))})")
        conditions.append(f"({' or '.join(changed)})")
    return " and ".join(conditions)
