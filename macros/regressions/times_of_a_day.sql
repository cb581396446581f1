{#- The columns that query_regressions reads of query_pattern_times_daily and counts of dbt_node_runs, in the order of their union. -#}
{%- macro times_of_a_day() -%}
    {{- return([
        'run_count', 'detailed_count', 'cache_hit_count', 'first_user_name', 'last_user_name', 'first_redshift_version',
        'last_redshift_version', 'queue_time_us', 'compile_time_us', 'lock_wait_time_us', 'rows_returned', 'bytes_scanned', 'spilled_blocks'
    ]) -}}
{%- endmacro -%}
