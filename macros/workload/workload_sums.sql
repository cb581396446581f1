{#- A SELECT of the measures of each group of `queries` (a relation in the caller's WITH list, with the columns of query_history) by `keys`,
    columns of it that are not NULL: one definition for every grain.

    Two subqueries, joined: on Redshift all percentiles of a SELECT must have one order. -#}
{%- macro workload_sums(queries, keys) -%}
    select
        {%- for key in keys %}
        sums.{{ key }},
        {%- endfor %}
        sums.query_count,
        sums.failed_count,
        sums.cancelled_count,
        sums.cache_hit_count,
        sums.spilling_count,
        sums.execution_seconds,
        sums.max_execution_seconds,
        sums.p50_execution_seconds,
        sums.p95_execution_seconds,
        sums.p99_execution_seconds,
        waits.p50_queue_seconds,
        waits.p95_queue_seconds,
        waits.p99_queue_seconds,
        sums.queue_seconds,
        sums.compile_seconds,
        sums.rows_returned,
        sums.bytes_scanned,
        sums.spilled_blocks,
        sums.spill_gb,
        sums.built_at
    from (
        select
            {{ keys | join(', ') }},
            count(*) as query_count,
            sum(case when queries.status = 'failed' then 1 else 0 end) as failed_count,
            sum(case when queries.status = 'cancelled' then 1 else 0 end) as cancelled_count,
            sum(case when queries.is_cache_hit then 1 else 0 end) as cache_hit_count,
            sum(case when queries.spilled_blocks > 0 then 1 else 0 end) as spilling_count,
            -- Integers are summed, and divided once: a sum of fractions would depend on the order of the rows.
            cast(sum(queries.execution_time_us) as double precision) / 1000000 as execution_seconds,
            max(queries.execution_seconds) as max_execution_seconds,
            {{ percentiles('queries.execution_time_us', 'execution') }},
            cast(sum(queries.queue_time_us) as double precision) / 1000000 as queue_seconds,
            cast(sum(queries.compile_time_us) as double precision) / 1000000 as compile_seconds,
            {{ to_bigint('sum(queries.rows_returned)') }} as rows_returned,
            {{ to_bigint('sum(queries.bytes_scanned)') }} as bytes_scanned,
            {{ to_bigint('sum(queries.spilled_blocks)') }} as spilled_blocks,
            {{ spill_gb('sum(queries.spilled_blocks)') }} as spill_gb,
            max(queries.built_at) as built_at
        from {{ queries }} as queries
        group by {{ keys | join(', ') }}
    ) as sums
    inner join (
        select
            {{ keys | join(', ') }},
            {{ percentiles('queries.queue_time_us', 'queue') }}
        from {{ queries }} as queries
        group by {{ keys | join(', ') }}
    ) as waits
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}sums.{{ key }} = waits.{{ key }}
            {%- endfor %}
{%- endmacro -%}
