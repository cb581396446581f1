with tables as (
    select
        *,
        -- VACUUM REINDEX takes no threshold.
        case upper(sort_key1) when 'INTERLEAVED' then cast('REINDEX' as varchar(16)) else cast('SORT ONLY' as varchar(16)) end as kind,
        case upper(sort_key1) when 'INTERLEAVED' then cast('' as varchar(16)) else cast(' TO 100 PERCENT' as varchar(16)) end as extent
    from {{ ref('table_health') }}
)

select
    {{ finding(
        check='unsorted rows',
        severity='warning',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='vacuum_sort_benefit_pct',
        unit='percent faster scans',
        threshold=var('findings_sort_benefit_pct'),
        reason='Redshift estimates that scans would be this much faster if the table were sorted.',
        statement='VACUUM {kind} {object}{extent};'
    ) }}
from tables
-- Without a sort key there is nothing to sort by; a table with an automatic one is sorted by Redshift itself.
where
    {{ is_large_table('tbl_rows') }}
    and sort_key1 is not null
    and not is_auto_sortkey
    and vacuum_sort_benefit_pct >= {{ var('findings_sort_benefit_pct') }}
