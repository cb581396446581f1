{#- Pre-hook of an incremental model that may be built anew (see rebuilds_table), in its transaction: readers see the former rows until
    the new ones are committed. -#}
{%- macro empty_rebuilt_table() -%}
    {%- if execute and rebuilds_table() -%}
        {%- set missing = missing_columns() -%}
        {%- if missing and is_empty_build() -%}
            {%- do exceptions.raise_compiler_error(
                this.name ~ ' lacks ' ~ missing | join(', ') ~ ': an earlier version built it. Build it once without --empty.'
            ) -%}
        {%- elif missing -%}
            {%- do log(this.name ~ ' lacks ' ~ missing | join(', ') ~ ': built anew from all of history', info=true) -%}
        {%- endif -%}
        {%- if not is_empty_build() %}delete from {{ this }}{% endif -%}
    {%- endif -%}
{%- endmacro -%}
