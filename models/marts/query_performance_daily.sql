{{ config(
    materialized='incremental',
    incremental_strategy='absorb',
    unique_key=['cluster_id', 'query_day'],
    meta={'bound': 'query_day'},
    on_schema_change='append_new_columns',
    indexes=indexes_where_there_are_any([{'columns': ['cluster_id', 'query_day']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    post_hook="{{ drop_old_days('query_day') }}"
) }}

-- A day that got a new or changed query is summed up anew, as a whole.
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
    {{ workload_sums() }}
from {{ ref('query_history') }} as queries
{% if is_incremental() %}
inner join days
    on {{ within_day('queries', span) }}
{% endif %}
where {{ of_others('queries') }}
group by
    queries.cluster_id, cast(queries.start_time as date), queries.database_name, queries.user_name,
    queries.application_name, coalesce(queries.queue_name, ''), queries.query_type, coalesce(queries.dbt_node_id, '')
