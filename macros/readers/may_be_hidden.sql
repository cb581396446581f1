{#- Whether a reader may exist although known_grantees does not list it: Redshift's svv_roles shows an ordinary user its own roles. -#}
{%- macro may_be_hidden(reader) -%}{{- return(adapter.dispatch('may_be_hidden', 'qupersync')(reader)) -}}{%- endmacro -%}

{%- macro default__may_be_hidden(reader) -%}{{ unsupported_adapter('may_be_hidden') }}{%- endmacro -%}
{%- macro postgres__may_be_hidden(reader) -%}{{- return(false) -}}{%- endmacro -%}
{%- macro redshift__may_be_hidden(reader) -%}{{- return(reader.startswith('role ')) -}}{%- endmacro -%}
