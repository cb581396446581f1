{{ config(
    unique_key=['cluster_id', 'query_id', 'start_time'],
    meta={'bound': 'start_time'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'cost_hour']}, {'columns': ['start_time']}, {'columns': ['built_at']}]),
    sort=['start_time']
) }}
{%- set changed = changed_executions() %}

{%- set condition %}
    {%- if changed.first -%}
    history.start_time between cast('{{ changed.first }}' as timestamp) and cast('{{ changed.last }}' as timestamp)
    and history.built_at > cast('{{ changed.since }}' as timestamp)
    {%- else -%}
    {{ '1 = 0' if changed.since else '1 = 1' }}
    {%- endif -%}
{%- endset %}

with changed as (
    {{ executions(condition) }}
),

numbers as (
    {{ whole_numbers(3) }}
),

slices as (
    select
        changed.cluster_id,
        changed.query_id,
        changed.start_time,
        {{ dbt.dateadd('hour', 'numbers.number', 'changed.start_hour') }} as cost_hour,
        changed.user_name,
        changed.application_name,
        changed.query_type,
        changed.query_label,
        changed.query_hash,
        changed.dbt_node_id,
        changed.is_scaling,
        greatest(changed.from_us - numbers.number * {{ hour_us() }}, 0) as from_us,
        least(changed.to_us - numbers.number * {{ hour_us() }}, {{ hour_us() }}) as to_us,
        changed.built_at
    from changed
    inner join numbers
        on
            numbers.number between 1 and {{ longest_run() }}
            and changed.to_us > numbers.number * {{ hour_us() }}
            and changed.from_us < (numbers.number + 1) * {{ hour_us() }}
    where changed.to_us > {{ hour_us() }} and changed.to_us > changed.from_us
)

{%- if changed.first %},

-- Hours that a former version of a query executed in, and the newest query: a row without execution records that it was read.
emptied as (
    select
        former.cluster_id,
        former.query_id,
        former.start_time,
        former.cost_hour
    from {{ this }} as former
    left join slices
        on
            former.cluster_id = slices.cluster_id
            and former.query_id = slices.query_id
            and former.start_time = slices.start_time
            and former.cost_hour = slices.cost_hour
    where
        slices.query_id is null
        and former.start_time between cast('{{ changed.first }}' as timestamp) and cast('{{ changed.last }}' as timestamp)
    union
    select
        cluster_id,
        query_id,
        start_time,
        start_hour
    from changed
    where
        start_time = cast('{{ changed.newest_start }}' as timestamp)
        and built_at = cast('{{ changed.newest }}' as timestamp)
)
{%- endif %}

select
    cast(cluster_id as varchar(128)) as cluster_id,
    query_id,
    start_time,
    cost_hour,
    cast(user_name as varchar(256)) as user_name,
    cast(application_name as varchar(512)) as application_name,
    cast(query_type as varchar(64)) as query_type,
    cast(query_label as varchar(320)) as query_label,
    cast(query_hash as varchar(32)) as query_hash,
    cast(dbt_node_id as varchar(512)) as dbt_node_id,
    is_scaling,
    cast(from_us as bigint) as from_us,
    cast(to_us as bigint) as to_us,
    built_at
from slices
{%- if changed.first %}
union all
select
    changed.cluster_id,
    changed.query_id,
    changed.start_time,
    emptied.cost_hour,
    changed.user_name,
    changed.application_name,
    changed.query_type,
    changed.query_label,
    changed.query_hash,
    changed.dbt_node_id,
    changed.is_scaling,
    cast(0 as bigint) as from_us,
    cast(0 as bigint) as to_us,
    changed.built_at
from changed
inner join emptied
    on
        changed.cluster_id = emptied.cluster_id
        and changed.query_id = emptied.query_id
        and changed.start_time = emptied.start_time
{%- endif %}
