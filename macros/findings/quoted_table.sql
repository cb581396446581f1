{#- SQL of a table's name, schema first, quoted for a statement; both arguments are columns. -#}
{%- macro quoted_table(schema, table_name) -%}
    {{ quoted(schema) }} || '.' || {{ quoted(table_name) }}
{%- endmacro -%}
