{#- The roles of the warehouse, each spelled as in the var `readers`: on Redshift users, `group x` and `role x`. -#}
{%- macro known_grantees() -%}
    {{- return(run_query(adapter.dispatch('known_grantees_sql', 'qupersync')()).columns[0].values() | list) -}}
{%- endmacro -%}

{%- macro default__known_grantees_sql() -%}{{ unsupported_adapter('known_grantees') }}{%- endmacro -%}

{%- macro postgres__known_grantees_sql() -%}
    select cast(rolname as varchar(128)) as grantee from pg_roles
{%- endmacro -%}

{%- macro redshift__known_grantees_sql() -%}
    select cast(usename as varchar(256)) as grantee from pg_user
    union all
    select cast('group ' || groname as varchar(256)) from pg_group
    union all
    select cast('role ' || role_name as varchar(256)) from svv_roles
{%- endmacro -%}
