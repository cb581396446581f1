{#- Names a table, or a materialized view, that had the name of a view of ours and was set aside: no build drops it. -#}
{%- macro warn_of_table(outdated) -%}
    {%- do exceptions.warn(
        outdated ~ ' is a ' ~ outdated.type | replace('_', ' ') ~ ' that had the name of ' ~ this
        ~ '. QuperSync keeps it; drop it or rename it yourself.'
    ) -%}
{%- endmacro -%}
