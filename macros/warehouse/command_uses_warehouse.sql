{#- Whether this dbt command reads or writes the tables that the on-run-start hooks prepare. -#}
{%- macro command_uses_warehouse() -%}
    {{- return(execute and flags.WHICH in ('build', 'run', 'seed', 'test', 'compile', 'show')) -}}
{%- endmacro -%}
