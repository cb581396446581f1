{{ config(
    materialized='incremental',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'query_day']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    post_hook="{{ drop_old_days('query_day') }}"
) }}

-- A day with a new or changed query is aggregated again as a whole. Other queries have a row a day as well: which queries a build has
-- not seen follows from the newest built_at of all.
select
    queries.cluster_id,
    cast(queries.start_time as date) as query_day,
    cast(coalesce(queries.dbt_invocation_id, '') as varchar(256)) as dbt_invocation_id,
    cast(coalesce(queries.dbt_node_id, '') as varchar(512)) as dbt_node_id,
    count(*) as query_count,
    sum(case when queries.status = 'success' then 0 else 1 end) as failed_count,
    sum(case when queries.has_detail then 1 else 0 end) as detailed_count,
    cast(min(queries.user_name) as varchar(256)) as first_user_name,
    cast(max(queries.user_name) as varchar(256)) as last_user_name,
    cast(min(queries.redshift_version) as varchar(256)) as first_redshift_version,
    cast(max(queries.redshift_version) as varchar(256)) as last_redshift_version,
    -- The largest of execution time and hash written as one text: no window has to sort the queries of a day.
    cast(substring(max(
        lpad(cast(greatest(queries.execution_time_us, 0) as varchar(20)), 20, '0') || coalesce(queries.query_hash, '')
    ), 21, 32) as varchar(32)) as longest_query_hash,
    {{ to_bigint('sum(queries.execution_time_us)') }} as execution_time_us,
    {{ to_bigint('sum(queries.queue_time_us)') }} as queue_time_us,
    {{ to_bigint('sum(queries.compile_time_us)') }} as compile_time_us,
    {{ to_bigint('sum(queries.lock_wait_time_us)') }} as lock_wait_time_us,
    {{ to_bigint('sum(queries.rows_returned)') }} as rows_returned,
    {{ to_bigint('sum(queries.bytes_scanned)') }} as bytes_scanned,
    {{ to_bigint('sum(queries.spilled_blocks)') }} as spilled_blocks,
    min(queries.start_time) as first_start_time,
    max(queries.end_time) as last_end_time,
    max(queries.built_at) as built_at
from {{ ref('query_history') }} as queries
where
    {{ exclude_own_queries('queries') }}
    {% if is_incremental() %}
    and {{ within_changed_periods('queries', changed_periods('day')) }}
    {% endif %}
group by
    queries.cluster_id, cast(queries.start_time as date), coalesce(queries.dbt_invocation_id, ''), coalesce(queries.dbt_node_id, '')
