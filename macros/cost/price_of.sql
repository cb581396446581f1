{#- The price of what a row of `hours` (a relation in the caller's FROM clause) bought, in billionths of the currency: that of the vars for
    the cluster, else for the name, else for `default`, else NULL: never 0.

    `settings`: pairs of a var and the column that its names are values of; without them those of node and RPU hours, by node_type.
    `time`: the column of the hour or day. -#}
{%- macro price_of(hours, settings=none, time='cost_hour') -%}
    {%- set branches = [] -%}
    {%- for setting, column in settings or (('node_hour_prices', 'node_type'), ('rpu_hour_prices', 'cluster_id')) -%}
        {%- set periods = price_periods(setting) -%}
        {%- for period in (periods | rejectattr('name', 'equalto', 'default') | list) + (periods | selectattr('name', 'equalto', 'default') | list) -%}
            {%- set kind = hours ~ '.node_type ' ~ ('=' if column == 'cluster_id' else '<>') ~ " 'serverless'" -%}
            {%- set conditions = ['1 = 1' if settings else kind] -%}
            {%- if period.name != 'default' -%}{%- do conditions.append(hours ~ '.' ~ column ~ ' = ' ~ sql_literal(period.name)) -%}{%- endif -%}
            {%- if period.cluster -%}{%- do conditions.append(hours ~ '.cluster_id = ' ~ sql_literal(period.cluster)) -%}{%- endif -%}
            {%- if period['from'] != '0001-01-01' -%}
                {%- do conditions.append(hours ~ '.' ~ time ~ " >= cast('" ~ period['from'] ~ "' as timestamp)") -%}
            {%- endif -%}
            {%- if period['until'] != '9999-12-30' -%}
                {%- do conditions.append('cast(' ~ hours ~ '.' ~ time ~ " as date) <= cast('" ~ period['until'] ~ "' as date)") -%}
            {%- endif -%}
            {%- do branches.append('when ' ~ conditions | join(' and ') ~ ' then ' ~ period.billionths) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if branches -%}
    cast(case
        {%- for branch in branches %}
        {{ branch }}
        {%- endfor %}
    end as bigint)
    {%- else -%}
    cast(null as bigint)
    {%- endif -%}
{%- endmacro -%}
