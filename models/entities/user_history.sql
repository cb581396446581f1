{{ config(
    unique_key=['cluster_id', 'user_id', 'snapshot_date'],
    meta={'applies_syncs': true, 'bound': 'snapshot_date', 'rebuilt_from': {'table': 'svv_user_info', 'time': 'synced_at'}},
    indexes=supported_indexes([{'columns': ['snapshot_date']}, {'columns': ['synced_at']}]),
    dist='all',
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
        users.*,
        cast(users.synced_at as date) as snapshot_date
    from {{ ref('stg_svv_user_info') }} as users
    {{ only_syncs('users', 'syncs', bounds) }}
),

last_of_day as (
    {{ newest_of('snapshots', ['cluster_id', 'user_id', 'snapshot_date'], ['synced_at desc', 'user_name desc']) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    user_id,
    snapshot_date,
    cast(sync_id as varchar(64)) as sync_id,
    cast(user_name as varchar(256)) as user_name,
    cast(syslog_access as varchar(256)) as syslog_access,
    is_superuser,
    synced_at
from last_of_day
