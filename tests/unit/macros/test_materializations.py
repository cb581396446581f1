"""When a view is replaced, what is dropped, and which grants are copied."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.called_macros import Macros, RefusedError, Relation

THIS = Relation("marts", "findings")
SQL = "select a from t"
VIEW = "create or replace view marts.findings as (\n    {}\n  ) with no schema binding;"


def redshift_change(definition: str, new_type: str = "bigint") -> str:
    macros = Macros("redshift", {"pg_get_viewdef": [(definition,)]})

    def columns(relation: Relation) -> list[SimpleNamespace]:
        is_new = relation.identifier == "findings__new"
        return [SimpleNamespace(name="a", data_type=new_type if is_new else "bigint")]

    macros._environment.globals["adapter"].get_columns_in_relation = columns
    return str(macros("view_change", THIS, f"\n{SQL}\n")["action"])


def test_late_binding_view_is_unchanged_if_nothing_else_is_in_it() -> None:
    assert redshift_change(VIEW.format(SQL)) == "none"
    assert redshift_change(VIEW.format(SQL).upper().replace(SQL.upper(), SQL).rstrip(";")) == "none"


@pytest.mark.parametrize("former", [f"{SQL} where a > 1", f"with t as (select 1 as a) {SQL}", f"{SQL} union all {SQL}"])
def test_late_binding_view_with_more_than_the_sql_is_replaced(former: str) -> None:
    assert redshift_change(VIEW.format(former)) == "replace"


def test_late_binding_view_with_a_column_of_another_type_is_set_aside() -> None:
    """Redshift replaces a view by one with the same columns only, types included."""
    assert redshift_change(VIEW.format("select b from t"), "varchar(64)") == "set_aside"


@pytest.mark.parametrize("kind", ["table", "materialized_view"])
def test_no_table_is_dropped(kind: str) -> None:
    macros = Macros("postgres", context={"this": THIS})
    aside = Relation("marts", "findings__outdated", kind)
    assert macros("drop_outdated", aside) is False
    assert macros.sent == []
    named = f'"marts"."findings__outdated" is a {kind.replace("_", " ")} that had the name of "marts"."findings"'
    assert named in macros.warned[0]
    # Set aside at once with the same warning; and not a second time under the same name.
    macros("set_aside", Relation("marts", "findings", kind), None)
    assert macros.sent == ['rename "marts"."findings" to "marts"."findings__outdated"']
    assert named in macros.warned[1]
    with pytest.raises(RefusedError, match="Drop it or rename it yourself"):
        macros("set_aside", THIS, aside)


def test_former_view_is_dropped_once_nothing_reads_it() -> None:
    macros = Macros("postgres", context={"this": THIS})
    assert macros("drop_outdated", Relation("marts", "findings__outdated")) is True
    assert macros.sent[-1] == 'drop view "marts"."findings__outdated"'


def test_redshift_grants_of_groups_with_the_users_name_are_copied() -> None:
    macros = Macros("redshift", {"svv_relation_privileges": [("SELECT", "group builder", False)]})
    macros("copy_grants", macros("grants_of", THIS), THIS)
    assert macros.sent[-1] == 'grant SELECT on "marts"."findings" to group builder'
    assert "not (identity_type = 'user' and identity_name = current_user)" in macros.sent[0]
    assert "identity_name like 'sys:%' or identity_name like 'ds:%'" in macros.sent[0]
    assert "SYSLOG ACCESS UNRESTRICTED" in macros.warned[0]
