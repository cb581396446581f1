{#- The schema of a model of this package: the vars qupersync_…_schema name it, and the rule of the project that dbt runs decides what
    comes of the name, as it does for that project's own models. dbt uses this macro for other packages too where this project is
    the one that it runs. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = custom_schema_name -%}
    {%- if node.package_name == 'qupersync' and node.resource_type in ('model', 'seed') -%}
        {%- set settings = {'staging': 'qupersync_views_schema', 'marts': 'qupersync_marts_schema', none: 'qupersync_entities_schema'} -%}
        {%- set setting = settings.get(custom_schema_name) -%}
        {%- set name = (var(setting) or none) if setting else custom_schema_name -%}
    {%- endif -%}
    {%- set of_root = context.get(project_name, {}) if is_installed_package() else {} -%}
    {{- of_root.get('generate_schema_name', dbt.generate_schema_name)(name, node) -}}
{%- endmacro -%}
