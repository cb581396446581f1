{#- Hours that a query is taken to execute at most: maintenance restarts a cluster earlier. It bounds how far back an hour has to look. -#}
{%- macro longest_run() -%}{{- return(744) -}}{%- endmacro -%}
