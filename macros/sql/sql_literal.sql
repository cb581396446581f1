{#- A text as a literal. -#}
{%- macro sql_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro -%}
