{#- A name as a quoted identifier. -#}
{%- macro quoted_name(name) -%}
    {{- return('"' ~ name | replace('"', '""') ~ '"') -}}
{%- endmacro -%}
