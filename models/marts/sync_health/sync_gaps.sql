select
    cluster_id,
    view_name,
    database_name,
    gap_from,
    gap_to,
    {{ seconds_between('gap_from', 'gap_to') }} / 3600 as gap_hours,
    synced_at as noticed_at
from {{ source('qupersync_staging', 'sync_runs') }}
where gap_from is not null and outcome = 'ok'
