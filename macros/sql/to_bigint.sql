{#- A number as a 64-bit integer, cut to the range of one: a sum may exceed it. NULL stays NULL, which greatest() alone would ignore. -#}
{%- macro to_bigint(expression) -%}
    case when {{ expression }} is not null
        then cast(least(greatest(cast({{ expression }} as numeric(38, 0)), -9223372036854775807), 9223372036854775807) as bigint) end
{%- endmacro -%}
