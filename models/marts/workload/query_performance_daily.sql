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
        history.cluster_id,
        cast(history.start_time as date) as query_day,
        history.database_name,
        history.user_name,
        history.application_name,
        cast(coalesce(history.queue_name, '') as varchar(256)) as queue_name,
        history.query_type,
        cast(coalesce(history.dbt_node_id, '') as varchar(512)) as dbt_node_id,
        history.status,
        history.execution_time_us,
        history.queue_time_us,
        history.compile_time_us,
        history.execution_seconds,
        history.rows_returned,
        history.bytes_scanned,
        history.spilled_blocks,
        history.is_cache_hit,
        history.built_at
    from {{ ref('query_history') }} as history
    where
        {{ exclude_own_queries('history') }}
        {% if is_incremental() %}
        and {{ within_changed_periods('history', changed_periods('day')) }}
        {% endif %}
)

{{ workload_sums(
    'queries',
    ['cluster_id', 'query_day', 'database_name', 'user_name', 'application_name', 'queue_name', 'query_type', 'dbt_node_id']
) }}
