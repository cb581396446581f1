{#- Post-hook of a model with `meta.applies_syncs`: adds the watermarks that it reached to the ledger absorbed_syncs, in the transaction
    that wrote its rows. A build that is killed leaves neither; a sync that is applied twice leaves the same rows.

    An INSERT that reads nothing but this session's temporary table: models that run at the same time do not conflict. The newest
    row of an entity and a cluster counts; compact_ledger deletes the others. -#}
{%- macro record_applied_syncs() -%}
    {%- if execute and not (config.get('meta') or {}).get('applies_syncs') -%}
        {%- do exceptions.raise_compiler_error(
            this.name ~ " records applied syncs but is not counted among the models that do: add 'applies_syncs': true to its meta"
        ) -%}
    {%- endif -%}
    {%- set ledger = ref('absorbed_syncs') -%}
    {%- if new_watermarks() -%}
    insert into {{ ledger }} (entity, cluster_id, absorbed_until)
    select cast('{{ this.name }}' as varchar(64)), applied.cluster_id, applied.absorbed_until
    from {{ new_watermarks_table() }} as applied
    {%- endif -%}
{%- endmacro -%}
