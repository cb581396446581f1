{#- The price that `prices` (a var: name → price) has for the column's value, else for `default`, else NULL: never 0. -#}
{%- macro price_of(column, prices) -%}
    cast(case {{ column }}
        {%- for name, price in prices.items() if name != 'default' %}
            when {{ qupersync.sql_literal(name) }} then {{ price | float }}
        {%- endfor %}
            when '' then null
            else {{ prices['default'] | float if 'default' in prices else 'null' }}
        end as double precision)
{%- endmacro -%}
