"""Parsing with Redshift's grammar."""

from __future__ import annotations

from tests.support.redshift_grammar import unparsable


def test_redshift_statements_parse() -> None:
    assert unparsable("create table t (a bigint) diststyle key distkey (a) compound sortkey (a)") == []


def test_errors_have_their_place() -> None:
    (error,) = unparsable("select a\nfrom t\nwher a = 1 2")
    assert error.startswith("3:")
