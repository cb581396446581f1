{#- A SELECT of the whole numbers from 0, as column `number`: 10^digits of them. Neither adapter needs a function for it. -#}
{%- macro whole_numbers(digits) -%}
    select
        {% for place in range(digits) -%}
        {{ '+ ' if not loop.first }}digit_{{ place }}.digit * {{ 10 ** place }}
        {% endfor -%}
        as number
    from
        {%- for place in range(digits) %}
        {{ 'cross join ' if not loop.first }}(
            {%- for digit in range(10) %}
            select {{ digit }} as digit{{ ' union all' if not loop.last }}
            {%- endfor %}
        ) as digit_{{ place }}
        {%- endfor %}
{%- endmacro -%}
