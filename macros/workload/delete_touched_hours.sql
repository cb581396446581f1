{#- Pre-hook of an incremental mart of concurrency, in its transaction: deletes the hours that the increment aggregates again. The
    strategy replaces the keys of the increment's rows alone, and an hour may have lost its last query, or a queue's. -#}
{%- macro delete_touched_hours() -%}
    {%- if execute and is_incremental() and not rebuilds_table() -%}
        {%- set periods = touched_hours(commit=false) -%}
        {%- if periods -%}
    delete from {{ this }} where {{ within_touched_hours(periods, by_day=true) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
