{#- What is granted on a relation, without the rights of its owner: a list of [privilege, grantee as SQL, with grant option]. -#}
{%- macro grants_of(relation) -%}{{- return(adapter.dispatch('grants_of', 'qupersync')(relation)) -}}{%- endmacro -%}

{%- macro default__grants_of(relation) -%}{{ unsupported_adapter('grants_of') }}{%- endmacro -%}

{%- macro postgres__grants_of(relation) -%}
    {{- return(run_query(
        "select acl.privilege_type, case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end, "
        ~ "acl.is_grantable from pg_class cross join aclexplode(pg_class.relacl) as acl "
        ~ "where pg_class.oid = to_regclass(" ~ sql_literal(relation.include(database=false)) ~ ") and acl.grantee <> pg_class.relowner"
    ).rows) -}}
{%- endmacro -%}

{#- Redshift shows an ordinary user its own grants alone. A group or a role may have the name of the user who builds; roles of the
    system (sys:, ds:) take no grant. -#}
{%- macro redshift__grants_of(relation) -%}
    {%- do exceptions.warn(
        relation ~ ' gets a new definition, and the grants on it are copied. User ' ~ target.user
        ~ ' sees those of others with SYSLOG ACCESS UNRESTRICTED, or as a superuser; without, grant them again.'
    ) -%}
    {{- return(run_query(
        "select privilege_type, case identity_type when 'public' then 'public' when 'user' then '' else identity_type || ' ' end "
        ~ "|| case identity_type when 'public' then '' else quote_ident(identity_name) end, admin_option "
        ~ "from svv_relation_privileges where namespace_name = " ~ sql_literal(relation.schema)
        ~ " and relation_name = " ~ sql_literal(relation.identifier)
        ~ " and not (identity_type = 'user' and identity_name = current_user)"
        ~ " and not (identity_type = 'role' and (identity_name like 'sys:%' or identity_name like 'ds:%'))"
    ).rows) -}}
{%- endmacro -%}
