{#- GB (1024³ bytes) of a number of spilled blocks, which are 8 KB each. -#}
{%- macro spill_gb(spilled_blocks) -%}
    cast({{ spilled_blocks }} as double precision) * 8 / 1048576
{%- endmacro -%}
