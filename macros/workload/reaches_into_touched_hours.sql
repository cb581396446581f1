{#- Condition: the query, of `queries` in the caller's FROM clause, may have waited or run in one of the hours (see touched_hours). -#}
{%- macro reaches_into_touched_hours(queries, periods) -%}
    {%- if periods -%}
    {%- set rest_of_hour = modules.datetime.timedelta(microseconds=3599999999) -%}
    {{ queries }}.start_time >= cast('{{ periods | map(attribute='reads_from') | min }}' as timestamp)
    and {{ queries }}.start_time <= cast('{{ (periods | map(attribute='last') | max) + rest_of_hour }}' as timestamp)
    and (
        {%- for period in periods %}
        {{ 'or ' if not loop.first }}(
            {{ queries }}.cluster_id = {{ sql_literal(period.cluster) }}
            and {{ queries }}.start_time between cast('{{ period.reads_from }}' as timestamp) and cast('{{ period.last + rest_of_hour }}' as timestamp)
            and {{ queries }}.end_time > cast('{{ period.first }}' as timestamp)
        )
        {%- endfor %}
    )
    {%- else -%}
    1 = 0
    {%- endif -%}
{%- endmacro -%}
