{#- A SELECT of what queries executed in each hour, one row per query and hour: `cost_hour`, `from_us` and `to_us` in µs since its begin,
    `started` 1 in the hour of the query's start, else 0. `periods`: the hours that are read (see changed_periods), or none for all. -#}
{%- macro executed_slices(periods) -%}
    select
        cluster_id,
        start_hour as cost_hour,
        user_name,
        application_name,
        query_type,
        query_label,
        query_hash,
        dbt_node_id,
        is_scaling,
        least(from_us, {{ hour_us() }}) as from_us,
        least(to_us, {{ hour_us() }}) as to_us,
        1 as started,
        built_at
    from ({{ executions(within_changed_periods('history', periods) if periods is not none else '1 = 1') }}) as starting
    union all
    select
        carried.cluster_id,
        carried.cost_hour,
        carried.user_name,
        carried.application_name,
        carried.query_type,
        carried.query_label,
        carried.query_hash,
        carried.dbt_node_id,
        carried.is_scaling,
        carried.from_us,
        carried.to_us,
        0 as started,
        carried.built_at
    from {{ ref('carried_executions') }} as carried
    {% if periods is not none -%}
    where {{ within_changed_periods('carried', periods, column='cost_hour') }}
    {%- if periods %}
        -- Literal bounds on the sort key as well.
        and carried.start_time >= cast('{{ (periods | map(attribute='first') | min) - modules.datetime.timedelta(hours=longest_run() + 1) }}' as timestamp)
        and carried.start_time < cast('{{ periods | map(attribute='last') | max }}' as timestamp)
    {%- endif %}
    {%- endif %}
{%- endmacro -%}
