"""The report as one HTML file: script and style inside, every text of the data escaped and cut."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from .model import Column, Report

TEXT_LENGTH = 240  # characters of a query, a reason or a name that the page shows
_FINE, _COARSE = 10, 1000


def render(report: Report) -> str:
    """The page."""
    import jinja2

    here = files(__package__)
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(cell=cell, number=number)
    charts = {
        chart.name: {
            "kind": chart.kind, "unit": chart.unit, "labels": chart.labels, "series": chart.series,
            "marks": chart.marks, "stacked": chart.kind == "bar" and len(chart.series) > 1,
        }
        for section in report.sections
        for chart in section.charts
    }  # fmt: skip
    template = environment.from_string((here / "page.html").read_text(encoding="utf-8"))
    return template.render(
        report=report,
        charts=_for_script(charts),
        style=_trusted((here / "page.css").read_text(encoding="utf-8")),
        library=_trusted((here / "chart.umd.min.js").read_text(encoding="utf-8")),
        script=_trusted((here / "page.js").read_text(encoding="utf-8")),
    )


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _for_script(data: Any) -> Any:
    """JSON that cannot end the script element it stands in, whatever a cluster or a table is called."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _trusted(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def cell(value: Any, column: Column) -> str:
    """A value as the page shows it."""
    if value is None:
        return ""
    if column.kind == "number":
        return number(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = str(value) or "(none)"
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"


def number(value: Any) -> str:
    """A number with as many digits as its size is worth."""
    if isinstance(value, (float, Decimal)) and value != int(value):
        exact = float(value)
        size = abs(exact)
        return f"{exact:,.2f}" if size < _FINE else f"{exact:,.1f}" if size < _COARSE else f"{exact:,.0f}"
    return f"{int(value):,}"
