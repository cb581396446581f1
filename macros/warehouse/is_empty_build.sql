{#- Whether dbt was called with --empty: then no sync is applied, no row is deleted, nothing is recorded. Unit tests have rows of their
    own, with --empty as well. -#}
{%- macro is_empty_build() -%}
    {%- set is_unit_test = model is defined and model.resource_type == 'unit_test' -%}
    {{- return((invocation_args_dict.get('empty') or false) and not is_unit_test) -}}
{%- endmacro -%}
