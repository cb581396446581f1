-- The tables. What is worth a look: raw.clickstream fills the disks, most of it one node's; raw.page_views is never
-- vacuumed; marts.orders was vacuumed yesterday; VACUUM gives raw.orders nothing back since a statement runs for days;
-- marts.sessions is loaded out of order since its VACUUM fails; somebody left a copy of the orders; a migration was dropped.
insert into demo.relation
select
    200000 + n, database_name, schema_name, table_name, encoded, diststyle, sortkey1, size_mb, growth_mb, skew_rows, hot_share, turn,
    kept, ghosts::double precision[], unsorted::double precision[], stats_off::double precision[], coalesce(created, -(60 + 11 * n)),
    dropped, maintained, row_number() over (partition by maintained order by n) - 1
from (values
    -- database, schema, table, encoded, diststyle, sort key, MB, MB a day, skew, share, turn, kept, ghosts, unsorted, statistics, created, dropped, maintained
    (0, 'prod', 'raw', 'clickstream', 'Y', 'KEY(user_id)', 'event_time', 901120, 57344, 5.80, 0.5, null::float, 1.0, '{0.4,0}', '{1,0.1}', '{2,0.1}', null::float, null::float, 'auto'),
    (1, 'prod', 'raw', 'events', 'Y, AUTO(ENCODE)', 'AUTO(EVEN)', 'AUTO(SORTKEY(event_time))', 778240, 5120, 1.02, null, null, 1, '{1.1,0}', '{4,0}', '{3,0}', null, null, 'auto'),
    (2, 'prod', 'raw', 'page_views', 'Y', 'EVEN', 'viewed_at', 430080, 2048, 1.00, null, null, 1, '{31,0.9}', '{7,0.05}', '{6,0.1}', null, null, 'never'),
    (3, 'prod', 'raw', 'orders', 'Y', 'KEY(order_id)', 'updated_at', 317440, 1024, 1.10, null, -6, 1, '{2.5,0,2.5,2.9}', '{2,0,2,0}', '{1,0,1,0}', null, null, 'manual'),
    (4, 'prod', 'raw', 'order_items', 'Y', 'KEY(order_id)', 'updated_at', 491520, 1536, 1.12, null, null, 1, '{1.4,0}', '{3,0}', '{2,0}', null, null, 'auto'),
    (5, 'prod', 'raw', 'sensor_dump', 'N', 'EVEN', '', 122880, 0, 1.00, null, null, 1, '{0,0}', '{0,0}', '{4,0}', null, null, 'auto'),
    (6, 'prod', 'raw', 'payments', 'Y, AUTO(ENCODE)', 'AUTO(KEY(order_id))', 'AUTO(SORTKEY)', 84992, 307, 1.31, null, null, 1, '{0.9,0}', '{0,0}', '{2,0}', null, null, 'auto'),
    (7, 'prod', 'raw', 'refunds', 'Y, AUTO(ENCODE)', 'AUTO(ALL)', 'refunded_at', 5222, 10, null, null, null, 1, '{0.2,0}', '{1,0}', '{1,0}', null, null, 'auto'),
    (8, 'prod', 'raw', 'shipments', 'Y', 'KEY(order_id)', 'shipped_at', 61440, 205, 1.20, null, null, 1, '{1.8,0}', '{5,0}', '{3,0}', null, null, 'auto'),
    (9, 'prod', 'raw', 'inventory', 'Y', 'EVEN', 'counted_at', 25600, 102, 1.00, null, null, 1, '{0.7,0}', '{2,0}', '{2,0}', null, null, 'auto'),
    (10, 'prod', 'raw', 'identifies', 'Y', 'KEY(anonymous_id)', 'received_at', 14336, 61, 2.10, null, null, 1, '{0.3,0}', '{3,0}', '{5,0}', null, null, 'auto'),
    (11, 'prod', 'marts', 'orders', 'Y', 'KEY(customer_id)', 'order_date', 296960, 717, 1.25, null, -0.885, 0.82, '{14,0.4,0.3,0.4}', '{3,0.1,0,0.1}', '{4,0.1,0,0.1}', null, null, 'manual'),
    (12, 'prod', 'marts', 'sessions', 'Y', 'KEY(user_id)', 'session_day', 573440, 3072, 1.18, null, -4, 1, '{1,0,1,0.2}', '{4,0,8,7.5}', '{3,0,3,0.9}', null, null, 'manual'),
    (13, 'prod', 'marts', 'fct_sessions', 'Y', 'KEY(user_id)', 'session_day', 440320, 1843, 1.20, null, null, 1, '{2.2,0}', '{3,0}', '{2,0}', null, null, 'auto'),
    (14, 'prod', 'marts', 'pageview_rollup', 'Y', 'EVEN', 'INTERLEAVED', 163840, 307, 1.00, null, null, 1, '{0.5,0}', '{21,0.3}', '{4,0}', null, null, 'auto'),
    (15, 'prod', 'marts', 'features', 'Y', 'AUTO(KEY(customer_id))', 'AUTO(SORTKEY(customer_id))', 307200, 410, 1.40, null, null, 1, '{1.2,0}', '{12,0}', '{2,0}', null, null, 'auto'),
    (16, 'prod', 'marts', 'customers', 'Y', 'KEY(customer_id)', 'customer_id', 12288, 20, 1.05, null, null, 1, '{3.1,0}', '{1,0}', '{2,0}', null, null, 'auto'),
    (17, 'prod', 'marts', 'daily_revenue', 'Y, AUTO(ENCODE)', 'AUTO(ALL)', 'day', 410, 0, null, null, null, 1, '{0,0}', '{0,0}', '{1,0}', null, null, 'auto'),
    (18, 'prod', 'marts', 'stores', 'Y', 'ALL', 'store_id', 46, 0, null, null, null, 1, '{0,0}', '{0,0}', '{0,0}', null, null, 'auto'),
    (19, 'prod', 'marts', 'products', 'Y', 'ALL', 'product_id', 96, 0, null, null, null, 1, '{0.4,0}', '{0,0}', '{1,0}', null, null, 'auto'),
    (20, 'prod', 'marts', 'calendar', 'Y', 'ALL', 'day', 12, 0, null, null, null, 1, '{0,0}', '{0,0}', '{0,0}', null, null, 'auto'),
    (21, 'prod', 'marts', 'currencies', 'N', 'ALL', '', 6, 0, null, null, null, 1, '{0,0}', '{0,0}', '{0,0}', null, null, 'auto'),
    (22, 'prod', 'staging', 'stg_orders', 'Y, AUTO(ENCODE)', 'AUTO(EVEN)', 'AUTO(SORTKEY)', 30720, 0, 1.00, null, null, 1, '{0.1,0}', '{0,0}', '{3,0}', null, null, 'auto'),
    (23, 'prod', 'staging', 'orders_delta', 'Y', 'EVEN', '', 2150, 0, 1.00, null, -0.8, 1, '{0,0,0,0}', '{0,0,0,0}', '{34,1.5,0,0.5}', null, null, 'auto'),
    (24, 'prod', 'staging', 'tmp_migration', 'N', 'KEY(batch_id)', '', 87040, 0, 7.40, null, null, 1, '{0,0}', '{0,0}', '{18,0}', -31, -4.6, 'never'),
    (25, 'prod', 'crm', 'contacts', 'Y', 'KEY(contact_id)', 'contact_id', 820, 2, 1.02, null, null, 1, '{4,0.1}', '{6,0.1}', '{11.5,0.6}', null, null, 'auto'),
    (26, 'prod', 'crm', 'accounts', 'Y, AUTO(ENCODE)', 'AUTO(ALL)', 'account_id', 120, 0, null, null, null, 1, '{1,0}', '{0,0}', '{2,0}', null, null, 'auto'),
    (27, 'prod', 'crm', 'activities', 'Y', 'KEY(account_id)', 'occurred_at', 9216, 41, 1.60, null, null, 1, '{2,0}', '{4,0}', '{4,0}', null, null, 'auto'),
    (28, 'prod', 'marts', 'orders_backup', 'Y', 'EVEN', '', 194560, 0, 1.00, null, null, 1, '{0,0}', '{0,0}', '{0,0}', -5.4, null, 'never'),
    (29, 'prod', 'ops', 'heartbeats', 'Y, AUTO(ENCODE)', 'AUTO(EVEN)', 'beat_at', 1536, 20, 1.00, null, null, 1, '{0.5,0}', '{1,0}', '{1,0}', null, null, 'auto'),
    (30, 'dev', 'ci_marts', 'fct_orders', 'Y, AUTO(ENCODE)', 'AUTO(EVEN)', 'AUTO(SORTKEY)', 4096, 0, 1.00, null, null, 1, '{0,0}', '{0,0}', '{2,0}', -3, null, 'auto'),
    (31, 'dev', 'ci_marts', 'fct_sessions', 'Y, AUTO(ENCODE)', 'AUTO(EVEN)', 'AUTO(SORTKEY)', 7168, 0, 1.00, null, null, 1, '{0,0}', '{0,0}', '{2,0}', -3, null, 'auto'),
    (32, 'dev', 'sandbox', 'orders_sample', 'N', 'EVEN', '', 3072, 0, 1.00, null, null, 1, '{0,0}', '{0,0}', '{5,0}', null, null, 'never'),
    (33, 'dev', 'sandbox', 'churn_features', 'Y', 'KEY(customer_id)', 'customer_id', 40960, 1434, 4.60, null, null, 1, '{0.5,0}', '{2,0}', '{9,0.4}', null, null, 'never'),
    (34, 'dev', 'sandbox', 'scratch_events', 'N', 'EVEN', 'event_time', 25600, 0, 1.00, null, null, 1, '{19,0}', '{35,0}', '{28,0}', null, null, 'never'),
    (35, 'dev', 'public', 'notes', 'Y', 'AUTO(ALL)', '', 6, 0, null, null, null, 1, '{0,0}', '{0,0}', '{0,0}', null, null, 'auto')
) fixed (
    n, database_name, schema_name, table_name, encoded, diststyle, sortkey1, size_mb, growth_mb, skew_rows, hot_share, turn, kept,
    ghosts, unsorted, stats_off, created, dropped, maintained
);
