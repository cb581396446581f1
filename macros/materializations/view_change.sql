{#- What a build does with a view: `action` none (its definition is unchanged), replace (in place), or set_aside (a column was removed
    or has another type: see set_aside), and the `sql` that it gets. `existing`: the relation that has its name now, or none. -#}
{%- macro view_change(existing, sql) -%}
    {%- if not existing -%}
        {{- return({'action': 'replace', 'sql': sql}) -}}
    {%- elif not existing.is_view -%}
        {{- return({'action': 'set_aside', 'sql': sql}) -}}
    {%- endif -%}
    {{- return(adapter.dispatch('view_change', 'qupersync')(existing, sql)) -}}
{%- endmacro -%}

{%- macro default__view_change(existing, sql) -%}{{ unsupported_adapter('view_change') }}{%- endmacro -%}

{#- The server compares its own reading of both definitions: a temporary view has the new one. A hash of the SQL would miss columns
    that `select *` gained, or a view that was altered by hand, and has no place that a comment or persist_docs does not overwrite. -#}
{%- macro postgres__view_change(existing, sql) -%}
    {%- set new = adapter.quote(existing.identifier ~ '__new') -%}
    {%- call statement('definitions', fetch_result=True) -%}
        savepoint view_change;
        create temporary view {{ new }} as (
            {{ sql }}
        );
        select pg_get_viewdef(present.oid) = pg_get_viewdef(new.oid)
        from pg_class as present
        inner join pg_class as new on new.oid = to_regclass({{ sql_literal('pg_temp.' ~ new) }})
        where present.oid = to_regclass({{ sql_literal(existing.include(database=false)) }})
    {%- endcall -%}
    {%- set unchanged = load_result('definitions')['data'] | map(attribute=0) | list -%}
    {%- if unchanged == [false] -%}
        {%- call statement('columns', fetch_result=True) -%}
            select
                coalesce(present.attname, new.attname) as name,
                new.attnum as new_position,
                present.attname is null as is_new,
                coalesce(
                    (present.atttypid, present.atttypmod, present.attcollation) = (new.atttypid, new.atttypmod, new.attcollation), false
                ) as has_same_type
            from (
                select * from pg_attribute
                where attrelid = to_regclass({{ sql_literal(existing.include(database=false)) }}) and attnum > 0
            ) as present
            full join (
                select * from pg_attribute
                where attrelid = to_regclass({{ sql_literal('pg_temp.' ~ new) }}) and attnum > 0
            ) as new on present.attname = new.attname
            order by present.attnum nulls last, new.attnum
        {%- endcall -%}
        {%- set columns = load_result('columns')['data'] -%}
    {%- endif -%}
    {%- do run_query('rollback to savepoint view_change; release savepoint view_change') -%}
    {%- if not unchanged -%}
        {{- return({'action': 'replace', 'sql': sql}) -}}
    {%- elif unchanged[0] -%}
        {{- return({'action': 'none'}) -}}
    {%- elif columns | rejectattr(2) | rejectattr(3) | list -%}
        {{- return({'action': 'set_aside', 'sql': sql}) -}}
    {%- elif columns | map(attribute=1) | list == columns | map(attribute=1) | sort -%}
        {{- return({'action': 'replace', 'sql': sql}) -}}
    {%- endif -%}
    {#- CREATE OR REPLACE VIEW adds columns at the end only: the view keeps the order that its columns have. -#}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(adapter.quote(column[0])) -%}{%- endfor -%}
    {{- return(postgres__view_change(existing, 'select ' ~ names | join(', ') ~ ' from (\n' ~ sql ~ '\n) as ordered')) -}}
{%- endmacro -%}

{#- The definition of a late-binding view is the text of its statement. It is unchanged when it is the SQL and what dbt puts around it;
    what is between the two, such as a condition that is gone from the SQL, is a change. Such a view holds on to nothing and nothing to
    it; but CREATE OR REPLACE VIEW, which keeps its grants, takes the same columns only. -#}
{%- macro redshift__view_change(existing, sql) -%}
    {%- call statement('definition', fetch_result=True) -%}
        select pg_get_viewdef(views.oid)
        from pg_class as views
        inner join pg_namespace as schemas on views.relnamespace = schemas.oid
        where schemas.nspname = {{ sql_literal(existing.schema) }} and views.relname = {{ sql_literal(existing.identifier) }}
    {%- endcall -%}
    {%- set definition = load_result('definition')['data'] -%}
    {%- set around = definition[0][0].split(sql | trim) if definition else [] -%}
    {%- if
        around | length == 2
        and modules.re.search('(?i)\\sas\\s*[(]\\s*$', around[0])
        and modules.re.match('(?i)\\s*[)]\\s*with\\s+no\\s+schema\\s+binding\\s*;?\\s*$', around[1])
    -%}
        {{- return({'action': 'none'}) -}}
    {%- endif -%}
    {#- Columns of the same names and types can be replaced. A view of the new SQL shows its types, lengths included. -#}
    {%- set trial = existing.incorporate(path={'identifier': existing.identifier ~ '__new'}) -%}
    {%- call statement('trial') -%}
        drop view if exists {{ trial }};
        create view {{ trial }} as (
            {{ sql }}
        ) with no schema binding
    {%- endcall -%}
    {%- set types = [] -%}
    {%- for relation in (existing, trial) -%}
        {%- set columns = [] -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.append((column.name, column.data_type)) -%}
        {%- endfor -%}
        {%- do types.append(columns) -%}
    {%- endfor -%}
    {%- call statement('trial') -%}drop view {{ trial }}{%- endcall -%}
    {{- return({'action': 'replace' if types[0] == types[1] else 'set_aside', 'sql': sql}) -}}
{%- endmacro -%}
