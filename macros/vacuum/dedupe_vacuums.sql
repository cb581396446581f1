{#- Post-hook of vacuum_history: deletes a run that sys_vacuum_history reported without a transaction when stl_vacuum reports the
    same run with one. Of an increment only runs that began since its new rows did: a comment in its SQL holds the time. -#}
{%- macro dedupe_vacuums() -%}
    {%- if not is_empty_build() -%}
    {%- set since = (modules.re.findall('-- runs since: ([^\n]+)', model.compiled_code or '') if execute else []) or ['1900-01-01'] -%}
    delete from {{ this }}
    where
        xid = 0
        and start_time >= cast('{{ since[0] }}' as timestamp)
        and (cluster_id, table_id, start_time) in (
            select
                doubled.cluster_id,
                doubled.table_id,
                doubled.start_time
            from {{ this }} as doubled
            inner join {{ this }} as kept
                on
                    doubled.cluster_id = kept.cluster_id
                    and doubled.table_id = kept.table_id
                    and doubled.start_time >= kept.start_time - interval '1 second'
                    and doubled.start_time <= kept.start_time + interval '1 second'
            where
                doubled.xid = 0
                and doubled.start_time >= cast('{{ since[0] }}' as timestamp)
                and kept.xid <> 0
                and kept.start_time >= cast('{{ since[0] }}' as timestamp) - interval '1 second'
        )
    {%- endif -%}
{%- endmacro -%}
