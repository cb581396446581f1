{#- Condition of the data tests on histories: rows of the last days' syncs (`test_days`; 0 for all of them). -#}
{%- macro recent(column) -%}
    {%- if column and var('test_days') | int > 0 -%}
        {%- set since = run_started_at - modules.datetime.timedelta(days=var('test_days') | int) -%}
    {{ column }} >= cast('{{ since.strftime("%Y-%m-%d") }}' as timestamp)
    {%- else -%}
    1 = 1
    {%- endif -%}
{%- endmacro -%}
