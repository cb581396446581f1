{#- Whether another dbt project uses this one as a package: then schemas and tables may hold what is not ours. -#}
{%- macro is_installed_package() -%}
    {{- return(project_name != 'qupersync') -}}
{%- endmacro -%}
