{#- Whole microseconds from one timestamp to another, as a bigint. -#}
{%- macro microseconds_between(start, stop) -%}
    {{- return(adapter.dispatch('microseconds_between', 'qupersync')(start, stop)) -}}
{%- endmacro -%}

{%- macro default__microseconds_between(start, stop) -%}{{ unsupported_adapter('microseconds_between') }}{%- endmacro -%}

{%- macro postgres__microseconds_between(start, stop) -%}
    cast(round(cast(extract(epoch from {{ stop }} - {{ start }}) as numeric(38, 6)) * 1000000) as bigint)
{%- endmacro -%}

{%- macro redshift__microseconds_between(start, stop) -%}
    cast(datediff(microsecond, {{ start }}, {{ stop }}) as bigint)
{%- endmacro -%}
