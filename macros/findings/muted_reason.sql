{#- SQL of the reason why a finding is muted, or NULL: the first of the var `findings_mutes` whose check, object, cluster and day fit.

    An entry has check and reason, and may have object and cluster (patterns with * and ?, quotes of names left out) and until, the
    last day. check_name, object_name, cluster_id: SQL. -#}
{%- macro muted_reason(check_name, object_name, cluster_id) -%}
    {%- set branches = [] -%}
    {%- for mute in var('findings_mutes', []) -%}
        {%- if not mute.check or not mute.reason -%}
            {%- do exceptions.raise_compiler_error('findings_mutes: an entry needs check and reason, not ' ~ mute) -%}
        {%- endif -%}
        {%- set conditions = [check_name ~ " = " ~ qupersync.sql_literal(mute.check | replace('_', ' '))] -%}
        {%- for column, pattern in [("replace(" ~ object_name ~ ", '\"', '')", mute.object), (cluster_id, mute.cluster)] if pattern -%}
            {%- do conditions.append(column ~ ' like ' ~ qupersync.sql_literal(qupersync.like_pattern(pattern)) ~ " escape '^'") -%}
        {%- endfor -%}
        {%- if mute.until -%}
            {%- do conditions.append('current_date <= cast(' ~ qupersync.sql_literal(mute.until | string) ~ ' as date)') -%}
        {%- endif -%}
        {%- do branches.append('when ' ~ conditions | join(' and ') ~ ' then ' ~ qupersync.sql_literal(mute.reason)) -%}
    {%- endfor -%}
    cast({{ 'case ' ~ branches | join(' ') ~ ' end' if branches else 'null' }} as varchar(1024))
{%- endmacro -%}
