{#- The columns of this model's YAML that its table lacks, because an earlier version built it. -#}
{%- macro missing_columns() -%}
    {%- set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
    {{- return(model.columns | reject('in', present) | list) -}}
{%- endmacro -%}
