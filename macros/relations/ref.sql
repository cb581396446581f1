{#- dbt's ref, for the models of this package. A name is that of a model of this package, also where the project that uses it has one of
    the same name: dbt would prefer that one. And without the limits that --empty and --sample set: a view would keep such a limit,
    and an entity would record syncs as applied of which it read nothing or a part. With --empty these models apply no sync
    instead (see pending_bounds). -#}
{%- macro ref() -%}
    {{- return(whole_relation(builtins.ref(*(varargs if varargs | length > 1 else ('qupersync', varargs[0])), **kwargs))) -}}
{%- endmacro -%}
