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
    date_trunc('hour', queries.start_time) as query_hour,
    {{ workload_sums('queries') }}
from {{ ref('query_history') }} as queries
{% if is_incremental() %}
inner join days
    on {{ within_changed_days('queries', 'days', span) }}
{% endif %}
where {{ exclude_own_queries('queries') }}
group by
    queries.cluster_id, cast(queries.start_time as date), date_trunc('hour', queries.start_time)
