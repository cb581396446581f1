"""A thousand random staged rows of each view: the models derive what the entity dataclasses derive."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qupersync.domain.entities import ENTITIES, BaseEntity
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import BUILD, dbt
from tests.support.staged_rows import stage
from tests.support.warehouses import execute

ROWS = 1000
SYNCED = datetime(2026, 6, 1, 12)
START = datetime(2026, 5, 25)

counts = st.none() | st.integers(0, 2**31) | st.integers(0, 2**50)
padded = st.sampled_from([0, 1, 30])


def words(*known: str) -> st.SearchStrategy[str | None]:
    """A known word, an unknown one or none, padded as Redshift pads."""
    word = st.sampled_from(known) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
    return st.none() | st.builds(lambda text, blanks: text + " " * blanks, word, padded)


def rows(**columns: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    """A thousand rows of these columns; every one is an example of hypothesis's."""
    made: list[dict[str, Any]] = []

    @settings(
        max_examples=ROWS, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.fixed_dictionaries(columns))
    def collect(row: dict[str, Any]) -> None:
        made.append(row)

    collect()
    while len(made) < ROWS:  # hypothesis ends early when a strategy is exhausted
        made.append(dict(random.Random(len(made)).choice(made)))
    return made[:ROWS]


def raw_rows() -> dict[str, list[dict[str, Any]]]:
    """Staging rows of every view; keys are made distinct by counting."""
    queries = rows(
        user_id=st.none() | st.integers(0, 50),
        query_label=words("default"),
        session_id=st.integers(1, 40),
        database_name=words("dev", "prod"),
        query_type=words("SELECT", "select", "DELETE", "COPY", ""),
        status=st.sampled_from(
            ["success", "success   ", "failed    ", "canceled  ", "canceled", "running   ", "Odd", None]
        ),
        result_cache_hit=st.none() | st.booleans(),
        elapsed_time=counts,
        queue_time=counts,
        execution_time=counts,
        error_message=words("", "boom"),
        returned_rows=counts,
        query_text=words("select ?"),
        compile_time=counts,
        service_class_name=words("Default queue"),
        username=words("alice", ""),
    )
    for n, row in enumerate(queries):
        row.update(query_id=n, start_time=START + timedelta(seconds=n), query_hash="0" * 32, query_hash_version=1)
        row["end_time"] = row["start_time"] + timedelta(microseconds=min(row["elapsed_time"] or 0, 10**15))
        row["elapsed_time"] = row["elapsed_time"] and min(row["elapsed_time"], 10**15)
    details = rows(
        query_id=st.integers(0, ROWS),
        blocks_read=st.none() | st.integers(0, 2**40),
        spilled_block_local_disk=st.none() | st.integers(0, 2**30),
        spilled_block_remote_disk=st.none() | st.integers(0, 2**30),
        metrics_level=st.sampled_from(["segment", "segment   ", "step", "stream    "]),
    )
    for n, row in enumerate(details):
        row.update(child_query_sequence=1, stream_id=0, segment_id=n, is_active="f")
        row["start_time"] = row["end_time"] = START + timedelta(seconds=row["query_id"])
    tables = rows(
        schema=words("public"),
        table=words("orders"),
        encoded=words("Y", "N", "Y, AUTO(ENCODE)", "AUTO(ENCODE)"),
        diststyle=words("EVEN", "ALL", "KEY(a)", "AUTO(ALL)", "AUTO(KEY(b))"),
        sortkey1=words("a", "AUTO(SORTKEY)", "AUTO(SORTKEY(c))", "INTERLEAVED", ""),
        sortkey_num=st.none() | st.integers(0, 4),
        size=st.none() | st.integers(0, 2**40),
        unsorted=st.none() | st.floats(0, 100),
        stats_off=st.none() | st.floats(0, 100),
        tbl_rows=counts,
        skew_rows=st.none() | st.floats(1, 1000),
        estimated_visible_rows=counts,
    )
    for n, row in enumerate(tables):
        row.update(database="db", connected_database="db", table_id=n)
    vacuums = rows(
        xid=st.integers(1, 300),
        table_id=st.integers(0, 20),
        status=st.sampled_from(
            ["Started", "Started Delete Only          ", "Started Sort Only", "[VacuumBG] Started Range Parti",
             "Finished", "[VacuumBG] Finished           ", "Skipped(sorted>=95%)", "Skipped (0 rows)",
             "Started Reindex", "Odd word"]
        ),
        rows=counts,
        sortedrows=counts,
        blocks=st.none() | st.integers(0, 2**31),
        reclaimable_rows=counts,
        reclaimable_space_mb=st.none() | st.integers(0, 2**31),
        is_recluster=st.none() | st.integers(0, 1),
    )  # fmt: skip
    for n, row in enumerate(vacuums):
        row["eventtime"] = START + timedelta(seconds=n)
    nodes = rows(used=st.none() | st.integers(0, 2**40), capacity=st.none() | st.integers(0, 2**40))
    slices = rows(slice=st.integers(0, 100), type=st.sampled_from([None, "D", "D  ", "R"]))
    parts = rows(
        diskno=st.integers(0, 9),
        part_begin=st.sampled_from([0, 190633]),
        capacity=st.sampled_from([None, 190633, 6772561, 5]),
        mount=words("/dev/nvme0n1", "/dev/sda"),
        host=st.integers(0, ROWS),
    )
    for n, (node, piece, part) in enumerate(zip(nodes, slices, parts)):
        node["node"] = piece["node"] = part["owner"] = n
        part["host"] = n if part["host"] % 3 else part["host"]
    connections = rows(
        session_id=st.integers(1, 40), event=words("authenticated"), application_name=words("dbt", "psql")
    )
    for n, row in enumerate(connections):
        row["record_time"] = START + timedelta(seconds=n)
    return {
        "sys_query_history": queries,
        "sys_query_detail": details,
        "sys_connection_log": connections,
        "svv_table_info": tables,
        "stl_vacuum": vacuums,
        "stv_node_storage_capacity": nodes,
        "stv_slices": slices,
        "stv_partitions": parts,
    }


def _properties(entity: type[BaseEntity]) -> list[str]:
    return [name for name, value in vars(entity).items() if isinstance(value, property)]


def test_models_agree_with_dataclasses(project: Project, warehouse: Warehouse) -> None:
    dbt(warehouse, "run", "--select", "absorbed_syncs", project=project)
    stage(warehouse, raw_rows(), "s1", SYNCED)
    dbt(warehouse, *BUILD, project=project)
    for name, entity in ENTITIES.items():
        fields, derived = list(entity.field_types()), _properties(entity)
        kept = execute(warehouse, f"select {', '.join([*fields, *derived])} from qupersync.{name}")
        # every row but those that are rightly merged or still running came through
        assert len(kept) > (300 if name in ("vacuum_history", "query_history") else ROWS - 1), name
        for row in kept:
            values = dict(zip([*fields, *derived], row))
            made = entity(**{field: values[field] for field in fields})
            for field, kind in entity.field_types().items():
                value = getattr(made, field)
                assert isinstance(value, kind) or (value is None and field in entity.nullable_fields()), (field, value)
            for field in derived:
                assert getattr(made, field) == values[field], (name, field, made)


def test_spill_is_exact(project: Project, warehouse: Warehouse) -> None:
    dbt(warehouse, "run", "--select", "absorbed_syncs", project=project)
    base = {"query_id": 7, "start_time": START, "end_time": START + timedelta(seconds=9)}
    query = {**base, "status": "success   ", "query_hash": "0" * 32, "query_hash_version": 1}
    segment = {**base, "child_query_sequence": 1, "stream_id": 0, "metrics_level": "segment", "is_active": "f"}
    segments = [
        {**segment, "segment_id": 0, "spilled_block_local_disk": 1000, "spilled_block_remote_disk": 20},
        {**segment, "segment_id": 1, "spilled_block_local_disk": 4, "spilled_block_remote_disk": 0},
        {**segment, "segment_id": 1, "spilled_block_local_disk": 9999, "metrics_level": "step"},
    ]
    stage(warehouse, {"sys_query_history": [query], "sys_query_detail": segments}, "s1", SYNCED)
    dbt(warehouse, *BUILD, project=project)
    found = execute(warehouse, "select spill_gb, spilled_blocks from qupersync.query_history")
    assert found == [(1.0, 131_072)]
