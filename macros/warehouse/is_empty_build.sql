{#- Whether dbt was called with --empty: then no sync is applied, no row is deleted, nothing is recorded. -#}
{%- macro is_empty_build() -%}
    {{- return(invocation_args_dict.get('empty') or false) -}}
{%- endmacro -%}
