select
    cluster_id,
    query_id,
    start_time,
    query_hash,
    user_name,
    application_name,
    database_name,
    status,
    query_type,
    queue_name,
    dbt_node_id,
    query_text,
    spilled_blocks,
    spill_gb,
    bytes_scanned,
    cast(bytes_scanned as double precision) / 1073741824 as scanned_gb,
    execution_seconds,
    queue_time_us,
    rows_returned,
    end_time
from {{ ref('query_history') }}
where spilled_blocks > 0 and {{ exclude_own_queries() }}
