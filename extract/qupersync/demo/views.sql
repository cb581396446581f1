-- The system views of the made-up cluster at demo.clock(): Redshift's own columns, types, vocabulary and blank padding (as
-- text: a char(n) of PostgreSQL loses its padding in a cast), rows of the last seven days only, and unfinished statements
-- with status running. Texts of queries have fewer blanks than there: padding and trimming 4,000 took most of a sync. The clock is read once a statement: offset 0 keeps PostgreSQL from calling it for each row.
create view public.sys_query_history as
select
    q.user_id, q.query_id, demo.pad(q.query_label, 320) as query_label, q.transaction_id, q.session_id,
    demo.pad(q.database_name, 128) as database_name, demo.pad(q.query_type, 32) as query_type,
    demo.pad(case when over then q.final_status else 'running' end, 10) as status,
    q.result_cache_hit, q.start_time, case when over then q.end_time end as end_time,
    case when over and q.end_time is not null
        then extract(epoch from q.end_time - q.start_time) * 1000000
        else extract(epoch from c.clock - q.start_time) * 1000000 end::bigint as elapsed_time,
    case when over then q.queue_time else 0 end as queue_time,
    case when over then q.execution_time else 0 end as execution_time,
    demo.pad(case when over then q.error_message else '' end, 512) as error_message,
    case when over then q.returned_rows else 0 end as returned_rows,
    case when over then q.returned_bytes else 0 end as returned_bytes,
    demo.pad(q.query_text, length(q.query_text) + 40) as query_text,
    demo.pad('1.0.' || 80491 + 187 * (extract(week from q.start_time)::int / 2), 256) as redshift_version, demo.pad('', 150) as usage_limit, 'primary'::varchar(32) as compute_type,
    q.compile_time, q.planning_time, q.lock_wait_time,
    case when over then q.service_class_id else -1 end as service_class_id,
    demo.pad(case when over then q.service_class_name else '' end, 64) as service_class_name,
    demo.pad(case when over then 'n/a' else '' end, 20) as query_priority,
    demo.pad(case when over then q.short_query_accelerated else '' end, 10) as short_query_accelerated,
    demo.pad(left(encode(sha256(convert_to(q.query_text, 'utf8')), 'base64'), 11) || '=', 40) as user_query_hash,
    demo.pad(left(encode(sha256(convert_to(coalesce(q.pattern_id, 0)::text, 'utf8')), 'base64'), 11) || '=', 40) as generic_query_hash,
    0 as query_hash_version, 0 as result_cache_query_id,
    demo.pad(u.name, 128) as username
from (select demo.clock() as clock offset 0) c
join demo.query q on q.start_time <= c.clock and q.start_time > c.clock - interval '7 days'
join demo.app_user u using (user_id)
cross join lateral (select coalesce(q.end_time <= c.clock, q.final_status <> 'running') as over) o;

create view public.sys_query_detail as
with segment as (
    select
        q.user_id, q.query_id, q.query_type, s as stream_id, q.start_time, q.end_time, n.segments, q.blocks_read, q.spill_local,
        q.spill_remote, q.g,
        q.start_time + make_interval(secs => (q.queue_time + q.execution_time * (s / n.segments::double precision)) / 1e6) as began,
        q.start_time + make_interval(secs => (q.queue_time + q.execution_time * ((s + 1) / n.segments::double precision)) / 1e6) as ended
    from (select demo.clock() as clock offset 0) c
    join demo.query q on q.start_time <= c.clock and q.start_time > c.clock - interval '7 days' and q.end_time <= c.clock
    cross join lateral (select 1 + (abs(q.g) % 3)::int as segments) n
    cross join lateral generate_series(0, n.segments - 1) s
    where q.blocks_read is not null
), level as (
    select segment.*, 'segment' as metrics_level, -1 as step_id, '' as step_name from segment
    union all
    select segment.*, 'step', 0, 'scan' from segment where g % 10 = 0
)
select
    user_id, query_id, 1 as child_query_sequence, stream_id, stream_id as segment_id, step_id, step_name, null::int as table_id,
    demo.pad('', 136) as table_name, 'f'::char(1) as is_rrscan, least(began, end_time) as start_time,
    least(ended, end_time) as end_time, extract(epoch from least(ended, end_time) - least(began, end_time))::bigint * 1000000 as duration,
    ''::text as alert,
    case when metrics_level = 'segment' then blocks_read * 65536 / segments else 0 end as input_bytes, 0::bigint as input_rows,
    0::bigint as output_bytes, case when metrics_level = 'step' then 1000 else 0 end::bigint as output_rows,
    case when metrics_level = 'segment' then blocks_read / segments + case when stream_id = 0 then blocks_read % segments else 0 end else 0 end as blocks_read,
    case when metrics_level = 'segment' and stream_id = segments - 1 and query_type not in ('SELECT', 'UNLOAD', 'UTILITY', 'DDL')
        then 1 + blocks_read / 3 else 0 end as blocks_write,
    case when metrics_level = 'segment' then blocks_read / segments - blocks_read / segments / 10 else 0 end as local_read_io,
    case when metrics_level = 'segment' then blocks_read / segments / 10 else 0 end as remote_read_io,
    demo.pad('', 32) as source, 0 as data_skewness, 0 as time_skewness, 'f'::char(1) as is_active,
    case when metrics_level = 'segment' and stream_id = segments - 1 then spill_local else 0 end as spilled_block_local_disk,
    case when metrics_level = 'segment' and stream_id = segments - 1 then spill_remote else 0 end as spilled_block_remote_disk,
    demo.pad('', 64) as step_attribute, demo.pad(metrics_level, 64) as metrics_level, -1 as plan_parent_id, -1 as plan_node_id
from level;

create view public.sys_connection_log as
select
    demo.pad(event, 50) as event, k.record_time + delay as record_time, demo.pad('10.0.' || u.user_id % 20 || '.7', 45) as remote_host,
    demo.pad('54321', 32) as remote_port, k.session_id, demo.pad(case u.name when 'dbt_ci' then 'dev' else 'prod' end, 50) as database_name, demo.pad(u.name, 50) as user_name,
    demo.pad('password', 32) as auth_method, 0 as duration, demo.pad('TLSv1.3', 50) as ssl_version, demo.pad('', 128) as ssl_cipher,
    0 as mtu, demo.pad('', 64) as ssl_compression, demo.pad('', 64) as ssl_expansion, demo.pad('', 36) as iam_auth_guid,
    demo.pad(u.application, 250) as application_name, demo.pad(case when u.application like 'dbt%' then 'Redshift Python Driver 2.1.5' when u.kind = 'bi' then 'Redshift JDBC Driver 2.1.0.30' else 'libpq 16' end, 64) as driver_version, demo.pad('Linux', 64) as os_version,
    demo.pad('', 32) as plugin_name, 0 as protocol_version, demo.pad('', 36) as global_session_id
from (select demo.clock() as clock offset 0) c
join demo.connection k on k.record_time <= c.clock and k.record_time > c.clock - interval '7 days'
join demo.app_user u using (user_id)
cross join lateral (
    select 'authenticated' as event, interval '0' as delay where not k.is_end
    union all select 'initiating session', interval '2 milliseconds' where not k.is_end
    union all select 'disconnecting session', interval '0' where k.is_end
) e;

create view public.svv_user_info as
select
    name as user_name, user_id, false as createdb, kind = 'admin' as superuser, false as catalog_update, 'UNLIMITED' as connection_limit,
    case when kind = 'admin' then 'UNRESTRICTED' else 'RESTRICTED' end as syslog_access, null::timestamp as last_ddl_timestamp,
    0 as session_timeout, null::text as external_user_id
from demo.app_user;

create view public.svv_table_info as
select
    t.database_name as database, schema_name as schema, table_id::oid as table_id, table_name as "table", encoded, diststyle, sortkey1,
    65535 as max_varchar, demo.pad(case when not keyed then '' when encoded like 'Y%' then 'az64' else 'none' end, 32) as sortkey1_enc, keyed::int as sortkey_num, size,
    (size / 91314.72)::numeric(10, 4) as pct_used, 0::bigint as empty, case when keyed then unsorted_pct::numeric(5, 2) end as unsorted,
    stats_off_pct::numeric(5, 2) as stats_off, tbl_rows::numeric(38, 0) as tbl_rows, 1.00::numeric(19, 2) as skew_sortkey1, skew_rows,
    floor(tbl_rows * (1 - ghost_pct / 100)::numeric)::numeric(38, 0) as estimated_visible_rows, ''::text as risk_event,
    case when keyed then unsorted_pct * 1.1 else 0 end::numeric(12, 2) as vacuum_sort_benefit, create_time
from demo.setting
join lateral demo.tables_at(demo.clock()) t using (database_name)
cross join lateral (select t.sortkey1 not in ('', 'AUTO(SORTKEY)') as keyed) k;

create view public.stl_vacuum as
select
    100 as userid, r.xid, r.table_id, demo.pad(e.status, 30) as status, e.rows, e.sortedrows, e.blocks::int as blocks,
    0 as max_merge_partitions, e.eventtime, e.reclaimable_rows, e.reclaimable_space_mb, 0::bigint as cutoff_xid, 0 as is_recluster
from demo.vacuum_run r
cross join lateral (
    select
        case when r.outcome = 'Skipped' then r.kind
            else case when r.is_automatic then '[VacuumBG] ' else '' end || 'Started' || r.kind end as status,
        r.rows_before as rows, r.sorted_before as sortedrows, r.blocks_before as blocks, r.start_time as eventtime,
        r.reclaimable_rows, r.reclaimable_mb as reclaimable_space_mb
    union all
    select
        case when r.is_automatic then '[VacuumBG] ' else '' end || 'Finished', r.rows_after, r.sorted_after, r.blocks_after, r.end_time,
        case when r.reclaimable_rows is not null then 0 end, case when r.reclaimable_mb is not null then 0 end
    where r.outcome = 'Finished'
) e
join (select demo.clock() as clock offset 0) c on e.eventtime <= c.clock and e.eventtime > c.clock - interval '7 days';

create view public.sys_vacuum_history as
select
    100 as user_id, r.xid as transaction_id, null::bigint as query_id, t.database_name, t.schema_name,
    demo.pad(t.table_name, 136) as table_name, r.table_id,
    demo.pad(case trim(r.kind) when 'Delete Only' then 'Delete' when 'Sort Only' then 'Sort' when '' then 'Full' else 'Range Partition' end, 30) as vacuum_type,
    r.is_automatic, demo.pad(e.status, 30) as status, r.start_time, e.end_time, coalesce(e.end_time, r.start_time) as record_time,
    coalesce(extract(epoch from e.end_time - r.start_time) * 1000000, 0)::bigint as duration,
    e.rows as rows_before_vacuum, r.blocks_before::int as size_before_vacuum, r.reclaimable_rows,
    e.reclaimed_rows, e.reclaimed_blocks, r.sorted_before as sortedrows_before_vacuum, e.sortedrows as sortedrows_after_vacuum
from demo.vacuum_run r
left join demo.relation t using (table_id)
cross join lateral (
    select case when r.is_automatic then '[VacuumBG] ' else '' end || 'Started' || r.kind as status, null::timestamp as end_time,
        r.rows_before as rows, 0::bigint as sortedrows, null::bigint as reclaimed_rows, null::bigint as reclaimed_blocks
    union all
    select case when r.is_automatic then '[VacuumBG] ' else '' end || 'Finished', r.end_time, r.rows_after, r.sorted_after,
        r.rows_before - r.rows_after, r.blocks_before - r.blocks_after
    where r.outcome = 'Finished'
) e
where r.outcome <> 'Skipped'
    and coalesce(e.end_time, r.start_time) <= demo.clock() and r.start_time > demo.clock() - interval '7 days';

create view public.stv_slices as
select slice / 16 as node, slice, slice % 16 as localslice, case when slice < 64 then 'D' else 'R' end::char(1) as type
from generate_series(0, 67) slice where slice < 64 or slice >= 64;

create view public.stv_node_storage_capacity as
select node, least(2282868, sum(size * case when hot_share is null then 0.25 when node = 3 then hot_share else (1 - hot_share) / 3 end))::int as used, 2282868 as capacity
from generate_series(0, 3) node
cross join demo.tables_at(demo.clock())
group by node;

create view public.stv_partitions as
select
    node as owner, (node + mirror) % 4 as host, disk as diskno, mirror * 760956::bigint as part_begin, (mirror + 1) * 760956::bigint as part_end,
    c.used / 3 as used, 7 * disk + 2 * node as tossed, 760956 as capacity, 1000::bigint as reads, 1000::bigint as writes, 0 as seek_forward, 0 as seek_back,
    0 as is_san, 0 as failed, 3000 as mbps, demo.pad('/dev/nvme' || disk || 'n1', 256) as mount
from public.stv_node_storage_capacity c
cross join generate_series(0, 2) disk
cross join generate_series(0, 1) mirror;
