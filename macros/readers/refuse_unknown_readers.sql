{#- Hook: stops a build whose var `readers` names a role that does not exist, before it changes anything. Of one that may be hidden
    from the user who builds, it warns. -#}
{%- macro refuse_unknown_readers() -%}
    {%- if builds_own_models() and readers() -%}
        {%- set hidden, unknown = [], [] -%}
        {%- for reader in readers() | reject('in', known_grantees()) -%}
            {%- do (hidden if may_be_hidden(reader) else unknown).append(reader | tojson) -%}
        {%- endfor -%}
        {%- if unknown -%}
            {%- do exceptions.raise_compiler_error(
                'var readers names ' ~ unknown | join(', ') ~ ', which target ' ~ target.name ~ ' does not have. '
                ~ 'Create the role or take it out of readers; nothing was built.'
            ) -%}
        {%- elif hidden -%}
            {%- do exceptions.warn(
                'var readers names ' ~ hidden | join(', ') ~ ', which target ' ~ target.name ~ ' does not show to ' ~ target.user
                ~ '. If there is no such role, the build fails at its end, when it grants.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
