{#- What an incremental mart of query_history has to aggregate again: the days or hours (`unit`) with a query that is newer than the
    mart, by its built_at. A list of {cluster, first, last}: the periods of a cluster that follow each other are one item; `last` is the
    begin of the period after them. With `carried` (see carried_executions) also the hours that such queries executed in later.

    Asked when the model is compiled, in a transaction of its own: one look at the new rows, and the model's statement carries
    literals for planner and zone maps. -#}
{%- macro changed_periods(unit, carried=none) -%}
    {%- set history, periods = ref('query_history'), [] -%}
    {%- if execute and not is_empty_build() -%}
        {%- set newest = none if rebuilds_table() else run_query('select max(built_at) from ' ~ this).rows[0][0] -%}
        {%- set since = newest or '1900-01-01' -%}
        {%- set rows = run_query(
            "select cluster_id, date_trunc('" ~ unit ~ "', start_time) as period from " ~ history
            ~ " where built_at > cast('" ~ since ~ "' as timestamp) group by 1, 2"
            ~ (" union select cluster_id, cost_hour from " ~ carried ~ " where built_at > cast('" ~ since ~ "' as timestamp)" if carried else '')
            ~ ' order by 1, 2'
        ).rows -%}
        {%- do commit_now() -%}
        {%- set length = modules.datetime.timedelta(hours=24 if unit == 'day' else 1) -%}
        {%- for row in rows -%}
            {#- Beyond a hundred items those between the first and the last are aggregated again as well, which changes nothing. -#}
            {%- if periods and periods[-1].cluster == row[0] and (periods[-1].last == row[1] or rows | length > 100) -%}
                {%- do periods[-1].update({'last': row[1] + length}) -%}
            {%- else -%}
                {%- do periods.append({'cluster': row[0], 'first': row[1], 'last': row[1] + length}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(periods) -}}
{%- endmacro -%}
