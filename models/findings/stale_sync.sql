select
    {{ finding(
        check='stale sync',
        severity='warning',
        critical_when='synced_at < ' ~ dbt.dateadd('hour', -var('findings_stale_critical_hours'), query_time()),
        object_name="'cluster'",
        measured=seconds_between('synced_at', query_time()) ~ ' / 3600',
        unit='hours without a sync',
        threshold=var('findings_stale_hours'),
        reason='Redshift retains about seven days: rows that are not synced by then are lost. All other findings are as old as this sync.'
    ) }}
from {{ ref('newest_syncs') }}
where synced_at < {{ dbt.dateadd('hour', -var('findings_stale_hours'), query_time()) }}
