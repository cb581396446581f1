{{ config(
    materialized='incremental',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'query_day']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    post_hook="{{ drop_old_days('query_day') }}"
) }}

-- A day with a new or changed query is aggregated again as a whole.
select
    queries.cluster_id,
    cast(queries.start_time as date) as query_day,
    queries.query_hash,
    queries.query_hash_version,
    cast(max(queries.query_type) as varchar(64)) as query_type,
    cast(max(substring(queries.query_text, 1, 2000)) as varchar(2000)) as query_text,
    cast(max(queries.user_name) as varchar(256)) as a_user_name,
    count(distinct queries.user_name) as user_count,
    count(*) as query_count,
    sum(case when queries.status = 'failed' then 1 else 0 end) as failed_count,
    sum(case when queries.spilled_blocks > 0 then 1 else 0 end) as spilling_count,
    {{ to_bigint('sum(queries.execution_time_us)') }} as execution_time_us,
    max(queries.execution_seconds) as max_execution_seconds,
    {{ to_bigint('sum(queries.queue_time_us)') }} as queue_time_us,
    {{ to_bigint('sum(queries.bytes_scanned)') }} as bytes_scanned,
    {{ to_bigint('sum(queries.spilled_blocks)') }} as spilled_blocks,
    min(queries.start_time) as first_seen,
    max(queries.start_time) as last_seen,
    max(queries.built_at) as built_at
from {{ ref('query_history') }} as queries
where
    {{ exclude_own_queries('queries') }}
    {% if is_incremental() %}
    and {{ within_changed_periods('queries', changed_periods('day')) }}
    {% endif %}
group by
    queries.cluster_id, cast(queries.start_time as date), queries.query_hash, queries.query_hash_version
