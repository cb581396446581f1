{{ config(
    materialized='incremental',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'query_day']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    post_hook="{{ drop_old_days('query_day') }}"
) }}

-- A day with a new or changed query is aggregated again as a whole.
with queries as (
    select
        queries.cluster_id,
        cast(queries.start_time as date) as query_day,
        queries.query_id,
        queries.query_hash,
        queries.user_name,
        queries.start_time,
        queries.execution_time_us,
        queries.built_at,
        queries.status = 'failed' as has_failed,
        -- A query that did not fail is in the group without a message: it counts in no column, and so each day has a row.
        coalesce(
            case when queries.status = 'failed' then {{ error_pattern('queries.error_message') }} end, cast('' as varchar(4096))
        ) as error_pattern
    from {{ ref('query_history') }} as queries
    where
        {{ exclude_own_queries('queries') }}
        {% if is_incremental() %}
        and {{ within_changed_periods('queries', changed_periods('day')) }}
        {% endif %}
),

grouped as (
    select
        cluster_id,
        query_day,
        error_pattern,
        count(distinct case when has_failed then user_name end) as user_count,
        count(distinct case when has_failed then query_hash end) as pattern_count,
        sum(case when has_failed then 1 else 0 end) as failed_count,
        max(case when has_failed then user_name end) as a_user_name,
        max(case when has_failed then query_id end) as example_query_id,
        sum(case when has_failed then execution_time_us else 0 end) as failed_us,
        sum(execution_time_us) as all_us,
        min(case when has_failed then start_time end) as first_seen,
        max(case when has_failed then start_time end) as last_seen,
        max(built_at) as built_at
    from queries
    group by cluster_id, query_day, error_pattern
),

days as (
    select
        grouped.*,
        sum(all_us) over (partition by cluster_id, query_day) as day_us
    from grouped
)

select
    cluster_id,
    query_day,
    cast(md5(cast(error_pattern as varchar(4096))) as varchar(32)) as error_hash,
    cast(error_pattern as varchar(4096)) as error_pattern,
    failed_count,
    user_count,
    pattern_count,
    cast(a_user_name as varchar(256)) as a_user_name,
    example_query_id,
    {{ to_bigint('failed_us') }} as execution_time_us,
    case when day_us > 0 then 100 * cast(failed_us as double precision) / cast(day_us as double precision) else 0 end
        as execution_time_pct,
    first_seen,
    last_seen,
    built_at
from days
