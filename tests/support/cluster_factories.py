"""Factories of clusters that differ from the demo's: fewer permissions, no STL and STV views, older or newer engines."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Optional

import psycopg2

from qupersync.config.clusters import ClusterConfig
from qupersync.demo.cluster import DemoCluster
from qupersync.domain.system_views import SYSTEM_VIEWS, Presence
from qupersync.warehouse.server import EmbeddedServer

# The 31 columns that sys_query_history had in December 2024.
OLD_COLUMNS = (
    "user_id query_id query_label transaction_id session_id database_name query_type status result_cache_hit start_time "
    "end_time elapsed_time queue_time execution_time error_message returned_rows returned_bytes query_text "
    "redshift_version usage_limit compute_type compile_time planning_time lock_wait_time service_class_id "
    "service_class_name query_priority short_query_accelerated user_query_hash generic_query_hash query_hash_version"
).split()

# What a workgroup of 32 RPUs would be charged: the seconds in which something ran, 60 at least.
USAGE = """
    create view sys_serverless_usage as
    select date_trunc('minute', start_time) as start_time, date_trunc('minute', start_time) + interval '1 minute' as end_time,
        32.0 * count(*)::double precision as compute_seconds, 32::double precision as compute_capacity, 1024::bigint as data_storage,
        0::bigint as cross_region_transferred_data,
        case when bool_and(status = 'running') then 0 else 32 * 60 end::bigint as charged_seconds
    from sys_query_history group by 1
"""


@dataclass(frozen=True)
class CustomerCluster(DemoCluster):
    """A cluster whose user is no superuser: a superuser of PostgreSQL cannot be denied anything."""

    customer: Optional[ClusterConfig] = None

    @property
    def config(self) -> ClusterConfig:
        assert self.customer
        return self.customer


class ClusterFactories:
    """Makes clusters in databases of their own."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server

    def make(
        self, queries: int = 300, seed: int = 11, weeks: int = 1, dev: bool = False, now: Optional[datetime] = None
    ) -> DemoCluster:
        """A cluster like the demo's, with or without its second database; its user may read everything."""
        name = f"cluster_{uuid.uuid4().hex[:8]}"
        cluster = DemoCluster(self.server, name, f"{name}_dev" if dev else None)
        for database in filter(None, (cluster.database, cluster.dev_database)):
            self.server.ensure_database(database)
        cluster.make(seed, queries, weeks, now)
        return cluster

    def run(self, cluster: DemoCluster, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL in the cluster's database."""
        connection = psycopg2.connect(self.server.url(cluster.database))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def user(self, cluster: DemoCluster, *denied: str, own_rows: bool = False) -> ClusterConfig:
        """The cluster for a new user: some views ``denied``, or only its ``own_rows`` visible."""
        name = f"user_{uuid.uuid4().hex[:6]}"
        statements = [f"create role {name} login password 'pw'", f"grant usage on schema demo to {name}"]
        statements += [f"grant select on all tables in schema public, demo to {name}"]
        statements += [f"revoke select on {view} from {name}" for view in denied]
        if own_rows:
            # Redshift silently hides other users' rows.
            statements += [
                f"create schema {name} authorization {name}",
                f"alter role {name} set search_path = {name}, public",
            ]
            statements += [
                f"create view {name}.sys_query_history as select {', '.join(OLD_COLUMNS)}, rpad('{name}', 128) as username "
                f"from public.sys_query_history where rtrim(username) = 'looker'",
                f"create view {name}.svv_user_info as select user_name, user_id, false as superuser, "
                f"'RESTRICTED'::text as syslog_access from public.svv_user_info where false",
                f"grant select on all tables in schema {name} to {name}",
            ]
        self.run(cluster, ";".join(statements))
        return replace(cluster.config, username=name, password="pw")

    def serverless(self, queries: int = 300) -> DemoCluster:
        """A workgroup: STL and STV views are denied to everybody, as AWS answers (they are not absent).

        Vacuums are in sys_vacuum_history, usage is in sys_serverless_usage.
        """
        cluster = self.make(queries, seed=12)
        self.run(cluster, USAGE)
        provisioned = [view.view for view in SYSTEM_VIEWS.values() if view.presence is Presence.PROVISIONED]
        return CustomerCluster(self.server, cluster.database, customer=self.user(cluster, *provisioned))

    def multi_az(self, queries: int = 300) -> DemoCluster:
        """A Multi-AZ cluster: SVV views are denied as well, and there is no sys_serverless_usage."""
        cluster = self.make(queries, seed=14)
        denied = [
            view.view
            for view in SYSTEM_VIEWS.values()
            if view.presence is Presence.PROVISIONED or (view.presence is Presence.EVERYWHERE and not view.on_multi_az)
        ]
        return CustomerCluster(self.server, cluster.database, customer=self.user(cluster, *denied))

    def with_columns(self, columns: str, queries: int = 300) -> DemoCluster:
        """A cluster whose sys_query_history has other columns."""
        cluster = self.make(queries, seed=13)
        self.run(
            cluster,
            f"alter view sys_query_history rename to all_columns; "
            f"create view sys_query_history as select {columns} from all_columns",
        )
        return cluster
