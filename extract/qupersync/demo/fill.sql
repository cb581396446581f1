-- What happens on the made-up cluster from %(start)s to %(stop)s (whole hours): a pure function of the seed and the hour.
with hour_of as (
    select
        h, s.seed, s.per_week, (extract(epoch from h) / 3600)::bigint as hour_no,
        case
            when extract(isodow from h) >= 6 then case when extract(hour from h) between 1 and 5 then 1.1 else 0.35 end
            when extract(hour from h) = 9 then 3.2
            when extract(hour from h) between 8 and 18 then 2.0
            when extract(hour from h) between 1 and 5 then 1.3
            else 0.5
        end as weight
    from demo.setting s
    cross join generate_series(%(start)s::timestamp, %(stop)s::timestamp - interval '1 hour', interval '1 hour') h
), drawn as (
    select
        h, seed, hour_no, per_week, hour_no * (per_week / 20 + 100) + i as g,
        extract(isodow from h) < 6 and extract(hour from h) between 8 and 18 as office
    from hour_of
    cross join lateral generate_series(1, greatest(1, round(per_week * weight / 194.2)::int)) i
), cast_ as (
    select
        d.*,
        case
            when demo.u(seed, g, 1) < case when office then 0.14 else 0.46 end then 'dbt'
            when demo.u(seed, g, 1) < case when office then 0.28 else 0.92 end then 'etl'
            when demo.u(seed, g, 1) < case when office then 0.74 else 0.98 end then 'bi'
            else 'analyst'
        end as kind
    from drawn d
), chosen as (
    select
        c.*, u.user_id, u.name, p.pattern_id, p.query_type, p.body, p.base_ms, p.scan_mb, p.spill_mb,
        c.h + make_interval(secs => case when c.kind = 'dbt' then 300 + 900 * demo.u(c.seed, c.g, 4) else 3599 * demo.u(c.seed, c.g, 4) end) as start_time,
        c.kind = 'bi' and demo.u(c.seed, c.g, 5) < 0.22 as cached,
        demo.u(c.seed, c.g, 6) as luck,
        -- a long tail: most are quick, one in some hundreds takes a hundred times as long
        exp(1.3 * (demo.u(c.seed, c.g, 7) + demo.u(c.seed, c.g, 8) + demo.u(c.seed, c.g, 9) - 1.5) * 2) as effort
    from cast_ c
    join demo.app_user u on u.kind = c.kind
        and u.place = floor(demo.u(c.seed, c.g, 2) * case c.kind when 'dbt' then 2 when 'etl' then 3 when 'bi' then 4 else 20 end)::int
    join demo.pattern p on p.kind = c.kind
        and p.place = floor(demo.u(c.seed, c.g, 3) * case c.kind when 'etl' then 5 else 4 end)::int
), timed as (
    select
        c.*,
        case
            when cached or query_type in ('UTILITY', 'DDL') then 0
            when office and extract(hour from h) = 9 then (demo.u(seed, g, 10) ^ 2 * 95e6)::bigint
            when demo.u(seed, g, 10) < 0.06 then (demo.u(seed, g, 11) * 4e6)::bigint
            else 0
        end as queue_time,
        case
            when cached then 0
            when spill_mb > 0 and demo.u(seed, g, 14) < 24.0 / per_week then (240e6 + 1500e6 * demo.u(seed, g, 24))::bigint
            else (base_ms * 1000 * effort)::bigint
        end as execution_time,
        case when cached or demo.u(seed, g, 12) > 0.08 then 900 else (demo.u(seed, g, 13) * 9e6)::bigint end as compile_time,
        -- some statements a week spill far more than the others, and take longer
        spill_mb > 0 and demo.u(seed, g, 14) < 24.0 / per_week as huge
    from chosen c
), finished as (
    select
        t.*,
        case when luck < 0.021 then 'failed' when luck < 0.029 then 'canceled' else 'success' end as final_status,
        start_time + make_interval(secs => (queue_time + compile_time + execution_time + 2500) / 1e6) as end_time
    from timed t
)
insert into demo.query
select
    g, user_id, 1000000 + g %% 100000000000, case when kind = 'etl' then 'etl_job_' || g %% 20 else 'default' end, 5000000 + g %% 100000000000 * 3,
    1073741824 + (user_id - 100) * 4000 + (floor(extract(epoch from start_time) / 14400)::bigint %% 4000)::int,
    'prod', query_type, final_status, cached, start_time, end_time, queue_time, execution_time, compile_time,
    (1000 + 90000 * demo.u(seed, g, 15))::bigint, (case when demo.u(seed, g, 16) < 0.01 then 2e6 else 60 end * demo.u(seed, g, 17))::bigint,
    case final_status
        when 'failed' then (array['relation "staging.tmp_' || g %% 50 || '" does not exist', 'Invalid digit, Value ''x' || g %% 90 || ''', Pos 0, Type: Integer',
            'Query (' || g || ') cancelled by WLM abort action of Query Monitoring Rule "runaway".', 'division by zero'])[1 + g %% 4]
        when 'canceled' then 'canceled on user''s request' else '' end,
    case when query_type in ('SELECT') and final_status = 'success' then (demo.u(seed, g, 18) ^ 4 * 50000)::bigint else 0 end,
    case when query_type in ('SELECT') and final_status = 'success' then (demo.u(seed, g, 18) ^ 4 * 4000000)::bigint else 0 end,
    replace(replace(replace(body, '{n}', (g %% 9973)::text), '{d}', to_char(start_time - interval '30 days', 'YYYY-MM-DD')),
        '{i}', md5(seed::text || h::text)),
    case when kind = 'dbt' or kind = 'etl' then 7 else 6 end, case when kind = 'dbt' or kind = 'etl' then 'Transform' else 'Default queue' end,
    case when base_ms < 1000 then 'true' else 'false' end, pattern_id,
    case when cached or execution_time = 0 or scan_mb = 0 then null else (scan_mb * (0.4 + demo.u(seed, g, 19)))::bigint end,
    case when cached or scan_mb = 0 then null when huge then (180000 + 700000 * demo.u(seed, g, 20))::bigint
        when demo.u(seed, g, 21) < 0.3 then (spill_mb * effort * demo.u(seed, g, 22))::bigint else 0 end,
    case when cached or scan_mb = 0 then null when huge then (90000 * demo.u(seed, g, 23))::bigint else 0 end
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

-- Vacuums: background ones by day and night, manual ones at two in the morning.
with slot as (
    select s.seed, h, (extract(epoch from h) / 3600)::bigint as hour_no, k, (extract(epoch from h) / 3600)::bigint * 8 + k as v
    from demo.setting s
    cross join generate_series(%(start)s::timestamp, %(stop)s::timestamp - interval '1 hour', interval '1 hour') h
    cross join generate_series(0, case when extract(hour from h) = 2 then 6 else 0 end) k
), run as (
    select
        slot.*, t.*, k > 0 as manual,
        h + make_interval(secs => 120 + k * 400 + 60 * demo.u(seed, v, 30)) as start_time,
        demo.u(seed, v, 31) as fate
    from slot
    join demo.relation t on t.table_id = 200000 + case when k = 0 then (hour_no * 5) %% 48 else (hour_no * 7 + k * 11) %% 48 end
)
insert into demo.vacuum_run
select
    9000000000 + v, table_id,
    case
        when manual and fate >= 0.10 and fate < 0.25 then case when fate < 0.18 then 'Skipped(sorted>=95%%)' else 'Skipped (0 rows)' end
        when not manual then case when fate < 0.3 then ' Ranged Partition' else ' Delete Only' end
        when k %% 3 = 0 then ' Delete Only' when k %% 3 = 1 then ' Sort Only' else ''
    end,
    not manual,
    case
        when manual and fate < 0.10 then 'Failed' when manual and fate < 0.25 then 'Skipped'
        when not manual and fate > 0.97 then 'Started' else 'Finished'
    end,
    start_time, start_time + make_interval(secs => 20 + least(size_mb, 400000) / 1000.0),
    tbl_rows::bigint, (tbl_rows * (1 - ghost_pct / 100 * case when k %% 4 = 2 then 0.02 else 1 end)::numeric)::bigint,
    (tbl_rows * 0.7)::bigint, (tbl_rows * 0.99)::bigint, size_mb, (size_mb * (1 - ghost_pct / 100 * case when k %% 4 = 2 then 0.02 else 1 end))::bigint,
    (tbl_rows * (ghost_pct / 100)::numeric)::bigint, (size_mb * ghost_pct / 100)::bigint
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
where not v.is_automatic and not v.is_sample and v.start_time >= %(start)s::timestamp and v.start_time < %(stop)s::timestamp + interval '1 hour';
