{#- Renames a relation that cannot be replaced in place, because a column was removed or has another type, or because it is a table.
    What others built upon it goes on reading the former definition: nothing is dropped with CASCADE. `outdated`: the relation that
    was set aside before and is still there, or none. -#}
{%- macro set_aside(existing, outdated) -%}
    {%- if outdated and outdated.is_view -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ' changes its columns, and ' ~ dependents_of(outdated) | join(', ') ~ ' still read ' ~ outdated
            ~ ', its definition before the last such change. Create these views anew on ' ~ this ~ ' or drop them, then build again.'
        ) -%}
    {%- elif outdated -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ' changes its columns, and the name that its former definition would get is taken: ' ~ outdated ~ ' is a '
            ~ outdated.type | replace('_', ' ') ~ '. Drop it or rename it yourself, then build again.'
        ) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(existing, outdated_relation(existing)) -%}
    {%- if not existing.is_view -%}{%- do warn_of_table(outdated_relation(existing)) -%}{%- endif -%}
{%- endmacro -%}
