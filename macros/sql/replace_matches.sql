{#- `text` with every match of a POSIX pattern replaced. Neither has a backslash, which the two engines read differently. -#}
{%- macro replace_matches(text, pattern, replacement) -%}
    {{- return(adapter.dispatch('replace_matches', 'qupersync')(text, sql_literal(pattern), sql_literal(replacement))) -}}
{%- endmacro -%}

{%- macro default__replace_matches(text, pattern, replacement) -%}{{ unsupported_adapter('replace_matches') }}{%- endmacro -%}

{%- macro postgres__replace_matches(text, pattern, replacement) -%}
    {{- return('regexp_replace(' ~ text ~ ', ' ~ pattern ~ ', ' ~ replacement ~ ", 'g')") -}}
{%- endmacro -%}

{#- It replaces all matches; c: case counts. -#}
{%- macro redshift__replace_matches(text, pattern, replacement) -%}
    {{- return('regexp_replace(' ~ text ~ ', ' ~ pattern ~ ', ' ~ replacement ~ ", 1, 'c')") -}}
{%- endmacro -%}
