{#- The whole part of amount × part / whole, exact, as a bigint; `amount`, `part`, `whole`: SQL of integers, 0 or more, whole > 0 or NULL. -#}
{%- macro share_of(amount, part, whole) -%}
    {{- return(adapter.dispatch('share_of', 'qupersync')(
        'cast(' ~ amount ~ ' as numeric(38, 0)) * cast(' ~ part ~ ' as numeric(38, 0))', 'cast(' ~ whole ~ ' as numeric(38, 0))'
    )) -}}
{%- endmacro -%}

{%- macro default__share_of(product, whole) -%}{{ unsupported_adapter('share_of') }}{%- endmacro -%}

{%- macro postgres__share_of(product, whole) -%}
    cast(div({{ product }}, {{ whole }}) as bigint)
{%- endmacro -%}

{#- A quotient of numerics has four decimals there: next to an integer it may be one off, which the remainder shows. -#}
{%- macro redshift__share_of(product, whole) -%}
    {%- set quotient = 'cast(floor(' ~ product ~ ' / ' ~ whole ~ ') as numeric(38, 0))' -%}
    cast({{ quotient }} + case
        when {{ product }} - {{ quotient }} * {{ whole }} < 0 then -1
        when {{ product }} - {{ quotient }} * {{ whole }} >= {{ whole }} then 1
        else 0
    end as bigint)
{%- endmacro -%}
