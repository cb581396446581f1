{#- The time of this build: UTC, as a literal. -#}
{%- macro build_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro -%}
