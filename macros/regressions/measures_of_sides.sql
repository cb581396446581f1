{#- The columns of sides_of_changes that query_regressions shows of both sides. -#}
{%- macro measures_of_sides() -%}
    {{- return([
        'last_user_name', 'last_redshift_version', 'last_query_hash', 'p50_execution_seconds', 'run_count', 'run_days', 'runs_per_day', 'cache_hit_pct', 'bytes_scanned_per_run',
        'rows_returned_per_run', 'spill_gb_per_run', 'queue_seconds_per_run', 'compile_seconds_per_run', 'lock_wait_seconds_per_run'
    ]) -}}
{%- endmacro -%}
