with changes as (
    select
        changes.*,
        case when changes.subject_kind = 'pattern' then 'pattern ' || changes.query_hash else 'dbt node ' || changes.dbt_node_id end
            as object_name,
        -- After an upgrade with another normalization a pattern may be there twice.
        row_number() over (
            partition by changes.cluster_id, changes.query_hash, changes.dbt_node_id order by changes.query_hash_version desc
        ) as version_rank
    from {{ ref('query_regressions') }} as changes
),

slower as (
    select *
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
)

select
    {{ finding(
        check='slower pattern',
        severity='warning',
        cluster_id='slower.cluster_id',
        object_name='slower.object_name',
        measured='slower.factor',
        unit='times the time before',
        threshold=var('findings_slower_factor'),
        reason='Since {slower.change_day} a run takes {cast(slower.p50_execution_seconds_after as numeric(18, 1))} s, {cast(slower.p50_execution_seconds_before as numeric(18, 1))} s before: {slower.explanation}. Ask {slower.user_name_after}.'
        ~ query_of_pattern('slower.query_text')
    ) }}
from slower
left join slower as patterns
    on slower.cluster_id = patterns.cluster_id and slower.longest_query_hash = patterns.query_hash
-- A dbt node whose longest query is told itself is not told again.
where patterns.query_hash is null
