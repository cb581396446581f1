{{ config(
    materialized='incremental',
    incremental_strategy='absorb',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    on_schema_change='append_new_columns',
    sort=['query_day']
) }}

-- A day that got a new or changed query is summed up anew, as a whole.
{% if is_incremental() %}
with days as (
    {{ changed_days() }}
)
{% endif %}

select
    queries.cluster_id,
    cast(queries.start_time as date) as query_day,
    queries.database_name,
    queries.user_name,
    queries.query_type,
    count(*) as query_count,
    sum(case when queries.status = 'failed' then 1 else 0 end) as failed_count,
    sum(case when queries.status = 'cancelled' then 1 else 0 end) as cancelled_count,
    sum(case when queries.is_cache_hit then 1 else 0 end) as cache_hit_count,
    sum(case when queries.spilled_blocks > 0 then 1 else 0 end) as spilling_count,
    -- Whole numbers are summed, and divided once: a sum of fractions would depend on the order of the rows.
    cast(sum(queries.execution_time_us) as double precision) / 1000000 as execution_seconds,
    max(queries.execution_seconds) as max_execution_seconds,
    cast(sum(queries.queue_time_us) as double precision) / 1000000 as queue_seconds,
    cast(sum(queries.compile_time_us) as double precision) / 1000000 as compile_seconds,
    {{ to_bigint('sum(queries.rows_returned)') }} as rows_returned,
    {{ to_bigint('sum(queries.bytes_scanned)') }} as bytes_scanned,
    {{ to_bigint('sum(queries.spilled_blocks)') }} as spilled_blocks,
    cast(sum(queries.spilled_blocks) as double precision) * 8 / 1048576 as spill_gb,
    max(queries.built_at) as built_at
from {{ ref('query_history') }} as queries
{% if is_incremental() %}
inner join days
    on {{ within_day('queries') }}
{% endif %}
group by
    queries.cluster_id, cast(queries.start_time as date), queries.database_name, queries.user_name, queries.query_type
