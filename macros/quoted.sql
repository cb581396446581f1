{#- An identifier out of a column, quoted for a statement. -#}
{%- macro quoted(column) -%}
    '"' || replace({{ column }}, '"', '""') || '"'
{%- endmacro -%}
