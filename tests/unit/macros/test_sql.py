"""Texts as literals: Redshift reads a backslash as an escape."""

from __future__ import annotations

import pytest

from tests.support.called_macros import Macros

TEXT = r"it's C:\new"


@pytest.mark.parametrize(("adapter", "literal"), [("postgres", r"'it''s C:\new'"), ("redshift", r"'it''s C:\\new'")])
def test_backslashes_are_doubled_on_redshift(adapter: str, literal: str) -> None:
    macros = Macros(adapter)
    assert macros("sql_literal", TEXT) == literal
    assert macros("sql_text", TEXT + "{name}").strip() == f"{literal} || cast(name as varchar(1024))"
    assert f"when {literal} then 2.5" in macros("price_of", "node_type", {TEXT: 2.5})
