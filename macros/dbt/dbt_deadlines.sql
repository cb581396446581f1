{#- The deadlines of dbt nodes (the var dbt_deadlines: node → 'HH:MM', UTC) as a list of {node, minutes}, in minutes of the day. YAML reads
    10:30 without quotes as the number 630, which are the minutes. -#}
{%- macro dbt_deadlines() -%}
    {%- set wanted, deadlines = var('dbt_deadlines', {}), [] -%}
    {%- for node, time in wanted.items() -%}
        {%- set parts = modules.re.match('^([01]?[0-9]|2[0-3]):([0-5][0-9])$', time | string) -%}
        {%- if parts -%}
            {%- do deadlines.append({'node': node, 'minutes': parts[1] | int * 60 + parts[2] | int}) -%}
        {%- elif time is integer and time is not boolean and 0 <= time < 1440 -%}
            {%- do deadlines.append({'node': node, 'minutes': time}) -%}
        {%- else -%}
            {%- do exceptions.raise_compiler_error(
                "The var dbt_deadlines must give each dbt node a time of the day (UTC), such as {model.shop.orders: '06:30'}; for " ~ node
                ~ ' it gives ' ~ time ~ '.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(deadlines) -}}
{%- endmacro -%}
