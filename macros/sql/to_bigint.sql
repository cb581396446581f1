{#- A number as a 64-bit integer, cut to the range of one: a sum may exceed it. -#}
{%- macro to_bigint(expression) -%}
    cast(least(greatest(cast({{ expression }} as numeric(38, 0)), -9223372036854775807), 9223372036854775807) as bigint)
{%- endmacro -%}
