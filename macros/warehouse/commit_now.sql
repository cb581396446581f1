{#- Commits what this session has read or written so far: what follows is a transaction of its own. -#}
{%- macro commit_now() -%}{{- return(adapter.dispatch('commit_now', 'qupersync')()) -}}{%- endmacro -%}

{%- macro default__commit_now() -%}{{ unsupported_adapter('commit_now') }}{%- endmacro -%}

{#- The driver begins a transaction once per connection and does not notice a COMMIT that it did not send itself: without the BEGIN,
    each further statement would be committed alone. -#}
{%- macro postgres__commit_now() -%}
    {%- if not target.get('autocommit') -%}{%- do run_query('commit; begin') -%}{%- endif -%}
{%- endmacro -%}

{%- macro redshift__commit_now() -%}{%- do run_query('commit') -%}{%- endmacro -%}
