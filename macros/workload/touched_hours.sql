{#- What an incremental mart of concurrency has to aggregate again: a query counts in each hour in which it waited or ran, so a new or
    changed query touches all hours from its start to its end, and those that it covered before it changed. A list of
    {cluster, first, last, reads_from}: hours of a cluster that follow each other are one item, `last` is the last hour, and no query
    that reaches into them started before `reads_from`.

    The former reach and `reads_from` are exact: each row of the mart has the earliest start of its queries (oldest_start_time). A
    query that started at s counted, since its hour, at most in rows whose oldest start is not after s.

    Asked when the model is compiled, in a transaction of its own (`commit`), so that the model's statement carries literals for planner
    and zone maps. -#}
{%- macro touched_hours(commit=true) -%}
    {%- set history, hours, periods = ref('query_history'), this, [] -%}
    {%- if execute and not is_empty_build() -%}
        {%- set since = run_query('select max(built_at) from ' ~ hours).rows[0][0] or '1900-01-01' -%}
        {%- set oldest = run_query(
            'select min(start_time) from ' ~ history ~ " where built_at > cast('" ~ since ~ "' as timestamp)"
        ).rows[0][0] -%}
        {%- set rows = run_query(spans_of_touched_hours(history, hours, since, oldest)).rows if oldest else [] -%}
        {%- if commit -%}{%- do commit_now() -%}{%- endif -%}
        {%- for row in rows -%}
            {#- Beyond a hundred items those between the first and the last are aggregated again as well, which changes nothing. -#}
            {%- if periods and periods[-1].cluster == row[0] and rows | length > 100 -%}
                {%- do periods[-1].update({'last': row[2], 'reads_from': [periods[-1].reads_from, row[3]] | min}) -%}
            {%- else -%}
                {%- do periods.append({'cluster': row[0], 'first': row[1], 'last': row[2], 'reads_from': row[3]}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(periods) -}}
{%- endmacro -%}
