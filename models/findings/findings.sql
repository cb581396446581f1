select
    found.cluster_id,
    found.check_name,
    found.severity,
    found.database_name,
    found.object_name,
    found.measured,
    found.unit,
    found.threshold,
    found.reason,
    found.statement,
    history.first_seen,
    history.last_seen,
    {{ qupersync.muted_reason('found.check_name', 'found.object_name', 'found.cluster_id') }} as muted_reason
from {{ ref('findings_now') }} as found
left join {{ ref('findings_history') }} as history
    on
        found.cluster_id = history.cluster_id
        and found.check_name = history.check_name
        and coalesce(found.database_name, '') = history.database_name
        and found.object_name = history.object_name
        and history.resolved_at is null
