{#- Seconds from one timestamp to another, with their fraction. -#}
{%- macro seconds_between(start, stop) -%}
    {{- return(adapter.dispatch('seconds_between', 'qupersync')(start, stop)) -}}
{%- endmacro -%}

{%- macro default__seconds_between(start, stop) -%}{{ unsupported_adapter('seconds_between') }}{%- endmacro -%}

{%- macro postgres__seconds_between(start, stop) -%}
    cast(extract(epoch from {{ stop }} - {{ start }}) as double precision)
{%- endmacro -%}

{%- macro redshift__seconds_between(start, stop) -%}
    cast(datediff(microsecond, {{ start }}, {{ stop }}) as double precision) / 1000000
{%- endmacro -%}
