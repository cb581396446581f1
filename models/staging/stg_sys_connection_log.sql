select
    cluster_id,
    sync_id,
    synced_at,
    record_time,
    session_id,
    coalesce(rtrim(event), '') as event,
    rtrim(database_name) as database_name,
    rtrim(user_name) as user_name,
    coalesce(rtrim(application_name), '') as application_name,
    nullif(rtrim(driver_version), '') as driver_version
from {{ source('qupersync_staging', 'sys_connection_log') }}
