{{ config(
    materialized='incremental',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'query_day']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    post_hook="{{ drop_old_days('query_day') }}"
) }}

-- A day with a new or changed query is aggregated again as a whole. What failed, was cancelled or came from the result cache took
-- another time than the query itself.
with queries as (
    select
        history.*,
        cast(history.start_time as date) as query_day,
        history.status = 'success' and not history.is_cache_hit and history.execution_time_us > 0 as is_run
    from {{ ref('query_history') }} as history
    where
        {{ exclude_own_queries('history') }}
        {% if is_incremental() %}
        and {{ within_changed_periods('history', changed_periods('day')) }}
        {% endif %}
)

select
    cluster_id,
    query_day,
    query_hash,
    query_hash_version,
    cast(min(case when is_run then user_name end) as varchar(256)) as first_user_name,
    cast(max(case when is_run then user_name end) as varchar(256)) as last_user_name,
    cast(min(case when is_run then redshift_version end) as varchar(256)) as first_redshift_version,
    cast(max(case when is_run then redshift_version end) as varchar(256)) as last_redshift_version,
    sum(case when is_run then 1 else 0 end) as run_count,
    sum(case when is_run and has_detail then 1 else 0 end) as detailed_count,
    sum(case when status = 'success' and is_cache_hit then 1 else 0 end) as cache_hit_count,
    cast(percentile_cont(0.5) within group (order by case when is_run then execution_time_us end) as double precision) / 1000000
        as p50_execution_seconds,
    {{ to_bigint('sum(case when is_run then queue_time_us else 0 end)') }} as queue_time_us,
    {{ to_bigint('sum(case when is_run then compile_time_us else 0 end)') }} as compile_time_us,
    {{ to_bigint('sum(case when is_run then lock_wait_time_us else 0 end)') }} as lock_wait_time_us,
    {{ to_bigint('sum(case when is_run then rows_returned else 0 end)') }} as rows_returned,
    {{ to_bigint('sum(case when is_run then bytes_scanned else 0 end)') }} as bytes_scanned,
    {{ to_bigint('sum(case when is_run then spilled_blocks else 0 end)') }} as spilled_blocks,
    max(built_at) as built_at
from queries
group by cluster_id, query_day, query_hash, query_hash_version
