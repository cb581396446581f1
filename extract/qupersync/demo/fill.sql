-- What happens on the made-up cluster from %(start)s to %(stop)s (whole hours): a pure function of the seed and the hour.
-- The story, in days before the anchor's: a dashboard query is slower since 4; loads of contacts fail since 3, others did
-- from 12 to 9; customers' percentiles spilled until 9; dashboards and ad-hoc queries queue on Monday mornings.
with setting as (
    select seed, per_week, demo.day(0) as today, least(48, greatest(2, per_week / 400))::int as refreshes from demo.setting
), hour_of as (
    select
        h, s.*, (extract(epoch from h) / 3600)::bigint as hour_no,
        case when extract(isodow from h) < 6 and extract(hour from h) between 8 and 18 then 'office' when extract(hour from h) between 1 and 5 then 'night' else 'rest' end as period,
        case
            when extract(isodow from h) >= 6 then case when extract(hour from h) between 1 and 5 then 1.1 else 0.35 end
            when extract(hour from h) = 9 then 3.2
            when extract(hour from h) between 8 and 18 then 2.0
            when extract(hour from h) between 1 and 5 then 1.3
            else 0.5
        end * (0.94 + 0.12 * demo.u(s.seed, (extract(epoch from h) / 86400)::bigint, 40)) as weight
    from setting s
    cross join generate_series(%(start)s::timestamp, %(stop)s::timestamp - interval '1 hour', interval '1 hour') h
), drawn as (
    select
        h.*, hour_no * (per_week / 20 + 100) + i as g, slot.pattern_id,
        h + make_interval(secs => 3599 * demo.u(seed, hour_no * (per_week / 20 + 100) + i, 4)) as start_time
    from hour_of h
    cross join lateral generate_series(1, greatest(1, round((per_week - 21 * refreshes - 21) * weight / 194.2)::int)) i
    join demo.slot on slot.period = h.period and slot.slot = floor(1000 * demo.u(seed, hour_no * (per_week / 20 + 100) + i, 1))::int
    union all
    -- on a schedule: refreshes spread over the day, others at their time
    select h.*, hour_no * (per_week / 20 + 100) + per_week / 20 + 3 * p.pattern_id + k, p.pattern_id, h + make_interval(secs => 120 + 1800 * k + 60 * demo.u(seed, hour_no + k, 50 + p.pattern_id %% 10))
    from hour_of h
    join demo.pattern p on p.schedule = 'refresh'
    cross join lateral generate_series(0, (extract(hour from h)::int + 1) * refreshes / 24 - extract(hour from h)::int * refreshes / 24 - 1) k
    union all
    select h.*, hour_no * (per_week / 20 + 100) + per_week / 20 + 3 * p.pattern_id, p.pattern_id, at.time
    from hour_of h
    join demo.pattern p on p.schedule in ('nightly', 'once')
    cross join lateral (select date_trunc('day', case p.schedule when 'nightly' then h else today end) + p.at * case p.schedule when 'nightly' then interval '1 hour' else interval '1 day' end as time) at
    where date_trunc('hour', at.time) = h
), chosen as (
    select
        d.*, (extract(epoch from d.start_time - today) / 86400.0) as day, p.story, p.queue, p.database_name, p.query_type, p.body, p.base_ms, p.scan_mb, p.spill_mb, p.spill_share,
        -- of several users the first are the busiest
        p.user_ids[1 + floor(cardinality(p.user_ids) * demo.u(seed, g, 2) ^ 1.8)::int] as user_id,
        p.queue = 'Dashboards' and p.schedule = '' and demo.u(seed, g, 5) < 0.22 as cached,
        exp(p.spread * (demo.u(seed, g, 7) + demo.u(seed, g, 8) + demo.u(seed, g, 9) - 1.5) * 2) as effort
    from drawn d
    join demo.pattern p using (pattern_id)
), told as (
    select
        c.*,
        case
            when story = 'regression' and day >= -4 then 3.1 * (1 + 0.05 * (day + 4))
            when story = 'growing' then 1 + 0.05 * greatest(day + 14, 0)
            else 1
        end as more,
        case
            when story = 'unfinished' then 'running'
            when story = 'accident' then 'canceled'
            when story = 'errors' and day >= -2.75 and demo.u(seed, g, 6) < 0.85 then 'failed'
            when story = 'errors_fixed' and day >= -12 and day < -9 and demo.u(seed, g, 6) < 0.8 then 'failed'
            when demo.u(seed, g, 6) < 0.007 and scan_mb < 50000 then 'failed'
            when demo.u(seed, g, 6) < 0.010 and scan_mb < 50000 then 'canceled'
            else 'success'
        end as final_status,
        demo.u(seed, g, 21) < spill_share and not (story = 'spill_fixed' and day >= -9) as spills
    from chosen c
), timed as (
    select
        t.*,
        case
            when cached or query_type in ('UTILITY', 'DDL') or story = 'unfinished' then 0
            when queue <> 'Transform' and extract(isodow from h) = 1 and extract(hour from h) between 8 and 11 then (demo.u(seed, g, 10) ^ 1.5 * 300e6)::bigint
            when queue <> 'Transform' and period = 'office' and extract(hour from h) = 9 then (demo.u(seed, g, 10) ^ 2 * 6e6)::bigint
            when demo.u(seed, g, 10) < 0.06 then (demo.u(seed, g, 11) * 4e6)::bigint
            else 0
        end as queue_time,
        case when cached then 0 else (base_ms * 1000 * effort * more * case when final_status = 'failed' then 0.3 else 1 end)::bigint end as execution_time,
        case when cached or demo.u(seed, g, 12) > 0.08 then 900 else (demo.u(seed, g, 13) * 9e6)::bigint end as compile_time
    from told t
), finished as (
    select
        t.*,
        case when final_status <> 'running' then start_time + make_interval(secs => (queue_time + compile_time + execution_time + 2500) / 1e6) end as end_time,
        cached or scan_mb = 0 or execution_time = 0 as without_detail
    from timed t
)
insert into demo.query
select
    g, user_id, 1000000 + g %% 100000000000, case when user_id between 103 and 105 then 'etl_job_' || g %% 20 else 'default' end, 5000000 + g %% 100000000000 * 3,
    1073741824 + (user_id - 100) * 4000 + (floor(extract(epoch from start_time) / 14400)::bigint %% 4000)::int,
    database_name, query_type, final_status, cached, start_time, end_time, queue_time, execution_time, compile_time,
    (1000 + 90000 * demo.u(seed, g, 15))::bigint, (case when demo.u(seed, g, 16) < 0.01 then 2e6 else 60 end * demo.u(seed, g, 17))::bigint,
    case
        when final_status = 'canceled' then 'canceled on user''s request'
        when final_status <> 'failed' then ''
        when story = 'errors' then 'Load into table ''contacts'' failed. Check ''sys_load_error_detail'' system table for details.'
        when story = 'errors_fixed' then 'permission denied for schema segment'
        else (array['relation "staging.tmp_' || g %% 50 || '" does not exist', 'Invalid digit, Value ''x' || g %% 90 || ''', Pos 0, Type: Integer',
            'Query (' || g || ') cancelled by WLM abort action of Query Monitoring Rule "runaway".', 'division by zero'])[1 + g %% 4]
    end,
    case when query_type in ('SELECT') and final_status = 'success' then (demo.u(seed, g, 18) ^ 4 * 50000)::bigint else 0 end,
    case when query_type in ('SELECT') and final_status = 'success' then (demo.u(seed, g, 18) ^ 4 * 4000000)::bigint else 0 end,
    replace(replace(replace(body, '{n}', (g %% 9973)::text), '{d}', to_char(start_time - interval '30 days', 'YYYY-MM-DD')),
        '{i}', md5(seed::text || h::text)),
    case queue when 'Ad hoc' then 6 when 'Transform' then 7 else 8 end, queue,
    case when base_ms < 1000 then 'true' else 'false' end, pattern_id,
    case when not without_detail then (scan_mb * more * (0.8 + 0.4 * demo.u(seed, g, 19)))::bigint end,
    case when without_detail then null when spills then (spill_mb * more * (0.8 + 0.4 * demo.u(seed, g, 20)))::bigint else 0 end,
    case when without_detail then null when spills and spill_mb > 10000 then (spill_mb * more * 0.2 * demo.u(seed, g, 23))::bigint else 0 end
from finished;

-- Sessions of four hours; each begins before its first query.
insert into demo.connection
select to_timestamp(block * 14400) at time zone 'utc' - interval '1 second' * (1 + u.user_id %% 7),
    1073741824 + (u.user_id - 100) * 4000 + (block %% 4000)::int, u.user_id, false
from demo.app_user u
cross join generate_series(
    ceil(extract(epoch from %(start)s::timestamp) / 14400)::bigint - case when %(first)s then 1 else 0 end,
    ceil(extract(epoch from %(stop)s::timestamp) / 14400)::bigint - 1
) block
where u.kind <> 'admin';

-- Vacuums: Redshift's own by day and night; at two in the morning those of a schedule, and what somebody fixed by hand.
with slot as (
    select s.seed, h, (extract(epoch from h) / 3600)::bigint as hour_no, k, (extract(epoch from h) / 3600)::bigint * 8 + k as v,
        (extract(epoch from h - demo.day(0)) / 86400.0) as day, (select max(place) + 1 from demo.relation where maintained = 'auto') as auto
    from demo.setting s
    cross join generate_series(%(start)s::timestamp, %(stop)s::timestamp - interval '1 hour', interval '1 hour') h
    cross join generate_series(0, case when extract(hour from h) = 2 then 6 else 0 end) k
), run as (
    select
        slot.*, t.table_id, t.size, t.tbl_rows::bigint as tbl_rows, t.unsorted_pct, k > 0 as manual, at.start_time,
        case
            when k = 1 or (k = 0 and demo.u(seed, v, 31) >= 0.3) then ' Delete Only'
            when k = 0 then ' Ranged Partition'
            when k in (3, 4) then ' Sort Only'
            when k = 6 then case when v %% 2 = 0 then 'Skipped(sorted>=95%%)' else 'Skipped (0 rows)' end
            else ''
        end as kind,
        case
            when k = 4 and day >= -5 then 'Failed' when k = 6 then 'Skipped' when k = 0 and demo.u(seed, v, 31) > 0.97 then 'Started'
            else 'Finished'
        end as outcome,
        case when k in (3, 4) then 0 else t.ghost_pct / 100 end as ghosts,
        -- A statement that runs for days keeps the deleted rows of raw.orders alive.
        case when k in (3, 4) or (k = 1 and day >= -6) then 0 else t.ghost_pct / 100 * 0.98 end as given_back
    from slot
    cross join lateral (select h + make_interval(secs => 120 + k * 400 + 60 * demo.u(seed, v, 30)) as start_time) at
    join lateral demo.tables_at(at.start_time) t on case k
        when 0 then t.maintained = 'auto' and t.place = (hour_no * 5) %% auto
        when 1 then t.schema_name = 'raw' and t.table_name = 'orders'
        when 4 then t.schema_name = 'marts' and t.table_name = 'sessions'
        when 5 then t.schema_name = 'marts' and t.table_name = 'orders' and day >= -1 and day < 0
        else t.maintained = 'auto' and t.place = (hour_no * 7 + k * 11) %% auto
    end
)
insert into demo.vacuum_run
select
    9000000000 + v, table_id, kind, not manual, outcome, start_time, start_time + make_interval(secs => 20 + least(size, 400000) / 1000.0),
    tbl_rows, (tbl_rows * (1 - given_back))::bigint, (tbl_rows * (1 - unsorted_pct / 100))::bigint, (tbl_rows * 0.99)::bigint,
    size, (size * (1 - given_back))::bigint, (tbl_rows * ghosts)::bigint, (size * ghosts)::bigint
from run;

-- The VACUUM statements of the manual runs: by their status a failed run is distinguished from one that is in flight.
insert into demo.query
select
    -v.xid, 103, 900000000000 + v.xid, 'default', v.xid, 1073741824 + 3 * 4000 + (floor(extract(epoch from v.start_time) / 14400)::bigint %% 4000)::int,
    'prod', 'UTILITY', case v.outcome when 'Failed' then 'failed' else 'success' end, false, v.start_time - interval '5 milliseconds',
    v.start_time + interval '1 second' * case v.outcome when 'Skipped' then 1 else 20 + least(v.blocks_before, 400000) / 1000.0 + 1 end,
    0, 0, 0, 0, 0, case v.outcome when 'Failed' then 'VACUUM is aborted: 1023' else '' end, 0, 0,
    'VACUUM' || upper(case when v.outcome = 'Skipped' then '' when v.kind = '' then ' FULL' else v.kind end) || ' ' || t.schema_name || '.' || t.table_name,
    7, 'Transform', 'false', null, null, null, null
from demo.vacuum_run v
join demo.relation t using (table_id)
where not v.is_automatic and v.start_time >= %(start)s::timestamp and v.start_time < %(stop)s::timestamp + interval '1 hour';
