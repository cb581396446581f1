with changes as (
    select
        changes.*,
        -- After an upgrade with another normalization a pattern may be there twice.
        row_number() over (partition by changes.cluster_id, changes.query_hash order by changes.query_hash_version desc) as version_rank
    from {{ ref('query_regressions') }} as changes
)

select
    {{ finding(
        check='slower pattern',
        severity='warning',
        object_name=sql_text('pattern {query_hash}'),
        measured='factor',
        unit='times the time before',
        threshold=var('findings_slower_factor'),
        reason='Since {change_day} a run takes {cast(p50_execution_seconds_after as numeric(18, 1))} s, {cast(p50_execution_seconds_before as numeric(18, 1))} s before: {explanation}. Ask {user_name_after}.'
    ) }}
from changes
where
    version_rank < 2
    and factor > {{ var('findings_slower_factor') }}
    -- Of a change that was undone since, less than half is left; halves of factors are roots.
    and factor_last_7_days > sqrt(factor)
    -- A few runs are no baseline, and nobody waits for very short ones.
    and run_count_before >= {{ var('findings_slower_min_count') }}
    and run_count_after >= {{ var('findings_slower_min_count') }}
    and p50_execution_seconds_after >= {{ var('findings_slower_min_seconds') }}
