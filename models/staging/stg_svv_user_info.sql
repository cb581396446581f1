select
    cluster_id,
    sync_id,
    synced_at,
    user_id,
    nullif(rtrim(user_name), '') as user_name
from {{ source('qupersync_staging', 'svv_user_info') }}
