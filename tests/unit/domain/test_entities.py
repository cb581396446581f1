"""The entities: fields, types and derived properties as specified."""

from __future__ import annotations

import inspect
from dataclasses import fields
from datetime import datetime, timezone

import pytest

from qupersync.domain.entities import ENTITIES, BaseEntity, NodeDetails, QueryHistory, TableStats, VacuumHistory

AT = datetime(2026, 1, 2, 3, 4, 5)
QUERY = (1, "h", "u", "a", "d", "success", "SELECT", 1_500_000, 0, 0, 1, 0, 131_072, AT, AT, None)
SPECIFIED = {
    TableStats: "schema table_name table_id tbl_rows size_mb unsorted_pct pct_skew_across_slices diststyle sort_key1 "
    "sortkey_num encoded pct_rows_marked_for_deletion last_vacuum_date vacuum_type",
    QueryHistory: "query_id query_hash user_name application_name database_name status query_type execution_time_us "
    "queue_time_us compile_time_us rows_returned bytes_scanned spilled_blocks start_time end_time error_message",
    VacuumHistory: "table_id table_name schema vacuum_type status start_time end_time reclaimable_rows impacted_blocks",
    NodeDetails: "node_id node_type slice_count is_nvme capacity_mb used_mb",
}


@pytest.mark.parametrize("entity", ENTITIES.values())
def test_field_order(entity: type[BaseEntity]) -> None:
    assert issubclass(entity, BaseEntity)
    positional = [
        name
        for name, parameter in inspect.signature(entity).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional == SPECIFIED[entity].split()  # type: ignore[index]
    assert list(entity.field_types()) == [*positional, "synced_at"]


def test_field_types() -> None:
    assert TableStats.field_types()["tbl_rows"] is int
    assert TableStats.field_types()["last_vacuum_date"] is datetime
    assert TableStats.field_types()["synced_at"] is datetime
    assert TableStats.nullable_fields() == {"tbl_rows", "unsorted_pct", "sort_key1", "last_vacuum_date", "vacuum_type"}
    assert QueryHistory.nullable_fields() == {"error_message"}
    assert VacuumHistory.nullable_fields() == {"end_time", "reclaimable_rows", "impacted_blocks"}
    assert NodeDetails.nullable_fields() == set()


def test_to_dict_sets_synced_at_without_mutation() -> None:
    entity = QueryHistory(*QUERY)
    before = datetime.now(timezone.utc).replace(tzinfo=None)
    made = entity.to_dict()
    assert entity.synced_at is None
    assert made["synced_at"].tzinfo is None
    assert made["synced_at"] >= before
    assert list(made) == [*SPECIFIED[QueryHistory].split(), "synced_at"]
    assert QueryHistory(*QUERY, synced_at=AT).to_dict()["synced_at"] == AT


def test_derived_properties() -> None:
    assert QueryHistory(*QUERY).execution_seconds == 1.5
    assert QueryHistory(*QUERY).spill_gb == 1.0
    run = VacuumHistory(1, "t", "s", "FULL", "Finished", AT, None, None, 17)
    assert run.reclaimable_gb == 17 / 1024
    assert VacuumHistory(1, "t", "s", "FULL", "Started", AT, None, None, None).reclaimable_gb is None
    assert NodeDetails(0, "ra3.4xlarge", 4, True, 2048, 512).storage_utilization_pct == 25.0
    assert NodeDetails(0, "ra3.4xlarge", 4, True, 2048, 512).capacity_gb == 2.0
    assert NodeDetails(0, "unknown", 0, False, 0, 512).storage_utilization_pct == 0.0


def test_to_dict_round_trip() -> None:
    entity = QueryHistory(*QUERY, synced_at=AT)
    assert QueryHistory(**entity.to_dict()) == entity
    assert {f.name for f in fields(entity)} == set(entity.to_dict())


def test_base_entity_has_synced_at_only() -> None:
    assert BaseEntity.field_types() == {"synced_at": datetime}
