{#- Seconds from one timestamp to another, with their fraction. -#}
{%- macro seconds_between(start, stop) -%}
    {{- return(adapter.dispatch('seconds_between', 'qupersync')(start, stop)) -}}
{%- endmacro -%}

{%- macro default__seconds_between(start, stop) -%}
    cast(extract(epoch from {{ stop }} - {{ start }}) as double precision)
{%- endmacro -%}

{%- macro redshift__seconds_between(start, stop) -%}
    cast(datediff(microsecond, {{ start }}, {{ stop }}) as double precision) / 1000000
{%- endmacro -%}


{#- The time of this build: UTC, as a literal. -#}
{%- macro build_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro -%}
