{#- The name that a relation keeps on under when its columns change so that it cannot be replaced in place (see set_aside). -#}
{%- macro outdated_relation(relation) -%}
    {{- return(relation.incorporate(path={'identifier': relation.identifier ~ '__outdated'})) -}}
{%- endmacro -%}
