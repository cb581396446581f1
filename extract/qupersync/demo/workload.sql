-- Who runs what. The stories of the patterns, whose days are in fill.sql: regression (slower since a day, and scans more),
-- errors (fail since a day), errors_fixed (failed on some earlier days), spill_fixed (spilled until a day), growing (spills
-- more each night), unfinished (never ended).
insert into demo.app_user
select 100 + i, name, kind, application
from (values
    (0, 'awsuser', 'admin', 'psql'),
    (1, 'dbt_prod', 'dbt', 'dbt'), (2, 'dbt_ci', 'dbt', 'dbt'),
    (3, 'airflow', 'etl', 'airflow'), (4, 'fivetran', 'etl', 'Fivetran'), (5, 'segment', 'etl', 'segment-loader'),
    (6, 'looker', 'bi', 'Looker'), (7, 'tableau', 'bi', 'Tableau 2026.2'), (8, 'quicksight', 'bi', 'QuickSight'),
    (9, 'metabase', 'bi', 'Metabase'), (10, 'grafana', 'bi', 'Grafana'), (11, 'ds_notebook', 'analyst', 'JupyterLab')
) fixed (i, name, kind, application)
union all
select 111 + i, 'analyst_' || lpad(i::text, 2, '0'), 'analyst', (array['DBeaver 26.1', 'psql', 'DataGrip', 'RedshiftQueryEditorV2', ''])[i % 5 + 1]
from generate_series(1, 18) i;

insert into demo.pattern
select
    n, story, schedule, at, (select array_agg(u.user_id order by u.user_id) from demo.app_user u where u.name = any(string_to_array(users, ' ')) or (users = 'analysts' and u.name like 'analyst%')),
    office, night, rest, queue, database_name, query_type, base_ms, spread, scan_mb, spill_mb, spill_share, body
from (values
    -- story, schedule, at, users, weights: office, night, rest; queue, database, type, ms, spread, scan MB, spill MB, share that spills, text
    -- dashboards
    (1, '', '', 0.0, 'looker', 130, 4, 30, 'Dashboards', 'prod', 'SELECT', 900, 0.8, 420, 0, 0.0, 'SELECT o.region, sum(o.amount) AS revenue\nFROM marts.orders o\nWHERE o.order_date >= ''{d}'' AND o.region IN (''EU'', ''US'', ''{n}'')\nGROUP BY 1 ORDER BY 2 DESC LIMIT 500;'),
    (2, '', '', 0, 'looker quicksight', 170, 4, 40, 'Dashboards', 'prod', 'SELECT', 120, 0.8, 12, 0, 0, 'SELECT * FROM marts.daily_revenue WHERE "Store ID" = {n} ORDER BY day'),
    (3, '', '', 0, 'tableau', 45, 2, 12, 'Dashboards', 'prod', 'SELECT', 6500, 0.7, 5100, 0, 0, 'select count(distinct user_id) from marts.fct_sessions where session_day between ''{d}'' and ''2026-12-31'' -- tile {n}\n and country = ''DE'''),
    (4, '', '', 0, 'quicksight', 60, 2, 14, 'Dashboards', 'prod', 'SELECT', 2200, 0.8, 1300, 0, 0, 'select p.category, sum(i.quantity) from raw.order_items i join marts.products p on p.product_id = i.product_id where i.updated_at >= ''{d}'' group by 1 order by 2 desc limit {n}'),
    (5, '', '', 0, 'metabase', 40, 1, 16, 'Dashboards', 'prod', 'SELECT', 600, 0.8, 240, 0, 0, 'select status, count(*) from marts.orders where store_id = {n} and order_date = ''{d}'' group by status'),
    (6, 'spill_fixed', '', 0, 'tableau', 14, 1, 3, 'Dashboards', 'prod', 'SELECT', 9000, 0.5, 5200, 2600, 0.7, 'WITH base AS (SELECT customer_id, sum(amount) a FROM marts.orders WHERE order_date > ''{d}'' GROUP BY 1)\nSELECT ntile(100) OVER (ORDER BY a), count(*) FROM base GROUP BY 1'),
    (7, '', '', 0, 'grafana', 90, 60, 200, 'Dashboards', 'prod', 'SELECT', 25, 0.5, 1, 0, 0, 'select max(beat_at) from ops.heartbeats where service_id = {n}'),
    (8, 'regression', 'refresh', 0, 'looker', 0, 0, 0, 'Dashboards', 'prod', 'SELECT', 95000, 0.25, 52000, 0, 0, 'SELECT session_day, funnel_step, count(distinct user_id) AS users\nFROM marts.sessions\nWHERE session_day >= ''{d}'' AND funnel_step <= {n}\nGROUP BY 1, 2'),
    -- people
    (9, '', '', 0, 'analysts', 45, 0, 6, 'Ad hoc', 'prod', 'SELECT', 1400, 1.0, 900, 0, 0, 'select * from raw.events where user_id = {n} and event_time > ''{d}'' limit 100'),
    (10, '', '', 0, 'analysts', 7, 0, 1, 'Ad hoc', 'prod', 'SELECT', 46000, 0.6, 38000, 900, 0.01, 'select a.customer_id, b.event_type, count(*)\nfrom marts.customers a join raw.events b on a.customer_id = b.user_id\nwhere b.event_time >= ''{d}'' group by 1, 2 having count(*) > {n}'),
    (11, '', '', 0, 'analysts', 12, 0, 2, 'Ad hoc', 'prod', 'UTILITY', 1, 0.5, 0, 0, 0, 'set query_group to ''job_{n}'''),
    (12, '', '', 0, 'analysts', 14, 0, 2, 'Ad hoc', 'prod', 'SELECT', 300, 0.8, 60, 0, 0, 'select email, note from crm.contacts where email like ''%{n}@example.com'' and note = ''it\''s {d}'''),
    (13, '', '', 0, 'ds_notebook', 9, 6, 6, 'Ad hoc', 'prod', 'SELECT', 21000, 0.6, 14000, 0, 0, 'select customer_id, f1, f2, f3 from marts.features tablesample where random() < 0.0{n}'),
    (14, '', '', 0, 'ds_notebook', 7, 0, 1, 'Ad hoc', 'dev', 'SELECT', 3200, 0.8, 1900, 0, 0, 'select * from sandbox.churn_features where customer_id between {n} and {n} + 1000'),
    -- dbt
    (15, '', '', 0, 'dbt_prod', 16, 60, 40, 'Transform', 'prod', 'CTAS', 11000, 0.6, 5000, 0, 0, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_orders", "invocation_id": "{i}"} */\ncreate table "prod"."marts"."fct_orders__dbt_tmp" as (select * from "prod"."staging"."stg_orders" where updated_at > ''{d}'')'),
    (16, '', '', 0, 'dbt_prod', 16, 60, 40, 'Transform', 'prod', 'INSERT', 7000, 0.6, 3000, 0, 0, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_orders", "invocation_id": "{i}"} */\ninsert into "prod"."marts"."fct_orders" (select * from "fct_orders__dbt_tmp" where order_id > {n})'),
    (17, '', '', 0, 'dbt_prod', 40, 150, 90, 'Transform', 'prod', 'SELECT', 800, 0.8, 350, 0, 0, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "test.shop.not_null_orders_id", "invocation_id": "{i}"} */\nselect count(*) from "prod"."marts"."orders" where order_id is null'),
    (18, '', '', 0, 'dbt_prod', 16, 60, 40, 'Transform', 'prod', 'DDL', 20, 0.5, 0, 0, 0, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_orders", "invocation_id": "{i}"} */\nalter table "prod"."marts"."fct_orders__dbt_tmp" rename to "fct_orders"'),
    (19, '', '', 0, 'dbt_ci', 30, 2, 10, 'Transform', 'dev', 'CTAS', 2600, 0.7, 700, 0, 0, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "ci", "target_name": "ci", "node_id": "model.shop.fct_sessions", "invocation_id": "{i}"} */\ncreate table "dev"."ci_marts"."fct_sessions" as (select * from "dev"."sandbox"."orders_sample" where batch = {n})'),
    -- loads
    (20, '', '', 0, 'airflow', 40, 110, 90, 'Transform', 'prod', 'COPY', 19000, 0.5, 0, 0, 0, 'COPY raw.events FROM ''s3://lake/events/dt={d}/part-{n}/'' IAM_ROLE ''arn:aws:iam::000000000000:role/loader'' FORMAT AS PARQUET;'),
    (21, '', '', 0, 'airflow', 12, 40, 30, 'Transform', 'prod', 'DELETE', 9000, 0.6, 5200, 0, 0, 'delete from raw.orders using staging.orders_delta d where raw.orders.order_id = d.order_id and d.batch = {n}'),
    (22, '', '', 0, 'airflow', 12, 40, 30, 'Transform', 'prod', 'INSERT', 6000, 0.6, 800, 0, 0, 'insert into raw.orders (order_id, customer_id, amount, updated_at) select order_id, customer_id, amount, updated_at from staging.orders_delta where batch in ({n}, 2, 3)'),
    (23, '', '', 0, 'fivetran', 20, 30, 40, 'Transform', 'prod', 'UPDATE', 2500, 0.8, 300, 0, 0, 'update crm.accounts set note = ''seen {d}'' where account_id = {n}'),
    (24, '', '', 0, 'airflow', 4, 20, 8, 'Transform', 'prod', 'UNLOAD', 15000, 0.6, 4000, 0, 0, 'unload (''select * from marts.orders where order_date = \''{d}\'''') to ''s3://lake/export/{n}/'' iam_role default parquet'),
    (25, 'errors', 'refresh', 0, 'fivetran', 0, 0, 0, 'Transform', 'prod', 'COPY', 5200, 0.3, 0, 0, 0, 'COPY crm.contacts FROM ''s3://lake/contacts/dt={d}/part-{n}/'' IAM_ROLE ''arn:aws:iam::000000000000:role/loader'' FORMAT AS CSV;'),
    (26, 'errors_fixed', 'refresh', 0, 'segment', 0, 0, 0, 'Transform', 'prod', 'INSERT', 3100, 0.3, 400, 0, 0, 'insert into raw.identifies select anonymous_id, user_id, received_at from segment.identifies where batch = {n}'),
    -- each night
    (27, 'growing', 'nightly', 2.17, 'dbt_prod', 0, 0, 0, 'Transform', 'prod', 'INSERT', 760000, 0.15, 210000, 118000, 1, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_sessions", "invocation_id": "{i}"} */\ninsert into "prod"."marts"."fct_sessions" (select user_id, session_id, min(viewed_at), max(viewed_at), count(*) from "prod"."raw"."page_views" where viewed_at >= ''{d}'' group by 1, 2)'),
    (28, '', 'nightly', 2.75, 'dbt_prod', 0, 0, 0, 'Transform', 'prod', 'CTAS', 430000, 0.2, 96000, 41000, 1, '/* {"app": "dbt", "dbt_version": "1.11.16", "profile_name": "prod", "target_name": "prod", "node_id": "model.shop.fct_attribution", "invocation_id": "{i}"} */\ncreate table "prod"."marts"."fct_attribution__dbt_tmp" as (select * from "prod"."raw"."clickstream" c join "prod"."marts"."orders" o on o.customer_id = c.user_id where o.order_date >= ''{d}'')'),
    (29, '', 'nightly', 4.08, 'airflow', 0, 0, 0, 'Transform', 'prod', 'UNLOAD', 210000, 0.2, 60000, 0, 0, 'unload (''select * from marts.customers'') to ''s3://lake/snapshots/{d}/'' iam_role default parquet'),
    -- once
    (30, 'accident', 'once', -1.4, 'analyst_07', 0, 0, 0, 'Ad hoc', 'prod', 'SELECT', 3060000, 0, 640000, 742000, 1, 'select * from raw.clickstream a, raw.clickstream b where a.event_time >= ''{d}'' order by a.user_id'),
    (31, 'unfinished', 'once', -5.58, 'ds_notebook', 0, 0, 0, 'Ad hoc', 'prod', 'SELECT', 0, 0, 0, 0, 0, 'select o.customer_id, e.event_type, count(*) from raw.orders o join raw.events e on e.user_id = o.customer_id where o.updated_at >= ''{d}'' group by 1, 2')
) fixed (
    n, story, schedule, at, users, office, night, rest, queue, database_name, query_type, base_ms, spread, scan_mb, spill_mb, spill_share, body
);

insert into demo.slot
with weighted as (
    select period, pattern_id, weight, sum(weight) over (partition by period order by pattern_id) as upto, sum(weight) over (partition by period) as total
    from demo.pattern
    cross join lateral (values ('office', office), ('night', night), ('rest', rest)) w (period, weight)
)
select period, slot, pattern_id
from weighted
cross join generate_series(0, 999) slot
where slot * total >= (upto - weight) * 1000 and slot * total < upto * 1000;
