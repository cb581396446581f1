{{ config(
    unique_key=['cluster_id', 'session_id', 'record_time', 'event'],
    meta={'applies_syncs': true, 'bound': 'record_time', 'rebuilt_from': {'table': 'sys_connection_log', 'time': 'record_time'}},
    indexes=supported_indexes([{'columns': ['record_time']}, {'columns': ['synced_at']}]),
    dist='session_id',
    sort=['record_time'],
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook="{{ record_applied_syncs() }}"
) }}
{%- set bounds = pending_bounds() %}

with syncs as (
    {{ syncs_to_apply(bounds) }}
),

events as (
    select connections.*
    from {{ ref('stg_sys_connection_log') }} as connections
    {{ only_syncs('connections', 'syncs', bounds) }}
),

newest as (
    {{ newest_of(
        'events',
        ['cluster_id', 'session_id', 'record_time', 'event'],
        ['synced_at desc', 'application_name desc', 'user_name', 'database_name', 'driver_version']
    ) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    session_id,
    record_time,
    cast(event as varchar(256)) as event,
    cast(user_name as varchar(256)) as user_name,
    cast(database_name as varchar(256)) as database_name,
    cast(application_name as varchar(512)) as application_name,
    cast(driver_version as varchar(256)) as driver_version,
    synced_at
from newest
