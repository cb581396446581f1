{#- The tables of the schema that syncs load into: table → names of its columns. -#}
{%- macro staging_columns() -%}
    {%- set present = {} -%}
    {%- set found = run_query(
        'select table_name, column_name from information_schema.columns where table_schema = ' ~ sql_literal(staging_schema())
    ) -%}
    {%- for row in found.rows -%}{%- do present.setdefault(row[0], []).append(row[1]) -%}{%- endfor -%}
    {{- return(present) -}}
{%- endmacro -%}
