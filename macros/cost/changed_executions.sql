{#- The queries that carried_executions has not read yet, as literals: `since` (built_at; none when it is built from nothing), `first` and
    `last` start_time, and of those that were built last `newest` (built_at) and `newest_start`. -#}
{%- macro changed_executions() -%}
    {%- set history, changed = ref('query_history'), {'since': none, 'first': none} -%}
    {%- if is_incremental() and execute and not is_empty_build() -%}
        {%- set since = none if rebuilds_table() else run_query('select max(built_at) from ' ~ this).rows[0][0] -%}
        {%- do changed.update({'since': since or modules.datetime.datetime(1900, 1, 1)}) -%}
        {%- set rows = run_query(
            'select built_at, min(start_time), max(start_time) from ' ~ history ~ " where built_at > cast('" ~ changed.since
            ~ "' as timestamp) group by built_at order by built_at"
        ).rows -%}
        {%- do commit_now() -%}
        {%- if rows -%}
            {%- do changed.update({
                'first': rows | map(attribute=1) | min, 'last': rows | map(attribute=2) | max, 'newest': rows[-1][0], 'newest_start': rows[-1][2]
            }) -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(changed) -}}
{%- endmacro -%}
