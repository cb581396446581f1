{#- The least standard deviation of a day that is believed, as a logarithm: 3 %. A pattern that runs as if by clockwork would otherwise
    make a step of every trifle. -#}
{%- macro least_spread() -%}{{- return('0.03') -}}{%- endmacro -%}
