select
    {{ finding(
        check='disk utilization',
        severity='warning',
        critical_when='storage_utilization_pct > ' ~ var('findings_disk_critical_pct'),
        object_name=sql_text('node {node_id}'),
        measured='storage_utilization_pct',
        unit='percent of capacity',
        threshold=var('findings_disk_pct'),
        reason='VACUUM, large sorts and spills need free space; a full disk stops writes.'
    ) }}
from {{ ref('node_storage') }}
where storage_utilization_pct > {{ var('findings_disk_pct') }}
