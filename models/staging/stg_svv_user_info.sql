select
    cluster_id,
    sync_id,
    synced_at,
    user_id,
    nullif(rtrim(user_name), '') as user_name,
    nullif(rtrim(syslog_access), '') as syslog_access,
    superuser as is_superuser
from {{ source('qupersync_staging', 'svv_user_info') }}
