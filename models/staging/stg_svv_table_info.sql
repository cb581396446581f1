select
    cluster_id,
    sync_id,
    synced_at,
    connected_database,
    rtrim("database") as database_name,
    table_id,
    coalesce(rtrim("schema"), '') as schema_name,
    coalesce(rtrim("table"), '') as table_name,
    case
        when upper(diststyle) like 'AUTO%' then 'AUTO'
        when upper(diststyle) like 'KEY%' then 'KEY'
        when upper(rtrim(diststyle)) in ('EVEN', 'ALL') then upper(rtrim(diststyle))
        else 'AUTO'
    end as diststyle,
    nullif(rtrim(split_part(diststyle, 'KEY(', 2), ') '), '') as dist_key,
    case
        when upper(sortkey1) like 'AUTO(SORTKEY%' then nullif(rtrim(split_part(sortkey1, 'SORTKEY(', 2), ') '), '')
        else nullif(rtrim(sortkey1), '')
    end as sort_key1,
    case when upper(encoded) like 'Y%' or upper(encoded) like 'AUTO%' then 'Y' else 'N' end as encoded,
    coalesce(sortkey_num, 0) as sortkey_num,
    coalesce(tbl_rows, 0) as tbl_rows_or_0,
    tbl_rows,
    coalesce(size, 0) as size_mb,
    unsorted as unsorted_pct,
    stats_off as stats_off_pct,
    vacuum_sort_benefit as vacuum_sort_benefit_pct,
    -- skew_rows is the rows of the fullest slice / those of the emptiest; NULL for DISTSTYLE ALL.
    coalesce((cast(skew_rows as double precision) - 1) * 100, 0) as pct_skew_across_slices,
    case
        when coalesce(tbl_rows, 0) <= 0 or estimated_visible_rows is null or estimated_visible_rows >= tbl_rows then 0
        -- The estimate is rounded to the precision of a float: below a hundredth of a percent it is noise.
        when 100 * (cast(tbl_rows as double precision) - estimated_visible_rows) / tbl_rows < 0.01 then 0
        else 100 * (cast(tbl_rows as double precision) - estimated_visible_rows) / tbl_rows
    end as pct_rows_marked_for_deletion,
    upper(coalesce(sortkey1, '')) like 'AUTO%' as is_auto_sortkey,
    create_time,
    case
        when upper(diststyle) like '%KEY%' then 'KEY'
        when upper(diststyle) like '%EVEN%' then 'EVEN'
        when upper(diststyle) like '%ALL%' then 'ALL'
    end as current_diststyle,
    nullif(rtrim(sortkey1_enc), '') as sort_key1_encoding,
    upper(encoded) like '%AUTO%' as is_auto_encoded,
    estimated_visible_rows,
    pct_used
from {{ source('qupersync_staging', 'svv_table_info') }}
