{#- Who may already select from the relations of these schemas, and use the schemas: a list of (schema, relation, grantee), where the
    relation is '' for the schema itself. By a grant of their own or as the owner. -#}
{%- macro held_grants(schemas) -%}
    {%- set names = [] -%}
    {%- for schema in schemas -%}{%- do names.append(sql_literal(schema)) -%}{%- endfor -%}
    {%- set held = [] -%}
    {%- for row in run_query(adapter.dispatch('held_grants_sql', 'qupersync')(names | join(', '))).rows -%}
        {%- do held.append((row[0], row[1], row[2])) -%}
    {%- endfor -%}
    {{- return(held) -}}
{%- endmacro -%}

{%- macro default__held_grants_sql(schemas) -%}{{ unsupported_adapter('held_grants') }}{%- endmacro -%}

{%- macro postgres__held_grants_sql(schemas) -%}
    with relations as (
        select
            pg_namespace.nspname as schema_name,
            pg_class.relname as relation_name,
            pg_class.relowner as owner,
            coalesce(pg_class.relacl, acldefault('r', pg_class.relowner)) as acl,
            'SELECT' as privilege
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_namespace.nspname in ({{ schemas }}) and pg_class.relkind in ('r', 'v')
        union all
        select
            nspname,
            '',
            nspowner,
            coalesce(nspacl, acldefault('n', nspowner)),
            'USAGE'
        from pg_namespace
        where nspname in ({{ schemas }})
    )

    select
        cast(relations.schema_name as varchar(128)) as schema_name,
        cast(relations.relation_name as varchar(128)) as relation_name,
        cast(pg_get_userbyid(granted.grantee) as varchar(128)) as grantee
    from relations
    cross join aclexplode(relations.acl) as granted
    where granted.privilege_type = relations.privilege
    union
    select
        cast(schema_name as varchar(128)),
        cast(relation_name as varchar(128)),
        cast(pg_get_userbyid(owner) as varchar(128))
    from relations
{%- endmacro -%}

{%- macro redshift__held_grants_sql(schemas) -%}
    select
        cast(namespace_name as varchar(256)) as schema_name,
        cast(relation_name as varchar(256)) as relation_name,
        cast(case identity_type when 'user' then '' else identity_type || ' ' end || identity_name as varchar(300)) as grantee
    from svv_relation_privileges
    where lower(privilege_type) = 'select' and namespace_name in ({{ schemas }})
    union all
    select
        cast(namespace_name as varchar(256)),
        cast('' as varchar(256)),
        cast(case identity_type when 'user' then '' else identity_type || ' ' end || identity_name as varchar(300))
    from svv_schema_privileges
    where lower(privilege_type) = 'usage' and namespace_name in ({{ schemas }})
{%- endmacro -%}
