{#- A run that sys_vacuum_history told without a transaction, and that stl_vacuum tells too: one of them is enough. -#}
{%- macro drop_superseded_vacuums() -%}
    delete from {{ this }}
    where xid = 0 and exists (
        select 1 from {{ this }} as told
        where
            told.cluster_id = {{ this }}.cluster_id
            and told.table_id = {{ this }}.table_id
            and told.xid <> 0
            and told.start_time >= {{ this }}.start_time - interval '1 second'
            and told.start_time <= {{ this }}.start_time + interval '1 second'
    )
{%- endmacro -%}
