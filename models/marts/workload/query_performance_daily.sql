{{ config(
    materialized='incremental',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'query_day']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    post_hook="{{ drop_old_days('query_day') }}"
) }}

-- A day with a new or changed query is aggregated again as a whole.
{% if is_incremental() %}
{%- set span = changed_span() %}
with days as (
    {{ changed_days(span) }}
)
{% endif %}

select
    queries.cluster_id,
    cast(queries.start_time as date) as query_day,
    queries.database_name,
    queries.user_name,
    queries.application_name,
    coalesce(queries.queue_name, '') as queue_name,
    queries.query_type,
    coalesce(queries.dbt_node_id, '') as dbt_node_id,
    {{ workload_sums('queries') }}
from {{ ref('query_history') }} as queries
{% if is_incremental() %}
inner join days
    on {{ within_changed_days('queries', 'days', span) }}
{% endif %}
where {{ exclude_own_queries('queries') }}
group by
    queries.cluster_id, cast(queries.start_time as date), queries.database_name, queries.user_name,
    queries.application_name, coalesce(queries.queue_name, ''), queries.query_type, coalesce(queries.dbt_node_id, '')
