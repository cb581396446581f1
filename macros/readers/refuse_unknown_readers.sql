{#- Hook: stops a build whose var `readers` names a role that does not exist, before it changes anything. -#}
{%- macro refuse_unknown_readers() -%}
    {%- if builds_own_models() and readers() -%}
        {%- set unknown = readers() | reject('in', known_grantees()) | list -%}
        {%- if unknown -%}
            {%- do exceptions.raise_compiler_error(
                'var readers names ' ~ unknown | map('tojson') | join(', ') ~ ', which target ' ~ target.name ~ ' does not have. '
                ~ 'Create the role or take it out of readers; nothing was built.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
