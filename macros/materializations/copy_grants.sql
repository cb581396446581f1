{#- Grants on `new` what was granted on the relation whose place it takes: `grants`, a list of [privilege, grantee as SQL, with grant
    option] of grants_of. -#}
{%- macro copy_grants(grants, new) -%}
    {%- for privilege, grantee, with_option in grants -%}
        {%- do run_query(
            'grant ' ~ privilege ~ ' on ' ~ new ~ ' to ' ~ grantee ~ (' with grant option' if with_option else '')
        ) -%}
    {%- endfor -%}
{%- endmacro -%}
