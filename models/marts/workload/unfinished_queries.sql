with versions as (
    select
        queries.*,
        row_number() over (
            partition by queries.cluster_id, queries.query_id, queries.start_time order by queries.synced_at desc, queries.status
        ) as version_rank
    from {{ ref('stg_sys_query_history') }} as queries
    where not queries.is_final
),

newest_syncs as (
    select
        cluster_id,
        max(synced_at) as synced_at
    from {{ source('qupersync_staging', 'sync_runs') }}
    where view_name = 'sys_query_history' and outcome = 'ok'
    group by cluster_id
)

select
    versions.cluster_id,
    versions.query_id,
    versions.start_time,
    versions.transaction_id,
    versions.session_id,
    cast(versions.user_name as varchar(256)) as user_name,
    cast(versions.database_name as varchar(256)) as database_name,
    cast(versions.status as varchar(64)) as last_status,
    cast(versions.query_type as varchar(64)) as query_type,
    versions.query_text,
    versions.elapsed_time_us as last_elapsed_time_us,
    versions.synced_at < newest_syncs.synced_at as is_lost,
    versions.synced_at as last_seen_at
from versions
inner join newest_syncs on versions.cluster_id = newest_syncs.cluster_id
left join {{ ref('query_history') }} as finished
    on
        versions.cluster_id = finished.cluster_id
        and versions.query_id = finished.query_id
        and versions.start_time = finished.start_time
where versions.version_rank < 2 and finished.query_id is null
