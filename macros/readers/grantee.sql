{#- A reader (see readers) as SQL of GRANT: its name is quoted, whatever it looks like. -#}
{%- macro grantee(reader) -%}{{- return(adapter.dispatch('grantee', 'qupersync')(reader)) -}}{%- endmacro -%}

{%- macro default__grantee(reader) -%}{{ unsupported_adapter('grantee') }}{%- endmacro -%}

{%- macro postgres__grantee(reader) -%}{{- return(quoted_name(reader)) -}}{%- endmacro -%}

{%- macro redshift__grantee(reader) -%}
    {%- set parts = reader.split(' ', 1) -%}
    {%- if parts | length == 2 and parts[0] in ('group', 'role') -%}
        {{- return(parts[0] ~ ' ' ~ quoted_name(parts[1])) -}}
    {%- endif -%}
    {{- return(quoted_name(reader)) -}}
{%- endmacro -%}
