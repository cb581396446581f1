{#- Grants on `new` what is granted on `former`, which it takes the place of. -#}
{%- macro copy_grants_of(former, new) -%}
    {%- for privilege, grantee, with_option in adapter.dispatch('grants_of', 'qupersync')(former) -%}
        {%- do run_query(
            'grant ' ~ privilege ~ ' on ' ~ new ~ ' to ' ~ grantee ~ (' with grant option' if with_option else '')
        ) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- A list of [privilege, grantee as SQL, with grant option]; without those of the owner. -#}
{%- macro default__grants_of(relation) -%}{{ unsupported_adapter('grants_of') }}{%- endmacro -%}

{%- macro postgres__grants_of(relation) -%}
    {{- return(run_query(
        "select acl.privilege_type, case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end, "
        ~ "acl.is_grantable from pg_class cross join aclexplode(pg_class.relacl) as acl "
        ~ "where pg_class.oid = to_regclass(" ~ sql_literal(relation.include(database=false)) ~ ") and acl.grantee <> pg_class.relowner"
    ).rows) -}}
{%- endmacro -%}

{%- macro redshift__grants_of(relation) -%}
    {{- return(run_query(
        "select privilege_type, case identity_type when 'public' then 'public' when 'user' then '' else identity_type || ' ' end "
        ~ "|| case identity_type when 'public' then '' else quote_ident(identity_name) end, admin_option "
        ~ "from svv_relation_privileges where namespace_name = " ~ sql_literal(relation.schema)
        ~ " and relation_name = " ~ sql_literal(relation.identifier) ~ " and identity_name <> current_user"
    ).rows) -}}
{%- endmacro -%}
