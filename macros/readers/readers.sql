{#- The var `readers` as a list of names. -#}
{%- macro readers() -%}
    {%- set found = var('readers', []) or [] -%}
    {%- if found is string -%}{%- set found = [found] -%}{%- endif -%}
    {%- if found is mapping or found is not iterable or found | reject('string') | list or '' in found | map('trim') -%}
        {%- do exceptions.raise_compiler_error('var readers must be a list of the names of roles, not ' ~ var('readers') | tojson) -%}
    {%- endif -%}
    {{- return(found | unique(case_sensitive=true) | list) -}}
{%- endmacro -%}
