{#- Condition: the query, of `queries` in the caller's FROM clause, lies in one of the periods (see changed_periods) by the time in
    `column`. -#}
{%- macro within_changed_periods(queries, periods, column='start_time') -%}
    {%- if periods -%}
    {{ queries }}.{{ column }} >= cast('{{ periods | map(attribute='first') | min }}' as timestamp)
    and {{ queries }}.{{ column }} < cast('{{ periods | map(attribute='last') | max }}' as timestamp)
    and (
        {%- for period in periods %}
        {{ 'or ' if not loop.first }}(
            {{ queries }}.cluster_id = {{ sql_literal(period.cluster) }}
            and {{ queries }}.{{ column }} >= cast('{{ period.first }}' as timestamp) and {{ queries }}.{{ column }} < cast('{{ period.last }}' as timestamp)
        )
        {%- endfor %}
    )
    {%- else -%}
    1 = 0
    {%- endif -%}
{%- endmacro -%}
