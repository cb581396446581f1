{#- Post-hook of a model with `meta.applies_syncs`: moves its watermarks in the ledger absorbed_syncs, in the transaction that wrote
    its rows. A build that is killed leaves neither; a sync that is applied twice leaves the same rows. -#}
{%- macro record_applied_syncs() -%}
    {%- if execute and not (config.get('meta') or {}).get('applies_syncs') -%}
        {%- do exceptions.raise_compiler_error(
            this.name ~ " records applied syncs but is not counted among the models that do: add 'applies_syncs': true to its meta"
        ) -%}
    {%- endif -%}
    {%- set ledger = ref('absorbed_syncs') -%}
    {%- set pending = ref('pending_syncs') -%}
    delete from {{ ledger }}
    where entity = '{{ this.name }}' and cluster_id in (
        select pending.cluster_id from {{ pending }} as pending
        where pending.synced_at > {{ ledger }}.absorbed_until
    );
    insert into {{ ledger }} (entity, cluster_id, absorbed_until)
    select '{{ this.name }}', pending.cluster_id, max(pending.synced_at)
    from {{ pending }} as pending
    where pending.cluster_id not in (select done.cluster_id from {{ ledger }} as done where done.entity = '{{ this.name }}')
    group by pending.cluster_id
{%- endmacro -%}
