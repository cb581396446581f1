{#- Days with a query that is newer than `since` of the span (see changed_span): cluster_id, day_start, day_end. -#}
{%- macro changed_days(span) -%}
    select distinct
        queries.cluster_id,
        cast(cast(queries.start_time as date) as timestamp) as day_start,
        cast({{ dbt.dateadd('day', 1, 'cast(queries.start_time as date)') }} as timestamp) as day_end
    from {{ ref('query_history') }} as queries
    where queries.built_at > cast('{{ span.since }}' as timestamp)
{%- endmacro -%}
