{#- The measures of a group of `queries` (the alias of query_history in the caller's FROM clause): one definition for every grain. -#}
{%- macro workload_sums(queries) %}
    count(*) as query_count,
    sum(case when {{ queries }}.status = 'failed' then 1 else 0 end) as failed_count,
    sum(case when {{ queries }}.status = 'cancelled' then 1 else 0 end) as cancelled_count,
    sum(case when {{ queries }}.is_cache_hit then 1 else 0 end) as cache_hit_count,
    sum(case when {{ queries }}.spilled_blocks > 0 then 1 else 0 end) as spilling_count,
    -- Integers are summed, and divided once: a sum of fractions would depend on the order of the rows.
    cast(sum({{ queries }}.execution_time_us) as double precision) / 1000000 as execution_seconds,
    max({{ queries }}.execution_seconds) as max_execution_seconds,
    {{ percentiles(queries ~ '.execution_time_us', 'execution') }},
    {{ percentiles(queries ~ '.queue_time_us', 'queue') }},
    cast(sum({{ queries }}.queue_time_us) as double precision) / 1000000 as queue_seconds,
    cast(sum({{ queries }}.compile_time_us) as double precision) / 1000000 as compile_seconds,
    {{ to_bigint('sum(' ~ queries ~ '.rows_returned)') }} as rows_returned,
    {{ to_bigint('sum(' ~ queries ~ '.bytes_scanned)') }} as bytes_scanned,
    {{ to_bigint('sum(' ~ queries ~ '.spilled_blocks)') }} as spilled_blocks,
    {{ spill_gb('sum(' ~ queries ~ '.spilled_blocks)') }} as spill_gb,
    max({{ queries }}.built_at) as built_at
{%- endmacro -%}
