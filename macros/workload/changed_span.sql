{#- What a daily mart has to process: `since`, the newest built_at that it has, and `first` and `last`, the days of the queries
    that are newer. Queried beforehand, so that the model's statement carries literals for planner and zone maps. -#}
{%- macro changed_span() -%}
    {%- set history = ref('query_history') -%}
    {%- set span = {'since': '1900-01-01', 'first': '1900-01-01', 'last': '1900-01-01'} -%}
    {%- if execute -%}
        {%- set since = run_query('select max(built_at) from ' ~ this).rows[0][0] -%}
        {%- do span.update({'since': since or '1900-01-01'}) -%}
        {%- set days = run_query(
            "select min(start_time), max(start_time) from " ~ history ~ " where built_at > cast('" ~ span.since ~ "' as timestamp)"
        ).rows[0] -%}
        {%- if days[0] is not none -%}
            {%- do span.update({'first': days[0].strftime('%Y-%m-%d'), 'last': days[1].strftime('%Y-%m-%d')}) -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(span) -}}
{%- endmacro -%}
