{#- Post-hook of a table that each build recreates: without statistics PostgreSQL takes it to be large, and scans all of staging. -#}
{%- macro analyze_if_needed() -%}
    {%- if needs_analyze() %}analyze {{ this }}{% endif -%}
{%- endmacro -%}
