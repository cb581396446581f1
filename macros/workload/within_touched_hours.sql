{#- Condition: a row with cluster_id and query_hour, and query_day where `by_day`, is of one of the hours (see touched_hours). -#}
{%- macro within_touched_hours(periods, by_day=false) -%}
    {%- if periods -%}
    {%- if by_day -%}
    query_day between cast('{{ (periods | map(attribute='first') | min).date() }}' as date)
    and cast('{{ (periods | map(attribute='last') | max).date() }}' as date)
    and {% endif -%}
    (
        {%- for period in periods %}
        {{ 'or ' if not loop.first }}(
            cluster_id = {{ sql_literal(period.cluster) }}
            and query_hour between cast('{{ period.first }}' as timestamp) and cast('{{ period.last }}' as timestamp)
        )
        {%- endfor %}
    )
    {%- else -%}
    1 = 0
    {%- endif -%}
{%- endmacro -%}
