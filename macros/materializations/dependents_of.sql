{#- The views and materialized views upon a relation, a list of schema.name. -#}
{%- macro dependents_of(relation) -%}
    {%- call statement('dependents_of', fetch_result=True) -%}
        select distinct dependent_schemas.nspname || '.' || dependents.relname as dependent
        from pg_depend as dependencies
        inner join pg_class as referenced on dependencies.refobjid = referenced.oid
        inner join pg_namespace as schemas on referenced.relnamespace = schemas.oid
        inner join pg_rewrite as rules on dependencies.objid = rules.oid
        inner join pg_class as dependents on rules.ev_class = dependents.oid
        inner join pg_namespace as dependent_schemas on dependents.relnamespace = dependent_schemas.oid
        where
            schemas.nspname = {{ sql_literal(relation.schema) }}
            and referenced.relname = {{ sql_literal(relation.identifier) }}
            and dependents.oid <> referenced.oid
        order by 1
    {%- endcall -%}
    {{- return(load_result('dependents_of')['data'] | map(attribute=0) | list) -}}
{%- endmacro -%}
