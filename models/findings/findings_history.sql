{{ config(
    unique_key=['cluster_id', 'check_name', 'database_name', 'object_name', 'first_seen'],
    meta={'bound': 'first_seen'},
    sort=['first_seen']
) }}

-- One row per finding and period. Each build compares the findings of a cluster's newest sync with those that are still open.
with newest as (
    select * from {{ ref('newest_syncs') }}
),

present as (
    select
        found.cluster_id,
        found.check_name,
        cast(coalesce(found.database_name, '') as varchar(256)) as database_name,
        found.object_name,
        cast(max(found.severity) as varchar(16)) as severity,
        max(found.measured) as measured,
        max(newest.synced_at) as seen_at
    from {{ ref('findings_now') }} as found
    inner join newest on found.cluster_id = newest.cluster_id
    {% if is_empty_build() %}where 1 = 0{% endif %}
    group by found.cluster_id, found.check_name, coalesce(found.database_name, ''), found.object_name
)

{% if is_incremental() %}
    ,

    still_open as (
        select * from {{ this }}
        where resolved_at is null
    )
{% endif %}

select
    present.cluster_id,
    present.check_name,
    present.database_name,
    present.object_name,
    {% if is_incremental() %}coalesce(still_open.first_seen, present.seen_at){% else %}present.seen_at{% endif %} as first_seen,
    present.seen_at as last_seen,
    cast(null as timestamp) as resolved_at,
    present.severity,
    present.measured
from present
{% if is_incremental() %}
    left join still_open
        on
            present.cluster_id = still_open.cluster_id
            and present.check_name = still_open.check_name
            and present.database_name = still_open.database_name
            and present.object_name = still_open.object_name
    union all
    select
        still_open.cluster_id,
        still_open.check_name,
        still_open.database_name,
        still_open.object_name,
        still_open.first_seen,
        still_open.last_seen,
        newest.synced_at as resolved_at,
        still_open.severity,
        still_open.measured
    from still_open
    inner join newest on still_open.cluster_id = newest.cluster_id
    left join present
        on
            still_open.cluster_id = present.cluster_id
            and still_open.check_name = present.check_name
            and still_open.database_name = present.database_name
            and still_open.object_name = present.object_name
    where present.cluster_id is null
{% endif %}
