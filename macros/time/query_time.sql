{#- The time at which a query runs, in UTC. A view that compares with it is right between builds too. -#}
{%- macro query_time() -%}{{- return(adapter.dispatch('query_time', 'qupersync')()) -}}{%- endmacro -%}

{%- macro default__query_time() -%}{{ unsupported_adapter('query_time') }}{%- endmacro -%}
{%- macro postgres__query_time() -%}{{- return("cast(now() at time zone 'utc' as timestamp)") -}}{%- endmacro -%}
{%- macro redshift__query_time() -%}{{- return('cast(getdate() as timestamp)') -}}{%- endmacro -%}
