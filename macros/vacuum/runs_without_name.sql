{#- The FROM clause of `runs`: those of any time whose table had no name yet and gets one from `new_names` (see touched_vacuums). Runs of a
    database that is never read stay without a name for ever: they must not be read at each build. -#}
{%- macro runs_without_name() -%}
    {{- return(adapter.dispatch('runs_without_name', 'qupersync')()) -}}
{%- endmacro -%}

{%- macro default__runs_without_name() -%}{{ unsupported_adapter('runs_without_name') }}{%- endmacro -%}

{#- OFFSET 0 keeps it one look at an index per table: the planner takes 'unknown' to be as frequent in these tables as in all. -#}
{%- macro postgres__runs_without_name() -%}
        from new_names
        cross join lateral (
            select *
            from {{ this }} as nameless
            where
                nameless.cluster_id = new_names.cluster_id
                and nameless.table_id = new_names.table_id
                and nameless.table_name = 'unknown'
                and nameless.source_view = 'stl_vacuum'
            offset 0
        ) as runs
{%- endmacro -%}

{%- macro redshift__runs_without_name() -%}
        from {{ this }} as runs
        inner join new_names
            on runs.cluster_id = new_names.cluster_id and runs.table_id = new_names.table_id
        where runs.table_name = 'unknown' and runs.source_view = 'stl_vacuum'
{%- endmacro -%}
