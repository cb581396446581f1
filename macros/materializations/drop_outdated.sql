{#- Drops a view that an earlier build set aside, once nothing reads it; whether it did. Without CASCADE: what this package did not
    create is named in a warning and stays. A table is never dropped: nobody else may have its rows. -#}
{%- macro drop_outdated(outdated) -%}
    {%- if not outdated.is_view -%}
        {%- do warn_of_table(outdated) -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set dependents, own = dependents_of(outdated), [] -%}
    {%- for model in own_models() -%}{%- do own.append(model.schema ~ '.' ~ model.alias) -%}{%- endfor -%}
    {%- if dependents -%}
        {%- set others = dependents | reject('in', own) | list -%}
        {%- if others -%}
            {%- do exceptions.warn(
                others | join(', ') ~ ' still read ' ~ outdated ~ ', a former definition of ' ~ this
                ~ ' with other columns. Create these views anew on ' ~ this ~ '; the next build then drops ' ~ outdated.identifier ~ '.'
            ) -%}
        {%- endif -%}
    {%- else -%}
        {%- call statement('drop_outdated') -%}
            drop view {{ outdated }}
        {%- endcall -%}
        {%- do adapter.cache_dropped(outdated) -%}
    {%- endif -%}
    {{- return(not dependents) -}}
{%- endmacro -%}
