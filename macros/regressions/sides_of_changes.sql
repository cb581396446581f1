{#- A SELECT of what the subjects of the CTE `changes` did before and after their change_day, from the CTE `times`: two rows each. Bytes
    and spill are known of runs with detail only. -#}
{%- macro sides_of_changes() -%}
    select
        times.subject,
        case when times.query_day < changes.change_day then 0 else 1 end as is_after,
        min(times.first_user_name) as first_user_name,
        max(times.last_user_name) as last_user_name,
        {%- for column in ('redshift_version', 'query_hash') %}
        min({{ away_from_change('times.first_' ~ column) }}) as first_{{ column }},
        max({{ away_from_change('times.last_' ~ column) }}) as last_{{ column }},
        {%- endfor %}
        {{ four_decimals('exp(avg(cast(times.value as double precision)))') }} as p50_execution_seconds,
        avg(cast(times.value as double precision)) as mean_value,
        avg(cast(case when times.is_recent then times.value end as double precision)) as recent_value,
        {{ to_bigint('sum(times.run_count)') }} as run_count,
        count(*) as run_days,
        cast(sum(times.run_count) as double precision) / cast(count(*) as double precision) as runs_per_day,
        100 * cast(sum(times.cache_hit_count) as double precision) / sum(times.cache_hit_count + times.run_count) as cache_hit_pct,
        {%- set detailed = 'nullif(cast(sum(times.detailed_count) as double precision), 0)' %}
        sum(cast(times.bytes_scanned as double precision)) / {{ detailed }} as bytes_scanned_per_run,
        cast(sum(times.rows_returned) as double precision) / sum(times.run_count) as rows_returned_per_run,
        {{ spill_gb('sum(times.spilled_blocks)') }} / {{ detailed }} as spill_gb_per_run,
        {%- for name in ('queue', 'compile', 'lock_wait') %}
        cast(sum(times.{{ name }}_time_us) as double precision) / 1000000 / sum(times.run_count) as {{ name }}_seconds_per_run
        {{- ',' if not loop.last }}
        {%- endfor %}
    from times
    inner join changes on times.subject = changes.subject
    group by times.subject, case when times.query_day < changes.change_day then 0 else 1 end
{%- endmacro -%}

{#- SQL of a value of `times`, NULL on the day of the change and the one before: an upgrade or a new text comes within a day. -#}
{%- macro away_from_change(value) -%}
    case when times.query_day not between {{ dbt.dateadd('day', -1, 'changes.change_day') }} and changes.change_day then {{ value }} end
{%- endmacro -%}
