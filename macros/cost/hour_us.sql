{#- The microseconds of an hour. -#}
{%- macro hour_us() -%}3600000000{%- endmacro -%}
