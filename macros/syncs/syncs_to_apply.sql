{#- The syncs that this model has not applied yet: cluster_id, sync_id, synced_at. All complete ones when it is built from nothing.

    The watermark is kept per cluster, since a slow cluster's load may land after a faster one's; within a cluster synced_at only
    grows (qupersync.sync.source sees to that). -#}
{%- macro syncs_to_apply() -%}
    {%- if is_incremental() -%}
    select pending.cluster_id, pending.sync_id, pending.synced_at
    from {{ ref('pending_syncs') }} as pending
    left join {{ ref('absorbed_syncs') }} as applied
        on applied.entity = '{{ this.name }}'
        and pending.cluster_id = applied.cluster_id
    where applied.absorbed_until is null or pending.synced_at > applied.absorbed_until
    {%- else -%}
    -- depends_on: {{ ref('pending_syncs') }}
    -- depends_on: {{ ref('absorbed_syncs') }}
    {{ complete_syncs() }}
    {%- endif -%}
{%- endmacro -%}
