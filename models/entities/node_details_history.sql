{{ config(
    unique_key=['cluster_id', 'node_id', 'snapshot_date'],
    meta={'applies_syncs': true, 'bound': 'snapshot_date', 'rebuilt_from': {'table': 'stv_node_storage_capacity', 'time': 'synced_at'}},
    indexes=supported_indexes([{'columns': ['cluster_id', 'sync_id']}]),
    dist='all',
    sort=['snapshot_date'],
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook="{{ record_applied_syncs() }}"
) }}
{%- set bounds = pending_bounds() %}

with syncs as (
    {{ syncs_to_apply(bounds) }}
),

complete as (
    {{ complete_node_syncs('syncs', bounds) }}
),

storage as (
    select
        nodes.cluster_id,
        nodes.sync_id,
        nodes.synced_at,
        nodes.node,
        max(nodes.capacity_mb) as capacity_mb,
        max(nodes.used_mb) as used_mb
    from {{ ref('stg_stv_node_storage_capacity') }} as nodes
    {{ only_syncs('nodes', 'complete', bounds) }}
    group by nodes.cluster_id, nodes.sync_id, nodes.synced_at, nodes.node
),

slices as (
    select
        slices.cluster_id,
        slices.sync_id,
        slices.node,
        count(distinct slices.slice) as slice_count
    from {{ ref('stg_stv_slices') }} as slices
    {{ only_syncs('slices', 'complete', bounds) }}
    group by slices.cluster_id, slices.sync_id, slices.node
),

own_partitions as (
    select
        parts.cluster_id,
        parts.sync_id,
        parts.owner,
        parts.diskno,
        parts.part_begin,
        parts.capacity_mb,
        parts.is_nvme,
        max(parts.used_mb) as used_mb,
        max(parts.tossed_mb) as tossed_mb
    from {{ ref('stg_stv_partitions') }} as parts
    {{ only_syncs('parts', 'complete', bounds) }}
    where parts.capacity_mb > 0
    group by
        parts.cluster_id, parts.sync_id, parts.owner, parts.diskno, parts.part_begin, parts.capacity_mb, parts.is_nvme
),

disks as (
    select
        cluster_id,
        sync_id,
        owner,
        max(capacity_mb) as partition_mb,
        max(case when is_nvme then 1 else 0 end) as nvme,
        count(*) as partition_count,
        sum(capacity_mb) as disk_capacity_mb,
        sum(used_mb) as disk_used_mb,
        sum(tossed_mb) as disk_tossed_mb
    from own_partitions
    group by cluster_id, sync_id, owner
),

types as (
    select
        disks.cluster_id,
        disks.sync_id,
        disks.owner,
        max(types.node_type) as node_type
    from disks
    inner join {{ ref('node_types') }} as types
        on
            disks.partition_mb = types.capacity_mb
            and (types.is_nvme is null or types.is_nvme = (disks.nvme = 1))
            and (types.partition_count is null or disks.partition_count = types.partition_count)
    group by disks.cluster_id, disks.sync_id, disks.owner
),

-- The node type that DescribeClusters reported, where it was called; `clusters` has a row per change.
described as (
    select
        clusters.cluster_id,
        max(clusters.node_type) as node_type
    from {{ ref('stg_clusters') }} as clusters
    inner join (
        select
            cluster_id,
            max(synced_at) as synced_at
        from {{ ref('stg_clusters') }}
        group by cluster_id
    ) as newest
        on clusters.cluster_id = newest.cluster_id and clusters.synced_at = newest.synced_at
    group by clusters.cluster_id
),

snapshots as (
    select
        storage.cluster_id,
        storage.sync_id,
        storage.synced_at,
        storage.node as node_id,
        cast(storage.synced_at as date) as snapshot_date,
        coalesce(described.node_type, types.node_type, 'unknown') as node_type,
        coalesce(slices.slice_count, 0) as slice_count,
        coalesce(disks.nvme, 0) = 1 as is_nvme,
        storage.capacity_mb,
        storage.used_mb,
        disks.partition_count,
        disks.disk_capacity_mb,
        disks.disk_used_mb,
        disks.disk_tossed_mb
    from storage
    left join slices
        on storage.cluster_id = slices.cluster_id and storage.sync_id = slices.sync_id and storage.node = slices.node
    left join disks
        on storage.cluster_id = disks.cluster_id and storage.sync_id = disks.sync_id and storage.node = disks.owner
    left join types
        on storage.cluster_id = types.cluster_id and storage.sync_id = types.sync_id and storage.node = types.owner
    left join described on storage.cluster_id = described.cluster_id
),

last_of_day as (
    {{ newest_of('snapshots', ['cluster_id', 'node_id', 'snapshot_date'], ['synced_at desc', 'sync_id']) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    node_id,
    snapshot_date,
    cast(sync_id as varchar(64)) as sync_id,
    cast(node_type as varchar(64)) as node_type,
    slice_count,
    capacity_mb,
    used_mb,
    case
        when capacity_mb > 0 then (cast(used_mb as double precision) / capacity_mb) * 100
        else 0
    end as storage_utilization_pct,
    cast(capacity_mb as double precision) / 1024 as capacity_gb,
    is_nvme,
    synced_at,
    -- Columns of later versions: NULL in rows that an earlier one wrote.
    partition_count,
    {{ to_bigint('disk_capacity_mb') }} as disk_capacity_mb,
    {{ to_bigint('disk_used_mb') }} as disk_used_mb,
    {{ to_bigint('disk_tossed_mb') }} as disk_tossed_mb
from last_of_day
