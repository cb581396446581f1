{#- Incremental strategy of entities and histories: rows of the keys that were built anew replace those that are there.

    `unique_key` names the key or, where the key itself may change (a vacuum's start that arrives after its finish), the
    group that is replaced as a whole. `meta.bound`, a column of the target that new rows have values of, bounds the
    search in the target by literals: PostgreSQL finds them in an index, Redshift in its zone maps. -#}
{%- macro get_incremental_absorb_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set fresh = arg_dict['temp_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set bound = (config.get('meta') or {}).get('bound') -%}
    {%- do run_query('analyze ' ~ fresh) if target.type != 'view' and analyze_temporary() -%}
    {%- set edges = none -%}
    {%- if bound and execute -%}
        {%- set edges = run_query('select min(' ~ bound ~ '), max(' ~ bound ~ ') from ' ~ fresh).rows[0] -%}
    {%- endif %}
    {%- if not bound or (edges and edges[0] is not none) %}
    {#- EXISTS, not a join: a mart's key is its day, and thousands of rows of a day would meet each other. #}
    delete from {{ target }}
    where
        exists (
            select 1 from {{ fresh }} as fresh
            where
                {%- for column in key %}
                {{ 'and ' if not loop.first }}fresh.{{ column }} = {{ target }}.{{ column }}
                {%- endfor %}
        )
        {%- if edges %}
        and {{ target }}.{{ bound }} between '{{ edges[0] }}' and '{{ edges[1] }}'
        {%- endif %};
    {%- endif %}
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ fresh }}
{%- endmacro -%}


{#- PostgreSQL plans the delete from statistics that a new temporary table does not have; Redshift gathers its own. -#}
{%- macro analyze_temporary() -%}{{ return(adapter.dispatch('analyze_temporary', 'qupersync')()) }}{%- endmacro -%}
{%- macro default__analyze_temporary() -%}{{ return(true) }}{%- endmacro -%}
{%- macro redshift__analyze_temporary() -%}{{ return(false) }}{%- endmacro -%}


{#- A table that was made a moment ago has no statistics: PostgreSQL would guess it large, and read all of staging. -#}
{%- macro analyze_where_needed() -%}
    {%- if analyze_temporary() %}analyze {{ this }}{% endif -%}
{%- endmacro -%}


{#- The newest version of each row: `key` and the order that decides (a list of SQL). `< 2` as in query_history: a better
    estimate than an equality. -#}
{%- macro newest_of(rows, key, order) -%}
    select * from (
        select {{ rows }}.*, row_number() over (partition by {{ key | join(', ') }} order by {{ order | join(', ') }}) as version_rank
        from {{ rows }}
    ) as ranked
    where version_rank < 2
{%- endmacro -%}
