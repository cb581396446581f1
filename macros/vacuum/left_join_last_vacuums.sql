{#- A join with the last finished vacuum of each table: `vacuumed`, with end_time and vacuum_type. `tables`: the relation in the caller's
    FROM clause that holds the tables. -#}
{%- macro left_join_last_vacuums(tables) -%}
    {{- return(adapter.dispatch('left_join_last_vacuums', 'qupersync')(tables)) -}}
{%- endmacro -%}

{%- macro default__left_join_last_vacuums(tables) -%}{{ unsupported_adapter('left_join_last_vacuums') }}{%- endmacro -%}

{#- One look at an index per table, however long the history is. -#}
{%- macro postgres__left_join_last_vacuums(tables) -%}
    left join lateral (
        select
            runs.end_time,
            runs.vacuum_type
        from {{ ref('vacuum_history') }} as runs
        where
            runs.cluster_id = {{ tables }}.cluster_id
            and runs.table_id = {{ tables }}.table_id
            and runs.database_name = {{ tables }}.database_name
            and runs.table_name = {{ tables }}.table_name
            and runs.status = 'Finished'
            and runs.end_time is not null
        order by runs.end_time desc, runs.vacuum_type desc
        limit 1
    ) as vacuumed on 1 = 1
{%- endmacro -%}

{#- Redshift has neither indexes nor LATERAL; it reads a few columns of a whole table fast. -#}
{%- macro redshift__left_join_last_vacuums(tables) -%}
    left join (
        select
            runs.cluster_id,
            runs.table_id,
            runs.database_name,
            runs.table_name,
            runs.end_time,
            runs.vacuum_type,
            row_number() over (
                partition by runs.cluster_id, runs.table_id, runs.database_name, runs.table_name
                order by runs.end_time desc, runs.vacuum_type desc
            ) as recency_rank
        from {{ ref('vacuum_history') }} as runs
        where runs.status = 'Finished' and runs.end_time is not null
    ) as vacuumed
        on
            {{ tables }}.cluster_id = vacuumed.cluster_id
            and {{ tables }}.table_id = vacuumed.table_id
            and {{ tables }}.database_name = vacuumed.database_name
            and {{ tables }}.table_name = vacuumed.table_name
            and vacuumed.recency_rank = 1
{%- endmacro -%}
