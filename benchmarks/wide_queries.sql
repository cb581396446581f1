-- :rows statements of a busy week, as wide as real ones: some 800 bytes each, every text its own.
-- psql -v rows=1000000 -v shift=0 -v origin=0 -f wide_queries.sql (origin: the id that starts on 1 February): appends to sys_query_history, made first from our dataclass.
with texts as (
    select array[
        'SELECT o.order_id, c.segment, sum(l.price * (1 - l.discount)) AS revenue FROM analytics.orders o JOIN analytics.customers c ON c.id = o.customer_id JOIN analytics.line_items l USING (order_id) WHERE o.order_date BETWEEN ''2026-01-01'' AND ''2026-01-31'' GROUP BY 1, 2 ORDER BY revenue DESC LIMIT 100;',
        'INSERT INTO staging.events_delta (event_id, user_id, event_type, payload, created_at) SELECT e.event_id, e.user_id, e.event_type, json_extract_path_text(e.payload, ''props'', true), e.created_at FROM raw.events e LEFT JOIN staging.events s ON s.event_id = e.event_id WHERE s.event_id IS NULL AND e.created_at > dateadd(hour, -6, getdate());',
        'COPY marts.daily_sales FROM ''s3://bucket/prefix/dt=2026-02-11/'' IAM_ROLE ''arn:aws:iam::000000000000:role/loader'' FORMAT AS PARQUET;',
        'WITH views AS (\n  SELECT user_id, date_trunc(''day'', ts) AS d, count(*) AS n\n  FROM web.page_views\n  WHERE ts >= current_date - 30\n  GROUP BY 1, 2\n), ranked AS (\n  SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY n DESC) AS rn FROM views\n)\nSELECT d, max(n) FROM ranked WHERE rn <= 5 GROUP BY d;',
        '/* {"app": "dbt", "node_id": "model.proj.fct_orders"} */ create table "dev"."marts"."fct_orders__dbt_tmp" as (select * from "dev"."staging"."stg_orders" where status <> ''cancelled'' and note like ''%a\_b%'');',
        'SELECT 1 FROM pg_catalog.pg_class c WHERE c.relname = ''é ü — テスト'' LIMIT 1;'
    ] as t
)
insert into sys_query_history (
    user_id, query_id, query_label, transaction_id, session_id, database_name, query_type, status, result_cache_hit,
    start_time, end_time, elapsed_time, queue_time, execution_time, error_message, returned_rows, returned_bytes,
    query_text, redshift_version, compute_type, compile_time, planning_time, lock_wait_time, service_class_id,
    service_class_name, query_priority, short_query_accelerated, generic_query_hash, username
)
select
    100 + g % 37,
    g,
    case when g % 5 = 0 then 'etl_job_' || (g % 211) else 'default' end,
    4000000000 + g * 3,
    1073700000 + g % 5000,
    (array['dev', 'analytics', 'prod'])[1 + g % 3],
    (array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'COPY', 'UNLOAD', 'DDL', 'UTILITY', 'OTHER'])[1 + g % 9],
    case when g % 50 = 0 then 'failed' when g % 333 = 0 then 'canceled' else 'success' end,
    g % 4 = 0,
    timestamp '2026-02-01' + (g - :origin::bigint) * interval '604800 microseconds',
    timestamp '2026-02-01' + (g - :origin::bigint) * interval '604800 microseconds' + (g % 7000003) * interval '1 microsecond',
    g * 7919 % 90000000,
    g * 104729 % 1000000,
    g * 7919 % 80000000,
    case when g % 50 = 0 then 'ERROR: relation "staging.tmp_' || g || '" does not exist' when g % 7 = 0 then '' end,
    g * 31 % 1000000,
    g * 131071 % 4000000000,
    left('-- job ' || md5(g::text) || '\n' || t[1 + g % 6]
        || case when g % 3 = 0 then '\n' || t[1 + g / 7 % 6] else '' end
        || case when g % 11 = 0 then ' ' || t[1 + g / 13 % 6] || ' ' || t[1 + g / 17 % 6] else '' end, 4000),
    'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.61395',
    (array['primary', 'primary-scale', 'secondary'])[1 + g % 3],
    g * 17 % 5000000,
    g * 19 % 300000,
    g * 23 % 1000,
    100 + g % 8,
    'Default queue ' || g % 8,
    (array['lowest', 'low', 'normal', 'high', 'highest'])[1 + g % 5],
    case when g % 2 = 0 then 'true' else 'false' end,
    md5((g % 9000)::text || 'g'),
    'user_' || (g % 37)
from generate_series(:shift::bigint + 1, :shift::bigint + :rows::bigint) as g, texts;
analyze sys_query_history;
