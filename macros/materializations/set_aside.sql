{#- Renames a relation that cannot be replaced in place, because a column was removed or has another type. What others built upon it
    goes on reading the former definition: nothing is dropped with CASCADE. `outdated`: the relation that was set aside before and is
    still read, or none. -#}
{%- macro set_aside(existing, outdated) -%}
    {%- if outdated -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ' changes its columns, and ' ~ dependents_of(outdated) | join(', ') ~ ' still read ' ~ outdated
            ~ ', its definition before the last such change. Create these views anew on ' ~ this ~ ' or drop them, then build again.'
        ) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(existing, outdated_relation(existing)) -%}
{%- endmacro -%}
