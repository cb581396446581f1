select
    {{ finding(
        check='skewed rows',
        severity='warning',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='pct_skew_across_slices',
        unit='percent over the emptiest slice',
        threshold=var('findings_skew_pct'),
        reason='The fullest slice determines how long every scan takes.',
        statement='ALTER TABLE {object} ALTER DISTSTYLE AUTO;'
    ) }}
from {{ ref('table_health') }}
where
    {{ is_large_table('tbl_rows') }}
    and diststyle in ('KEY', 'EVEN')
    and pct_skew_across_slices >= {{ var('findings_skew_pct') }}
