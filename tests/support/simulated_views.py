"""The columns that the views of a simulated cluster have."""

from __future__ import annotations

from qupersync.demo.cluster import views_of_every_cluster

# Every Redshift has it, PostgreSQL does not; sessions of the sync are in UTC.
GETDATE = "create function getdate() returns timestamp language sql as $$ select now() at time zone 'utc' $$"

TABLES = {
    "sys_query_history": "user_id int, query_id bigint, transaction_id bigint, session_id int, database_name text, "
    "query_type text, status text, start_time timestamp, end_time timestamp, elapsed_time bigint, queue_time bigint, "
    "execution_time bigint, error_message text, returned_rows bigint, query_text text, username text",
    "sys_query_detail": "query_id bigint, child_query_sequence int, stream_id int, segment_id int, start_time timestamp, "
    "end_time timestamp, blocks_read bigint, spilled_block_local_disk bigint, spilled_block_remote_disk bigint, "
    "is_active text, metrics_level text",
    "sys_connection_log": "event text, record_time timestamp, session_id int, database_name text, user_name text, "
    "application_name text",
    "svv_user_info": "user_name text, user_id int",
    "svv_table_info": '"database" text, "schema" text, table_id int, "table" text, encoded text, diststyle text, '
    "sortkey1 text, sortkey_num int, size bigint, unsorted numeric, tbl_rows numeric, skew_rows numeric",
    "stl_vacuum": "userid int, xid bigint, table_id int, status text, rows bigint, sortedrows bigint, blocks int, "
    "eventtime timestamp, reclaimable_rows bigint, reclaimable_space_mb bigint",
    "sys_vacuum_history": "user_id int, database_name text, schema_name text, table_name text, table_id int, "
    "vacuum_type text, status text, start_time timestamp, end_time timestamp",
    "stv_slices": "node int, slice int, type text",
    "stv_node_storage_capacity": "node int, used int, capacity int",
    "stv_partitions": "owner int, host int, diskno int, part_begin bigint, part_end bigint, used int, capacity int, mount text",
}  # fmt: skip

# A view that the simulation has no rows of is there and empty.
TABLES |= {view: columns for view, columns in views_of_every_cluster().items() if view not in TABLES}

# Columns of newer engines and of Serverless.
MORE = {
    "sys_query_history": "query_label text, result_cache_hit boolean, returned_bytes bigint, compute_type text, "
    "compile_time bigint, planning_time bigint, lock_wait_time bigint, service_class_name text, query_priority text, "
    "short_query_accelerated text, redshift_version text, generic_query_hash text, service_class_id int",
    "sys_query_detail": "blocks_write bigint, local_read_io bigint, remote_read_io bigint",
    "sys_connection_log": "driver_version text",
    "svv_user_info": "superuser boolean, syslog_access text",
    "sys_vacuum_history": "transaction_id bigint, is_automatic boolean, record_time timestamp, reclaimable_rows bigint, "
    "reclaimed_rows bigint, reclaimed_blocks bigint, query_id bigint, rows_before_vacuum bigint, size_before_vacuum int",
    "svv_table_info": '"estimated_visible_rows" numeric, "stats_off" numeric, sortkey1_enc text, pct_used numeric',
    "stv_partitions": "tossed int",
}  # fmt: skip
USAGE = "start_time timestamp, end_time timestamp, compute_seconds float8, compute_capacity float8, data_storage bigint, charged_seconds bigint"
