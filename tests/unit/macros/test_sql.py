"""Texts as literals: Redshift reads a backslash as an escape."""

from __future__ import annotations

import pytest

from tests.support.called_macros import Macros

TEXT = r"it's C:\new"


@pytest.mark.parametrize(("adapter", "literal"), [("postgres", r"'it''s C:\new'"), ("redshift", r"'it''s C:\\new'")])
def test_backslashes_are_doubled_on_redshift(adapter: str, literal: str) -> None:
    prices = {"node_hour_prices": {TEXT: 2.5}}
    macros = Macros(adapter, context={"var": lambda name, default=None: prices.get(name, default)})
    assert macros("sql_literal", TEXT) == literal
    assert macros("sql_text", TEXT + "{name}").strip() == f"{literal} || cast(name as varchar(1024))"
    assert f"billed.node_type = {literal} then 2500000000" in macros("price_of", "billed")
