{{ config(materialized='incremental', incremental_strategy='replace_all', sort=['change_day']) }}
{%- set first_day = first_regression_day() %}
{%- set pattern = ['cluster_id', 'query_hash', 'query_hash_version'] %}
{%- set key = ['cluster_id', 'subject_kind', 'dbt_node_id', 'query_hash', 'query_hash_version'] %}

-- A table, not a view: it is read more often than its days change. Each build computes it anew, from the window alone.
with windows as (
    -- Whole days: the day of the newest sync is not over.
    select
        cluster_id,
        cast({{ dbt.dateadd('day', -var('regressions_days'), 'cast(synced_at as date)') }} as date) as first_day,
        cast({{ dbt.dateadd('day', -1, 'cast(synced_at as date)') }} as date) as last_day
    from {{ ref('newest_syncs') }}
),

times_of_patterns as (
    select
        cluster_id,
        query_day,
        cast('pattern' as varchar(16)) as subject_kind,
        cast(null as varchar(512)) as dbt_node_id,
        query_hash,
        query_hash_version,
        {{ times_of_a_day() | join(',\n        ') }},
        p50_execution_seconds,
        -- All runs of a pattern have its text.
        cast(null as varchar(32)) as first_query_hash,
        cast(null as varchar(32)) as last_query_hash
    from {{ ref('query_pattern_times_daily') }}
    where query_day >= cast('{{ first_day }}' as date) and run_count > 0
),

-- A run of a node is all of its queries in an invocation of dbt.
times_of_nodes as (
    select
        cluster_id,
        query_day,
        cast('dbt node' as varchar(16)) as subject_kind,
        dbt_node_id,
        cast(null as varchar(32)) as query_hash,
        cast(null as bigint) as query_hash_version,
        count(*) as run_count,
        sum(case when detailed_count > 0 then 1 else 0 end) as detailed_count,
        cast(0 as bigint) as cache_hit_count,
        min(first_user_name) as first_user_name,
        max(last_user_name) as last_user_name,
        min(first_redshift_version) as first_redshift_version,
        max(last_redshift_version) as last_redshift_version,
        {%- for name in ('queue_time_us', 'compile_time_us', 'lock_wait_time_us', 'rows_returned', 'bytes_scanned', 'spilled_blocks') %}
        {{ to_bigint('sum(' ~ name ~ ')') }} as {{ name }},
        {%- endfor %}
        cast(percentile_cont(0.5) within group (order by execution_time_us) as double precision) / 1000000 as p50_execution_seconds,
        min(longest_query_hash) as first_query_hash,
        max(longest_query_hash) as last_query_hash
    from {{ ref('dbt_node_runs') }}
    where query_day >= cast('{{ first_day }}' as date) and dbt_node_id <> '' and failed_count = 0 and execution_time_us > 0
    group by cluster_id, query_day, dbt_node_id
),

times_of_subjects as (
    select * from times_of_patterns
    union all
    select * from times_of_nodes
),

times as (
    select
        times.*,
        windows.first_day,
        windows.last_day,
        times.query_day > {{ dbt.dateadd('day', -7, 'windows.last_day') }} as is_recent,
        ln(times.p50_execution_seconds) as value,
        -- A day of ten runs is as uncertain as days differ by themselves: more runs count for little more.
        cast(times.run_count as double precision) / (times.run_count + 10) as weight,
        dense_rank() over (order by times.{{ key | join(', times.') }}) as subject
    from times_of_subjects as times
    inner join windows on times.cluster_id = windows.cluster_id
    where
        times.query_day between windows.first_day and windows.last_day
        and times.p50_execution_seconds > 0
),

days as (
    select
        subject,
        query_day,
        value,
        weight
    from times
),

{{ level_shifts() }},

subjects as (
    select
        subject,
        {{ key | join(', ') }},
        max(first_day) as first_day,
        max(last_day) as last_day
    from times
    group by subject, {{ key | join(', ') }}
),

ranked as (
    select
        subjects.*,
        shifts.change_day,
        shifts.shift,
        shifts.p_value,
        -- 1.3: after clipping, and at the day that was picked for its size, the error is larger than the formula's.
        1.3 * shifts.standard_error * {{ student_quantile('shifts.degrees') }} as margin,
        count(*) over (partition by subjects.cluster_id, subjects.subject_kind) as tested_count,
        row_number() over (partition by subjects.cluster_id, subjects.subject_kind order by shifts.p_value, subjects.subject) as p_rank
    from shifts
    inner join subjects on shifts.subject = subjects.subject
),

-- Benjamini and Hochberg, within a cluster and kind of subject: the share of false ones among all changes that are at least as clear.
corrected as (
    select
        ranked.*,
        min(p_value * tested_count / p_rank) over (
            partition by cluster_id, subject_kind order by p_rank desc rows unbounded preceding
        ) as q_value
    from ranked
),

changes as (
    select
        corrected.*,
        case when shift > 0 then cast('slower' as varchar(8)) else cast('faster' as varchar(8)) end as direction
    from corrected
    where q_value <= {{ var('regressions_false_share') }} and abs(shift) >= ln(cast({{ var('regressions_min_factor') }} as double precision))
),

changed_days as (
    select
        cluster_id,
        subject_kind,
        direction,
        change_day,
        count(*) as change_count
    from changes
    group by cluster_id, subject_kind, direction, change_day
),

together as (
    select
        these.cluster_id,
        these.subject_kind,
        these.direction,
        these.change_day,
        sum(others.change_count) as change_count
    from changed_days as these
    inner join changed_days as others
        on
            these.cluster_id = others.cluster_id
            and these.subject_kind = others.subject_kind
            and these.direction = others.direction
            and others.change_day between {{ dbt.dateadd('day', -1, 'these.change_day') }} and {{ dbt.dateadd('day', 1, 'these.change_day') }}
    group by these.cluster_id, these.subject_kind, these.direction, these.change_day
),

sides as (
    {{ sides_of_changes() }}
),

texts as (
    select
        texts.{{ pattern | join(', texts.') }},
        max(texts.query_type) as query_type,
        max(texts.query_text) as query_text
    from {{ ref('query_patterns_daily') }} as texts
    inner join changes
        on
            texts.cluster_id = changes.cluster_id
            and texts.query_hash = changes.query_hash
            and texts.query_hash_version = changes.query_hash_version
            and texts.query_day between changes.first_day and changes.last_day
    where texts.query_day >= cast('{{ first_day }}' as date)
    group by texts.{{ pattern | join(', texts.') }}
),

measured as (
    select
        changes.*,
        texts.query_type,
        texts.query_text,
        together.change_count,
        {% for measure in measures_of_sides() %}
        earlier.{{ measure }} as {{ measure }}_before,
        later.{{ measure }} as {{ measure }}_after,
        {% endfor %}
        earlier.first_user_name > later.last_user_name or earlier.last_user_name < later.first_user_name as is_other_user,
        earlier.first_redshift_version > later.last_redshift_version
        or earlier.last_redshift_version < later.first_redshift_version as is_other_version,
        earlier.first_query_hash > later.last_query_hash or earlier.last_query_hash < later.first_query_hash as is_other_text,
        exp(later.recent_value - earlier.mean_value) as factor_last_7_days
    from changes
    inner join sides as earlier on changes.subject = earlier.subject and earlier.is_after = 0
    inner join sides as later on changes.subject = later.subject and later.is_after = 1
    inner join together
        on
            changes.cluster_id = together.cluster_id
            and changes.subject_kind = together.subject_kind
            and changes.direction = together.direction
            and changes.change_day = together.change_day
    left join texts
        on
            changes.cluster_id = texts.cluster_id
            and changes.query_hash = texts.query_hash
            and changes.query_hash_version = texts.query_hash_version
)

select
    cluster_id,
    subject_kind,
    dbt_node_id,
    query_hash,
    query_hash_version,
    cast(last_query_hash_after as varchar(32)) as longest_query_hash,
    change_day,
    direction,
    cast({{ explanation_of_change() }} as varchar(1024)) as explanation,
    cast(query_type as varchar(64)) as query_type,
    cast(query_text as varchar(2000)) as query_text,
    cast(last_user_name_before as varchar(256)) as user_name_before,
    cast(last_user_name_after as varchar(256)) as user_name_after,
    {{ four_decimals('exp(shift)') }} as factor,
    {{ four_decimals('exp(shift - margin)') }} as factor_low,
    {{ four_decimals('exp(shift + margin)') }} as factor_high,
    {{ four_decimals('factor_last_7_days') }} as factor_last_7_days,
    cast(cast(q_value as numeric(18, 10)) as double precision) as q_value,
    {% for measure in measures_of_sides() if not measure.startswith('last_') %}
    {{ measure }}_before,
    {{ measure }}_after,
    {% endfor %}
    cast(change_count as bigint) as changed_together_count,
    tested_count,
    is_other_user,
    cast(last_redshift_version_before as varchar(256)) as redshift_version_before,
    cast(last_redshift_version_after as varchar(256)) as redshift_version_after,
    coalesce(is_other_text, false) as is_other_text,
    first_day,
    last_day
from measured
