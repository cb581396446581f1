{#- A SELECT of the queries of query_history with what they executed: `from_us` and `to_us` are the begin and the end of the execution, in
    µs since the begin of the hour of the query's start. `condition`: SQL on `history`.

    A query executes at the end of its elapsed time: it waits, plans and compiles before. An answer from the result cache executes nothing,
    and an end_time that a view reports wrongly is not used. -#}
{%- macro executions(condition) -%}
    {#- A view may report any whole number: beyond 30 years it is cut, so that no sum leaves the range of a bigint. -#}
    {%- set longest = 1000000000000000 -%}
    {%- set execution = 'case when history.is_cache_hit then 0 else least(greatest(history.execution_time_us, 0), ' ~ longest ~ ') end' -%}
    {%- set before = 'greatest(least(greatest(history.elapsed_time_us, 0), ' ~ longest ~ ') - ' ~ execution ~ ', 0)' -%}
    {%- set start = microseconds_between("date_trunc('hour', history.start_time)", 'history.start_time') -%}
    select
        history.cluster_id,
        history.query_id,
        history.start_time,
        date_trunc('hour', history.start_time) as start_hour,
        history.user_name,
        history.application_name,
        history.query_type,
        coalesce(history.query_label, '') as query_label,
        coalesce(history.query_hash, '') as query_hash,
        coalesce(history.dbt_node_id, '') as dbt_node_id,
        coalesce(history.compute_type, '') = 'primary-scale' as is_scaling,
        {{ start }} + {{ before }} as from_us,
        {{ start }} + {{ before }} + {{ execution }} as to_us,
        history.built_at
    from {{ ref('query_history') }} as history
    where {{ condition }}
{%- endmacro -%}
