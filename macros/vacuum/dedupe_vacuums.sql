{#- Post-hook of vacuum_history: deletes a run that sys_vacuum_history reported without a transaction when stl_vacuum reports the
    same run with one. -#}
{%- macro dedupe_vacuums() -%}
    delete from {{ this }}
    where xid = 0 and exists (
        select 1 from {{ this }} as superseding
        where
            superseding.cluster_id = {{ this }}.cluster_id
            and superseding.table_id = {{ this }}.table_id
            and superseding.xid <> 0
            and superseding.start_time >= {{ this }}.start_time - interval '1 second'
            and superseding.start_time <= {{ this }}.start_time + interval '1 second'
    )
{%- endmacro -%}
