{#- For the text of a finding (see sql_text): the beginning of a pattern's query, in braces; nothing where texts are not kept. 150
    characters: with four bytes each they leave room for the reason. -#}
{%- macro query_of_pattern(column) -%}
    {{- return("{coalesce(' Query: ' || substring(" ~ column ~ ", 1, 150), '')}") -}}
{%- endmacro -%}
