select
    cluster_id,
    query_hash,
    query_hash_version,
    cast(max(query_type) as varchar(64)) as query_type,
    cast(max(query_text) as varchar(2000)) as query_text,
    cast(max(a_user_name) as varchar(256)) as a_user_name,
    {{ to_bigint('sum(query_count)') }} as query_count,
    {{ to_bigint('sum(failed_count)') }} as failed_count,
    count(*) as active_days,
    cast(sum(execution_time_us) as double precision) / 1000000 as execution_seconds,
    cast(sum(execution_time_us) as double precision) / 1000000 / cast(sum(query_count) as double precision) as avg_execution_seconds,
    max(max_execution_seconds) as max_execution_seconds,
    cast(sum(queue_time_us) as double precision) / 1000000 as queue_seconds,
    {{ to_bigint('sum(bytes_scanned)') }} as bytes_scanned,
    {{ spill_gb('sum(spilled_blocks)') }} as spill_gb,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from {{ ref('query_patterns_daily') }}
group by cluster_id, query_hash, query_hash_version
