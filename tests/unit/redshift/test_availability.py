"""Which views a cluster has and which of them are read, by its answers: absent and denied are not the same."""

from __future__ import annotations

from typing import Optional

import pytest

from qupersync.domain.system_views import SYSTEM_VIEWS, Presence
from qupersync.errors import ViewAbsentError, ViewDeniedError, ViewError, ViewLostError
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


class Answers:
    """A cluster's catalog: every view readable but for those named."""

    def __init__(self, error: type[ViewError], *views: str, absent: tuple[str, ...] = ()) -> None:
        self.errors = dict.fromkeys(views, error) | dict.fromkeys(absent, ViewAbsentError)

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        if view in self.errors:
            raise self.errors[view](view)
        return {"a": 20}


def skips(availability: Availability) -> dict[str, Optional[Skip]]:
    return {name: availability.skip(view) for name, view in SYSTEM_VIEWS.items()}


@pytest.mark.parametrize("error", [ViewAbsentError, ViewDeniedError])
def test_serverless_denies_stl_and_stv(error: type[ViewError]) -> None:
    """Real Serverless answers "permission denied", the documentation says that they do not exist."""
    found = Availability(Answers(error, *PROVISIONED_ONLY), is_serverless=True)
    assert found.deployment == "serverless"
    assert {name for name, skip in skips(found).items() if skip} == PROVISIONED_ONLY


def test_denied_slices_mean_that_there_are_none() -> None:
    """Nothing in the configuration says Serverless: every user of a provisioned cluster may read stv_slices."""
    found = Availability(Answers(ViewDeniedError, *PROVISIONED_ONLY))
    assert found.deployment == "serverless"
    assert found.skip(SYSTEM_VIEWS["sys_serverless_usage"]) is None


def test_multi_az_denies_svv_views_to_everybody() -> None:
    found = Availability(
        Answers(ViewDeniedError, *PROVISIONED_ONLY, "svv_table_info", "svv_user_info", absent=("sys_serverless_usage",))
    )
    assert skips(found)["svv_table_info"] is Skip.NOT_ON_MULTI_AZ
    assert skips(found)["svv_user_info"] is Skip.NOT_ON_MULTI_AZ
    assert found.outcome(SYSTEM_VIEWS["svv_table_info"], Skip.NOT_ON_MULTI_AZ) == "absent"


def test_serverless_that_denies_svv_views_lacks_a_grant() -> None:
    found = Availability(Answers(ViewDeniedError, *PROVISIONED_ONLY, "svv_table_info"), is_serverless=True)
    assert skips(found)["svv_table_info"] is None  # read, and so reported as denied


def test_a_workgroup_under_a_name_of_its_own_lacks_a_grant() -> None:
    """Its endpoint does not say that it is Serverless; its usage does."""
    assert "svv_table_info" not in skipped(denied=PROVISIONED_ONLY | {"svv_table_info"})


def test_a_provisioned_cluster_that_denies_some_views_lacks_grants() -> None:
    found = Availability(Answers(ViewDeniedError, "stv_partitions", "svv_table_info", absent=("sys_serverless_usage",)))
    assert found.deployment == "provisioned"
    assert skips(found)["stv_partitions"] is None
    assert skips(found)["svv_table_info"] is None
    assert skips(found)["sys_serverless_usage"] is Skip.NOT_ON_DEPLOYMENT


def test_a_lost_connection_decides_nothing() -> None:
    found = Availability(Answers(ViewLostError, "stv_slices"))
    assert found.deployment == "provisioned"
    assert skips(found)["stv_slices"] is None
