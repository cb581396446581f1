{#- Microseconds from one timestamp to another, a whole number: times are counted in them without rounding. -#}
{%- macro microseconds_between(start, stop) -%}
    {{- return(adapter.dispatch('microseconds_between', 'qupersync')(start, stop)) -}}
{%- endmacro -%}

{%- macro default__microseconds_between(start, stop) -%}{{ unsupported_adapter('microseconds_between') }}{%- endmacro -%}

{#- Rounded, because the seconds were a floating-point number before PostgreSQL 14. -#}
{%- macro postgres__microseconds_between(start, stop) -%}
    cast(round(extract(epoch from {{ stop }} - {{ start }}) * 1000000) as bigint)
{%- endmacro -%}

{%- macro redshift__microseconds_between(start, stop) -%}
    datediff(microsecond, {{ start }}, {{ stop }})
{%- endmacro -%}
