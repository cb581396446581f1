{{ config(severity='warn') }}

-- A warning for some days after a gap was noticed; the mart keeps it for ever.
select *
from {{ ref('sync_gaps') }}
where {{ recent('noticed_at') }}
