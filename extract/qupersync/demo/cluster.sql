-- A made-up Redshift cluster. The schema demo holds what happens; the views in public are Redshift's system views of it
-- at demo.clock(): with Redshift's own columns, types, vocabulary and blank padding (as text: a char(n) of PostgreSQL
-- loses its padding in a cast), rows of the last seven days only, and unfinished statements with status running.
create schema demo;

create table demo.setting (
    seed bigint not null,
    anchor timestamp not null,        -- the first week ends here
    per_week bigint not null,         -- queries
    filled_until timestamp not null,
    clock timestamp                   -- a time to show instead of the real one
);

create function demo.clock() returns timestamp stable language sql as
$$ select coalesce((select clock from demo.setting), now() at time zone 'utc') $$;

create function getdate() returns timestamp stable language sql as $$ select demo.clock() $$;

-- A number in [0, 1) that depends on seed, row and purpose only.
create function demo.u(seed bigint, g bigint, purpose int) returns double precision immutable language sql as
$$ select (hashint8extended(g * 64 + purpose, seed) & 2147483647)::double precision / 2147483648.0 $$;

create function demo.pad(value text, width int) returns text immutable language sql as
$$ select rpad(left(value, width), width) $$;

create table demo.app_user (user_id int primary key, name text, kind text, application text, place int);
insert into demo.app_user
select 100 + i, name, kind, application, row_number() over (partition by kind order by i) - 1
from (values
    (0, 'awsuser', 'admin', 'psql'),
    (1, 'dbt_prod', 'dbt', 'dbt'), (2, 'dbt_ci', 'dbt', 'dbt'),
    (3, 'airflow', 'etl', 'airflow'), (4, 'fivetran', 'etl', 'Fivetran'), (5, 'segment', 'etl', 'segment-loader'),
    (6, 'looker', 'bi', 'Looker'), (7, 'tableau', 'bi', 'Tableau 2026.2'), (8, 'quicksight', 'bi', 'QuickSight'),
    (9, 'metabase', 'bi', 'Metabase')
) fixed (i, name, kind, application)
union all
select 100 + i, 'analyst_' || lpad((i - 9)::text, 2, '0'), 'analyst',
    (array['DBeaver 26.1', 'psql', 'DataGrip', 'RedshiftQueryEditorV2', ''])[1 + i % 5], i - 10
from generate_series(10, 29) i;

create table demo.pattern (
    pattern_id serial primary key, kind text, place int, weight int, query_type text, body text,
    base_ms double precision, scan_mb double precision, spill_mb double precision
);
insert into demo.pattern (kind, place, weight, query_type, body, base_ms, scan_mb, spill_mb)
select kind, row_number() over (partition by kind order by n) - 1, weight, query_type, body, base_ms, scan_mb, spill_mb
from (values
    (1, 'bi', 1, 'SELECT', 'SELECT o.region, sum(o.amount) AS revenue\nFROM marts.orders o\nWHERE o.order_date >= ''{d}'' AND o.region IN (''EU'', ''US'', ''{n}'')\nGROUP BY 1 ORDER BY 2 DESC LIMIT 500;', 900, 420, 0),
    (2, 'bi', 1, 'SELECT', 'select count(distinct user_id) from marts.sessions where session_day between ''{d}'' and ''2026-12-31'' -- tile {n}\n and country = ''DE''', 1500, 2100, 0),
    (3, 'bi', 1, 'SELECT', 'SELECT * FROM marts.daily_revenue WHERE "Store ID" = {n} ORDER BY day', 120, 12, 0),
    (4, 'bi', 1, 'SELECT', 'WITH base AS (SELECT customer_id, sum(amount) a FROM marts.orders WHERE order_date > ''{d}'' GROUP BY 1)\nSELECT ntile(100) OVER (ORDER BY a), count(*) FROM base GROUP BY 1', 9000, 5200, 1800),
    (5, 'analyst', 1, 'SELECT', 'select * from raw.events where user_id = {n} and event_time > ''{d}'' limit 100', 700, 900, 0),
    (6, 'analyst', 1, 'SELECT', 'select a.customer_id, b.event_type, count(*)\nfrom marts.customers a join raw.events b on a.customer_id = b.user_id\nwhere b.event_time >= ''{d}'' group by 1, 2 having count(*) > {n}', 48000, 38000, 16000),
    (7, 'analyst', 1, 'UTILITY', 'set query_group to ''job_{n}''', 1, 0, 0),
    (8, 'analyst', 1, 'SELECT', 'select email, note from crm.contacts where email like ''%{n}@example.com'' and note = ''it\''s {d}''', 300, 60, 0),
    (9, 'dbt', 1, 'CTAS', '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_orders", "invocation_id": "{i}"} */\ncreate table "prod"."marts"."fct_orders__dbt_tmp" as (select * from "prod"."staging"."stg_orders" where updated_at > ''{d}'')', 21000, 9000, 2600),
    (10, 'dbt', 1, 'INSERT', '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_sessions", "invocation_id": "{i}"} */\ninsert into "prod"."marts"."fct_sessions" (select * from "fct_sessions__dbt_tmp" where session_id > {n})', 15000, 14000, 5200),
    (11, 'dbt', 1, 'SELECT', '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "test.shop.not_null_orders_id", "invocation_id": "{i}"} */\nselect count(*) from "prod"."marts"."orders" where order_id is null', 800, 350, 0),
    (12, 'dbt', 1, 'DDL', '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_orders", "invocation_id": "{i}"} */\nalter table "prod"."marts"."fct_orders__dbt_tmp" rename to "fct_orders"', 20, 0, 0),
    (13, 'etl', 1, 'COPY', 'COPY raw.events FROM ''s3://lake/events/dt={d}/part-{n}/'' IAM_ROLE ''arn:aws:iam::000000000000:role/loader'' FORMAT AS PARQUET;', 26000, 0, 0),
    (14, 'etl', 1, 'DELETE', 'delete from raw.orders using staging.orders_delta d where raw.orders.order_id = d.order_id and d.batch = {n}', 12000, 5200, 0),
    (15, 'etl', 1, 'INSERT', 'insert into raw.orders (order_id, customer_id, amount, updated_at) select order_id, customer_id, amount, updated_at from staging.orders_delta where batch in ({n}, 2, 3)', 7000, 800, 0),
    (16, 'etl', 1, 'UPDATE', 'update crm.contacts set note = ''seen {d}'' where contact_id = {n}', 2500, 300, 0),
    (17, 'etl', 1, 'UNLOAD', 'unload (''select * from marts.orders where order_date = \''{d}\'''') to ''s3://lake/export/{n}/'' iam_role default parquet', 18000, 4000, 0)
) fixed (n, kind, weight, query_type, body, base_ms, scan_mb, spill_mb);

create table demo.query (
    g bigint, user_id int, query_id bigint, query_label text, transaction_id bigint, session_id int, database_name text,
    query_type text, final_status text, result_cache_hit boolean, start_time timestamp, end_time timestamp,
    queue_time bigint, execution_time bigint, compile_time bigint, planning_time bigint, lock_wait_time bigint,
    error_message text, returned_rows bigint, returned_bytes bigint, query_text text, service_class_id int,
    service_class_name text, short_query_accelerated text, pattern_id int, blocks_read bigint, spill_local bigint,
    spill_remote bigint, is_sample boolean not null default false
);

create table demo.connection (
    record_time timestamp, session_id int, user_id int, is_end boolean
);

create table demo.relation (
    table_id int primary key, database_name text, schema_name text, table_name text, encoded text, diststyle text,
    sortkey1 text, sortkey_num int, size_mb bigint, unsorted numeric(5, 2), stats_off numeric(5, 2),
    tbl_rows numeric(38, 0), skew_rows numeric(19, 2), ghost_pct double precision, vacuum_sort_benefit numeric(12, 2),
    create_time timestamp, growth_pct double precision, is_sample boolean not null default false
);
insert into demo.relation
select
    200000 + i, 'prod', schema_name, table_name,
    case when i % 9 = 4 then 'N' when i % 3 = 0 then 'Y, AUTO(ENCODE)' else 'Y' end,
    case i % 6 when 0 then 'KEY(' || key_column || ')' when 1 then 'AUTO(EVEN)' when 2 then 'EVEN'
        when 3 then 'AUTO(ALL)' when 4 then 'AUTO(KEY(' || key_column || '))' else 'ALL' end,
    case i % 5 when 0 then key_column when 1 then 'AUTO(SORTKEY(' || key_column || '))' when 2 then 'AUTO(SORTKEY)'
        when 3 then '' else case when i = 14 then 'INTERLEAVED' else key_column end end,
    case i % 5 when 2 then 0 when 3 then 0 else 1 end,
    size_mb,
    case when i % 5 in (2, 3) then null else least(99, rot * 8.3 + i % 4)::numeric(5, 2) end,
    least(100, rot * 4.1)::numeric(5, 2),
    size_mb * 15000::numeric,
    case when i % 6 in (3, 5) then null when i = 6 then 7.40 else 1 + (i % 7) / 20.0 end,
    case when rot > 0 then rot * 3.4 else 0 end,
    case when i % 5 in (2, 3) then 0 else rot * 6.0 end,
    timestamp '2025-03-01 04:05:06' + i * interval '3 days 01:02:03.004005',
    case when rot > 0 then 1.5 else 0.3 end
from (
    select
        i, (array['raw', 'marts', 'staging', 'crm'])[1 + i % 4] as schema_name,
        (array['orders', 'events', 'sessions', 'customers', 'contacts', 'line_items', 'payments', 'refunds', 'stores',
            'products', 'inventory', 'shipments'])[1 + i % 12] || case when i >= 12 then '_' || i else '' end as table_name,
        (array['order_id', 'event_time', 'session_day', 'customer_id'])[1 + i % 4] as key_column,
        (array[180000, 420000, 96000, 12000, 800, 46, 310000, 5200])[1 + i % 8]::bigint as size_mb,
        case when i % 8 in (0, 1, 6) and i % 3 <> 2 then 1 + i % 8 else 0 end as rot
    from generate_series(0, 47) i
) made;

create table demo.vacuum_run (
    xid bigint, table_id int, kind text, is_automatic boolean, outcome text, start_time timestamp, end_time timestamp,
    rows_before bigint, rows_after bigint, sorted_before bigint, sorted_after bigint, blocks_before bigint,
    blocks_after bigint, reclaimable_rows bigint, reclaimable_mb bigint, is_sample boolean not null default false
);

-- AWS's documented sample rows -------------------------------------------------------------------------------------
insert into demo.relation values
    (107013, 'tpch_3tb', 'public', 'customer', 'Y, AUTO(ENCODE)', 'KEY(c_custkey)', 'c_custkey', 1, 41259, 0, 0, 450000000, 1.00, 0, 0, '2023-04-04 06:15:05.232319', 0, true),
    (107017, 'tpch_3tb', 'public', 'lineitem', 'Y', 'KEY(l_orderkey)', 'l_shipdate', 2, 863171, 0, 0, 18000048306, 1.00, 0.00000098888, 0, '2023-04-04 06:15:06.284186', 0, true),
    (107021, 'tpch_3tb', 'public', 'nation', 'Y, AUTO(ENCODE)', 'KEY(n_nationkey)', 'n_nationkey', 1, 196, 0, 0, 25, 100.00, 0, 0, '2023-04-04 06:15:07.109666', 0, true);
insert into demo.query values
    (-1, 100, 613333, 'default', 5074582, 1073741930, 'tpch_3tb', 'SELECT', 'success', false, '2024-12-18 08:22:58.054388', '2024-12-18 08:24:06.398439', 0, 53558678, 14577737, 168754, 112, '', 4, 356, 'select /* TPC-H Q7 */\n supp_nation, cust_nation from shipping', 6, 'Default queue', 'false', null, 22000, 1024, 0, true),
    (-2, 100, 1222402, 'default', 5806052, 1073914463, 'tpch_3tb', 'SELECT', 'running', false, '2024-12-21 14:35:14.511578', null, 0, 0, 385, 99241, 40, '', 0, 0, 'select * from sys_query_history', -1, '', '', null, null, null, null, true),
    (-3, 100, 815795, 'default', 5199800, 1073791273, 'tpch_3tb', 'UTILITY', 'failed', false, '2024-12-18 15:55:19.565081', '2024-12-18 15:55:19.566986', 0, 0, 0, 0, 0, 'schema "shp_wk" does not exist', 0, 0, 'set search_path to shp_wk', -1, '', '', null, null, null, null, true);
insert into demo.vacuum_run values
    (14294, 108313, '', false, 'Finished', '2016-05-19 17:36:01', '2016-05-19 18:26:13', 1950, 966, 408, 966, 28, 11, 984, 17, true),
    (15126, 108313, 'Skipped(sorted>=95%)', false, 'Skipped', '2016-05-19 18:26:38', null, 966, 966, 966, 966, 11, 11, 0, 0, true),
    (2925, 110116, ' Sort Only', false, 'Finished', '2011-02-24 16:25:21', '2011-02-24 16:26:28', 1379648, 1379648, 172456, 1379648, 132, 132, null, null, true);

-- The system views -------------------------------------------------------------------------------------------------
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
    demo.pad(q.query_text, 4000) as query_text,
    demo.pad('1.0.80491', 256) as redshift_version, demo.pad('', 150) as usage_limit, 'primary'::varchar(32) as compute_type,
    q.compile_time, q.planning_time, q.lock_wait_time,
    case when over then q.service_class_id else -1 end as service_class_id,
    demo.pad(case when over then q.service_class_name else '' end, 64) as service_class_name,
    demo.pad(case when over then 'n/a' else '' end, 20) as query_priority,
    demo.pad(case when over then q.short_query_accelerated else '' end, 10) as short_query_accelerated,
    demo.pad(left(encode(sha256(convert_to(q.query_text, 'utf8')), 'base64'), 11) || '=', 40) as user_query_hash,
    demo.pad(left(encode(sha256(convert_to(coalesce(q.pattern_id, 0)::text, 'utf8')), 'base64'), 11) || '=', 40) as generic_query_hash,
    0 as query_hash_version, 0 as result_cache_query_id,
    case when q.is_sample then null else demo.pad(u.name, 128) end as username
from demo.query q
join demo.app_user u using (user_id)
cross join (select demo.clock() as clock) c
cross join lateral (select coalesce(q.end_time <= c.clock, q.final_status <> 'running') as over) o
where q.is_sample or (q.start_time <= c.clock and q.start_time > c.clock - interval '7 days');

create view public.sys_query_detail as
with segment as (
    select
        q.user_id, q.query_id, s as stream_id, q.start_time, q.end_time, n.segments, q.blocks_read, q.spill_local,
        q.spill_remote, q.g,
        q.start_time + make_interval(secs => (q.queue_time + q.execution_time * (s / n.segments::double precision)) / 1e6) as began,
        q.start_time + make_interval(secs => (q.queue_time + q.execution_time * ((s + 1) / n.segments::double precision)) / 1e6) as ended
    from demo.query q
    cross join (select demo.clock() as clock) c
    cross join lateral (select 1 + (abs(q.g) % 3)::int as segments) n
    cross join lateral generate_series(0, n.segments - 1) s
    where q.blocks_read is not null
        and (q.is_sample or (q.start_time <= c.clock and q.start_time > c.clock - interval '7 days'))
        and q.end_time <= c.clock
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
    0::bigint as blocks_write,
    case when metrics_level = 'segment' then blocks_read / segments else 0 end as local_read_io, 0::bigint as remote_read_io,
    demo.pad('', 32) as source, 0 as data_skewness, 0 as time_skewness, 'f'::char(1) as is_active,
    case when metrics_level = 'segment' and stream_id = segments - 1 then spill_local else 0 end as spilled_block_local_disk,
    case when metrics_level = 'segment' and stream_id = segments - 1 then spill_remote else 0 end as spilled_block_remote_disk,
    demo.pad('', 64) as step_attribute, demo.pad(metrics_level, 64) as metrics_level, -1 as plan_parent_id, -1 as plan_node_id
from level;

create view public.sys_connection_log as
select
    demo.pad(event, 50) as event, k.record_time + delay as record_time, demo.pad('10.0.' || u.user_id % 20 || '.7', 45) as remote_host,
    demo.pad('54321', 32) as remote_port, k.session_id, demo.pad('prod', 50) as database_name, demo.pad(u.name, 50) as user_name,
    demo.pad('password', 32) as auth_method, 0 as duration, demo.pad('TLSv1.3', 50) as ssl_version, demo.pad('', 128) as ssl_cipher,
    0 as mtu, demo.pad('', 64) as ssl_compression, demo.pad('', 64) as ssl_expansion, demo.pad('', 36) as iam_auth_guid,
    demo.pad(u.application, 250) as application_name, demo.pad('libpq', 64) as driver_version, demo.pad('Linux', 64) as os_version,
    demo.pad('', 32) as plugin_name, 0 as protocol_version, demo.pad('', 36) as global_session_id
from demo.connection k
join demo.app_user u using (user_id)
cross join lateral (
    select 'authenticated' as event, interval '0' as delay where not k.is_end
    union all select 'initiating session', interval '2 milliseconds' where not k.is_end
    union all select 'disconnecting session', interval '0' where k.is_end
) e
where k.record_time <= demo.clock() and k.record_time > demo.clock() - interval '7 days';

create view public.svv_user_info as
select
    name as user_name, user_id, false as createdb, kind = 'admin' as superuser, false as catalog_update, 'UNLIMITED' as connection_limit,
    case when kind = 'admin' then 'UNRESTRICTED' else 'RESTRICTED' end as syslog_access, null::timestamp as last_ddl_timestamp,
    0 as session_timeout, null::text as external_user_id
from demo.app_user;

create view public.svv_table_info as
select
    database_name as database, schema_name as schema, table_id::oid as table_id, table_name as "table", encoded, diststyle, sortkey1,
    65535 as max_varchar, demo.pad('az64', 32) as sortkey1_enc, sortkey_num, grown_size as size,
    (grown_size / 91314.72)::numeric(10, 4) as pct_used, 0::bigint as empty, unsorted, stats_off,
    grown_rows as tbl_rows, 1.00::numeric(19, 2) as skew_sortkey1, skew_rows,
    floor(grown_rows * (1 - least(ghost_pct * (1 + age / 14), 90) / 100.0)::numeric) as estimated_visible_rows,
    ''::text as risk_event, vacuum_sort_benefit, create_time
from demo.relation
cross join lateral (
    select greatest(extract(epoch from demo.clock() - (select anchor from demo.setting)) / 86400.0 + 7, 0) as age
) a
cross join lateral (
    select
        (size_mb * (1 + growth_pct * age / 100.0))::bigint as grown_size,
        floor(tbl_rows * (1 + growth_pct * age / 100.0)::numeric)::numeric(38, 0) as grown_rows
) b;

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
where r.is_sample or (e.eventtime <= demo.clock() and e.eventtime > demo.clock() - interval '7 days');

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
where r.outcome <> 'Skipped' and not r.is_sample
    and coalesce(e.end_time, r.start_time) <= demo.clock() and r.start_time > demo.clock() - interval '7 days';

create view public.stv_slices as
select slice / 16 as node, slice, slice % 16 as localslice, case when slice < 64 then 'D' else 'R' end::char(1) as type
from generate_series(0, 67) slice where slice < 64 or slice >= 64;

create view public.stv_node_storage_capacity as
select
    node,
    least(2282868, (2282868 * (0.62 + node * 0.07 + (0.004 + node * 0.0012) * age))::int) as used,
    2282868 as capacity
from generate_series(0, 3) node
cross join lateral (
    select greatest(extract(epoch from demo.clock() - (select anchor from demo.setting)) / 86400.0 + 7, 0) as age
) a;

create view public.stv_partitions as
select
    node as owner, (node + mirror) % 4 as host, disk as diskno, mirror * 760956::bigint as part_begin, (mirror + 1) * 760956::bigint as part_end,
    c.used / 3 as used, 0 as tossed, 760956 as capacity, 1000::bigint as reads, 1000::bigint as writes, 0 as seek_forward, 0 as seek_back,
    0 as is_san, 0 as failed, 3000 as mbps, demo.pad('/dev/nvme' || disk || 'n1', 256) as mount
from public.stv_node_storage_capacity c
cross join generate_series(0, 2) disk
cross join generate_series(0, 1) mirror;
