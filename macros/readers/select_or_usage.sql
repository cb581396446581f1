{#- What GRANT and REVOKE name: `select on` a relation or, with relation '', `usage on` the schema. -#}
{%- macro select_or_usage(schema, relation) -%}
    {{- return(
        'select on ' ~ quoted_name(schema) ~ '.' ~ quoted_name(relation) if relation else 'usage on schema ' ~ quoted_name(schema)
    ) -}}
{%- endmacro -%}
