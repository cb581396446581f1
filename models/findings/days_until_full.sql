select
    {{ finding(
        check='days until full',
        severity='critical',
        object_name=sql_text('node {node_id}'),
        measured='days_until_full',
        unit='days',
        threshold=var('findings_days_until_full'),
        reason='Projected from the growth of the last 30 days.'
    ) }}
from {{ ref('node_storage') }}
where days_until_full < {{ var('findings_days_until_full') }}
