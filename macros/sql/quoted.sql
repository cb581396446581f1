{#- SQL of an identifier, quoted for a statement; `column` is the column that holds its name. -#}
{%- macro quoted(column) -%}
    '"' || replace({{ column }}, '"', '""') || '"'
{%- endmacro -%}
