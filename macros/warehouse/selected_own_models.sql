{#- The models of this package that this dbt command builds. -#}
{%- macro selected_own_models() -%}
    {{- return(own_models() | selectattr('unique_id', 'in', selected_resources) | list) -}}
{%- endmacro -%}
