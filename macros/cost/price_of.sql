{#- The price of an hour of `hours` (a relation in the caller's FROM clause with cluster_id, cost_hour and node_type), in billionths of the
    currency: that of the vars for the cluster, else for the name, else for `default`, else NULL: never 0. -#}
{%- macro price_of(hours) -%}
    {%- set branches = [] -%}
    {%- for setting, column in (('node_hour_prices', 'node_type'), ('rpu_hour_prices', 'cluster_id')) -%}
        {%- set periods = price_periods(setting) -%}
        {%- for period in (periods | rejectattr('name', 'equalto', 'default') | list) + (periods | selectattr('name', 'equalto', 'default') | list) -%}
            {%- set conditions = [hours ~ '.node_type ' ~ ('=' if column == 'cluster_id' else '<>') ~ " 'serverless'"] -%}
            {%- if period.name != 'default' -%}{%- do conditions.append(hours ~ '.' ~ column ~ ' = ' ~ sql_literal(period.name)) -%}{%- endif -%}
            {%- if period.cluster -%}{%- do conditions.append(hours ~ '.cluster_id = ' ~ sql_literal(period.cluster)) -%}{%- endif -%}
            {%- if period['from'] != '0001-01-01' -%}
                {%- do conditions.append(hours ~ ".cost_hour >= cast('" ~ period['from'] ~ "' as timestamp)") -%}
            {%- endif -%}
            {%- if period['until'] != '9999-12-30' -%}
                {%- do conditions.append('cast(' ~ hours ~ ".cost_hour as date) <= cast('" ~ period['until'] ~ "' as date)") -%}
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
