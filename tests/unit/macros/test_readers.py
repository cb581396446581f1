"""Readers that leave, and roles that Redshift does not show to the user who builds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.called_macros import Macros, RefusedError

GIVEN = [("marts", "", "role gone"), ("marts", "findings", "role gone"), ("marts", "findings", "group dropped")]


def readers(adapter: str, *names: str, known: tuple[str, ...] = ()) -> Macros:
    def var(name: str, default: Any = None) -> Any:
        return {"readers": list(names)}.get(name, default)

    macros = Macros(adapter, {"as grantee": [(name,) for name in known]}, {"var": var})
    macros._environment.globals["builds_own_models"] = lambda: True
    return macros


def test_former_readers_lose_their_rights_whatever_redshift_shows() -> None:
    macros = readers("redshift", known=("kept",))
    macros("revoke_from_former_readers", GIVEN, "given")
    assert [text for text in macros.sent if not text.startswith("select ")] == [
        'revoke usage on schema "marts" from role "gone"',
        'revoke select on "marts"."findings" from role "gone"',
        "delete from given where reader = 'role gone'",
        "delete from given where reader = 'group dropped'",  # pg_group shows all groups: its grants went with it
    ]
    assert not [text for text in macros.sent if "privileges" in text]
    assert "delete from given where reader = 'role gone'" in macros.warned[0]


def test_relation_that_is_gone_is_not_revoked() -> None:
    macros = readers("postgres", known=("left",))
    macros._environment.globals["adapter"].get_relation = lambda *names: None
    macros("revoke_from_former_readers", [("marts", "former", "left")], "given")
    assert [text.split()[0] for text in macros.sent] == ["select", "delete"]


def test_role_that_redshift_may_hide_is_warned_of() -> None:
    macros = readers("redshift", "role analysts", "ann", known=("ann",))
    macros("refuse_unknown_readers")
    assert 'var readers names "role analysts", which target it does not show to builder' in macros.warned[0]


@pytest.mark.parametrize(("adapter", "name"), [("redshift", "group x"), ("postgres", "role x")])
def test_unknown_reader_is_refused(adapter: str, name: str) -> None:
    with pytest.raises(RefusedError, match="nothing was built"):
        readers(adapter, name, known=("ann",))("refuse_unknown_readers")
