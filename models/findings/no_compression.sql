select
    {{ finding(
        check='no compression',
        severity='info',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='size_gb',
        unit='GB',
        reason='No column is compressed: more blocks to store and to read.',
        statement='ALTER TABLE {object} ALTER ENCODE AUTO;'
    ) }}
from {{ ref('table_health') }}
where {{ is_large_table('tbl_rows') }} and encoded = 'N'
