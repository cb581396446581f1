select
    {{ finding(
        check='ghost rows',
        severity='warning',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='pct_rows_marked_for_deletion',
        unit='percent of rows',
        threshold=var('findings_ghost_rows_pct'),
        reason='Rows marked for deletion take up space, and every scan reads them.',
        statement='VACUUM DELETE ONLY {object} TO 100 PERCENT;'
    ) }}
from {{ ref('table_health') }}
where {{ is_large_table('tbl_rows') }} and pct_rows_marked_for_deletion > {{ var('findings_ghost_rows_pct') }}
