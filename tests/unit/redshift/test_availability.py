"""Which views a cluster has and which of them are read, from the catalog's answers alone."""

from __future__ import annotations

from typing import Optional

import pytest

from qupersync.domain.system_views import SYSTEM_VIEWS, Presence
from qupersync.errors import ViewAbsentError, ViewDeniedError
from qupersync.redshift.availability import Availability, Skip

PROVISIONED_ONLY = {v.view for v in SYSTEM_VIEWS.values() if v.presence is Presence.PROVISIONED}
SERVERLESS_ONLY = {v.view for v in SYSTEM_VIEWS.values() if v.presence is Presence.SERVERLESS}


class Catalog:
    """A cluster without some views and without permission on others."""

    def __init__(self, absent: set[str], denied: set[str]) -> None:
        self.absent, self.denied, self.asked = absent, denied, list[str]()

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        self.asked.append(view)
        if view in self.absent:
            raise ViewAbsentError(view)
        if view in self.denied:
            raise ViewDeniedError(view)
        return {"a": 20}


def skipped(absent: set[str] = frozenset(), denied: set[str] = frozenset()) -> dict[str, tuple[Skip, str]]:  # type: ignore[assignment]
    availability = Availability(Catalog(absent, denied))
    found = {name: (view, availability.skip(view)) for name, view in SYSTEM_VIEWS.items()}
    return {name: (skip, availability.outcome(view, skip)) for name, (view, skip) in found.items() if skip}


def test_provisioned_cluster() -> None:
    assert skipped() == {
        "sys_vacuum_history": (Skip.SUPERSEDED, "unused"),
        "sys_serverless_usage": (Skip.NOT_ON_DEPLOYMENT, "absent"),
    }


def test_serverless_workgroup() -> None:
    assert skipped(absent=PROVISIONED_ONLY) == dict.fromkeys(PROVISIONED_ONLY, (Skip.NOT_ON_DEPLOYMENT, "absent"))


@pytest.mark.parametrize(("how", "outcome"), [("absent", "absent"), ("denied", "denied")])
def test_fallback_serves_where_stl_vacuum_cannot_be_read(how: str, outcome: str) -> None:
    assert skipped(**{how: {"stl_vacuum"}}) == {
        "stl_vacuum": (Skip.FALLBACK_SERVES, outcome),
        "sys_serverless_usage": (Skip.NOT_ON_DEPLOYMENT, "absent"),
    }


def test_neither_vacuum_view_is_skipped_where_neither_can_be_read() -> None:
    assert set(skipped(denied={"stl_vacuum", "sys_vacuum_history"})) == SERVERLESS_ONLY


def test_each_view_is_asked_for_once() -> None:
    catalog = Catalog(set(), {"stl_vacuum"})
    availability = Availability(catalog)
    for view in SYSTEM_VIEWS.values():
        availability.skip(view)
        availability.answer(view.view)
    assert sorted(catalog.asked) == sorted(SYSTEM_VIEWS)
