{#- A pattern with * (any characters) and ? (one) as one of LIKE, with ^ as its escape character. -#}
{%- macro like_pattern(pattern) -%}
    {%- set escaped = pattern | replace('^', '^^') | replace('%', '^%') | replace('_', '^_') -%}
    {{- return(escaped | replace('*', '%') | replace('?', '_')) -}}
{%- endmacro -%}
