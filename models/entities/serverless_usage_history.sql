{{ config(
    unique_key=['cluster_id', 'start_time'],
    meta={'applies_syncs': true, 'bound': 'start_time', 'rebuilt_from': {'table': 'sys_serverless_usage', 'time': 'start_time'}},
    dist='all',
    sort=['start_time'],
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook="{{ record_applied_syncs() }}"
) }}
{%- set bounds = pending_bounds() %}

with syncs as (
    {{ syncs_to_apply(bounds) }}
),

intervals as (
    select used.*
    from {{ ref('stg_sys_serverless_usage') }} as used
    {{ only_syncs('used', 'syncs', bounds) }}
),

newest as (
    {{ newest_of('intervals', ['cluster_id', 'start_time'], ['synced_at desc', 'charged_seconds desc', 'compute_seconds desc']) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    start_time,
    end_time,
    compute_seconds,
    compute_capacity as capacity_rpu,
    data_storage_mb,
    cross_region_bytes,
    charged_seconds,
    charged_optimization_seconds,
    synced_at
from newest
