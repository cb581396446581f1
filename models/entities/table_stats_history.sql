{{ config(
    unique_key=['cluster_id', 'database_name', 'table_id', 'snapshot_date'],
    meta={'applies_syncs': true, 'bound': 'snapshot_date', 'rebuilt_from': {'table': 'svv_table_info', 'time': 'synced_at'}},
    indexes=supported_indexes([
        {'columns': ['cluster_id', 'table_id', 'snapshot_date']}, {'columns': ['cluster_id', 'sync_id']}, {'columns': ['synced_at']}
    ]),
    dist='table_id',
    sort=['snapshot_date'],
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook="{{ record_applied_syncs() }}"
) }}
{%- set bounds = pending_bounds() %}

with syncs as (
    {{ syncs_to_apply(bounds) }}
),

snapshots as (
    select
        tables.*,
        cast(tables.synced_at as date) as snapshot_date
    from {{ ref('stg_svv_table_info') }} as tables
    {{ only_syncs('tables', 'syncs', bounds) }}
),

last_of_day as (
    {{ newest_of(
        'snapshots',
        ['cluster_id', 'database_name', 'table_id', 'snapshot_date'],
        ['synced_at desc', 'schema_name', 'table_name', 'size_mb desc', 'tbl_rows_or_0 desc']
    ) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    cast(database_name as varchar(256)) as database_name,
    table_id,
    snapshot_date,
    cast(sync_id as varchar(64)) as sync_id,
    cast(connected_database as varchar(256)) as connected_database,
    cast(schema_name as varchar(256)) as schema,
    cast(table_name as varchar(256)) as table_name,
    cast(diststyle as varchar(16)) as diststyle,
    cast(dist_key as varchar(512)) as dist_key,
    cast(sort_key1 as varchar(512)) as sort_key1,
    cast(encoded as varchar(1)) as encoded,
    sortkey_num,
    tbl_rows,
    cast(size_mb as double precision) as size_mb,
    unsorted_pct,
    stats_off_pct,
    vacuum_sort_benefit_pct,
    pct_skew_across_slices,
    pct_rows_marked_for_deletion,
    is_auto_sortkey,
    create_time,
    synced_at,
    -- Columns of later versions: NULL in rows that an earlier one wrote.
    cast(current_diststyle as varchar(16)) as current_diststyle,
    cast(sort_key1_encoding as varchar(256)) as sort_key1_encoding,
    is_auto_encoded,
    estimated_visible_rows,
    pct_used
from last_of_day
