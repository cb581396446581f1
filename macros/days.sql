{#- Days with a query that was written since this mart was built last: cluster_id, day_start, day_end. -#}
{%- macro changed_days() -%}
    select distinct
        queries.cluster_id,
        cast(cast(queries.start_time as date) as timestamp) as day_start,
        cast({{ dbt.dateadd('day', 1, 'cast(queries.start_time as date)') }} as timestamp) as day_end
    from {{ ref('query_history') }} as queries
    where queries.built_at > (select coalesce(max(done.built_at), cast('1900-01-01' as timestamp)) from {{ this }} as done)
{%- endmacro -%}


{#- Join condition of rows with those days, by bare time: an index or a zone map serves it. -#}
{%- macro within_day(rows) -%}
    {{ rows }}.cluster_id = days.cluster_id and {{ rows }}.start_time >= days.day_start and {{ rows }}.start_time < days.day_end
{%- endmacro -%}
