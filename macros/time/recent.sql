{#- Condition: `column` lies within the last `test_days` days (a var; 0 for all of history). Bounds the data tests on histories. -#}
{%- macro recent(column) -%}
    {%- if column and var('test_days') | int > 0 -%}
        {%- set since = run_started_at - modules.datetime.timedelta(days=var('test_days') | int) -%}
    {{ column }} >= cast('{{ since.strftime("%Y-%m-%d") }}' as timestamp)
    {%- else -%}
    1 = 1
    {%- endif -%}
{%- endmacro -%}
