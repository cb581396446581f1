select
    {{ finding(
        check='stale statistics',
        severity='warning',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='stats_off_pct',
        unit='percent stale',
        threshold=var('findings_stats_off_pct'),
        reason='Planner statistics are stale.',
        statement='ANALYZE {object};'
    ) }}
from {{ ref('table_health') }}
where stats_off_pct > {{ var('findings_stats_off_pct') }}
