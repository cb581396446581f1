{#- SQL of a factor, with four decimals: two builds that add its parts up in another order agree. -#}
{%- macro four_decimals(expression) -%}
    cast(cast(least({{ expression }}, 1000000000) as numeric(18, 4)) as double precision)
{%- endmacro -%}
