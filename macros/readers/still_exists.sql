{#- Whether a relation or, with relation '', a schema exists. -#}
{%- macro still_exists(schema, relation) -%}
    {%- if relation -%}{{- return(adapter.get_relation(target.database, schema, relation) is not none) -}}{%- endif -%}
    {{- return(adapter.check_schema_exists(target.database, schema)) -}}
{%- endmacro -%}
