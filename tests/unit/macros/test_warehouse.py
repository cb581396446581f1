"""What was there before the first build in a project that uses this package."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.called_macros import Macros, RefusedError, Relation


def refuse(present: Relation) -> None:
    """A first build, where a relation has the name of one of our views and its columns."""
    view = SimpleNamespace(
        name="findings", database="dev", schema="marts", alias="findings", columns={"a": None},
        config=SimpleNamespace(materialized="qupersync_view"),
    )  # fmt: skip
    ledger = SimpleNamespace(name="absorbed_syncs", database="dev", schema="views", alias="absorbed_syncs")
    macros = Macros("postgres")
    macros._environment.globals.update(
        builds_own_models=lambda: True,
        is_installed_package=lambda: True,
        own_models=lambda: [ledger, view],
        selected_own_models=lambda: [view],
    )
    adapter = macros._environment.globals["adapter"]
    adapter.get_relation = lambda _, schema, name: present if name == present.identifier else None
    adapter.get_columns_in_relation = lambda relation: [SimpleNamespace(name="a")]
    macros("refuse_foreign_relations")


def test_first_build_can_be_repeated_after_it_was_interrupted() -> None:
    refuse(Relation("marts", "findings"))


def test_table_with_the_name_of_a_view_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"marts\.findings exists and was not built by QuperSync"):
        refuse(Relation("marts", "findings", "table"))
