{#- Median, p95 and p99 of a time in µs, as columns in seconds: p50_<name>_seconds and so on. -#}
{%- macro percentiles(expression, name) -%}
    {%- for share in (50, 95, 99) %}
    cast(percentile_cont({{ share / 100 }}) within group (order by {{ expression }}) as double precision) / 1000000
        as p{{ share }}_{{ name }}_seconds
        {%- if not loop.last %},{% endif -%}
    {%- endfor -%}
{%- endmacro -%}
