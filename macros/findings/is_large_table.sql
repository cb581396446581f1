{#- Condition that leaves out small tables: their percentages swing widely and cost nothing. -#}
{%- macro is_large_table(tbl_rows) -%}
    coalesce({{ tbl_rows }}, 0) > {{ var('findings_min_rows') }}
{%- endmacro -%}
