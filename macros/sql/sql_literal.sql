{#- A text as a literal. -#}
{%- macro sql_literal(text) -%}{{- return(adapter.dispatch('sql_literal', 'qupersync')(text | string)) -}}{%- endmacro -%}

{%- macro default__sql_literal(text) -%}{{ unsupported_adapter('sql_literal') }}{%- endmacro -%}

{%- macro postgres__sql_literal(text) -%}
    {{- return("'" ~ text | replace("'", "''") ~ "'") -}}
{%- endmacro -%}

{#- Redshift reads a backslash in any literal as an escape. -#}
{%- macro redshift__sql_literal(text) -%}
    {{- return("'" ~ text | replace("\\", "\\\\") | replace("'", "''") ~ "'") -}}
{%- endmacro -%}
