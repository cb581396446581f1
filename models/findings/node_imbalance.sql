with clusters as (
    select
        cluster_id,
        min(used_gb) as least_gb,
        max(used_gb) as most_gb
    from {{ ref('node_storage') }}
    group by cluster_id
)

select
    {{ finding(
        check='node imbalance',
        severity='warning',
        object_name="'cluster'",
        measured='100 * (most_gb - least_gb) / nullif(least_gb, 0)',
        unit='percent over the emptiest node',
        threshold=var('findings_node_skew_pct'),
        reason='The fullest node fills up first: look for tables with a skewed distribution key.'
    ) }}
from clusters
where
    100 * (most_gb - least_gb) >= {{ var('findings_node_skew_pct') }} * least_gb
    and most_gb - least_gb >= 1
