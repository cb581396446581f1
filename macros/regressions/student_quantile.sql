{#- SQL of the 97.5 % quantile of Student's t distribution (Cornish and Fisher), which neither engine has. -#}
{%- macro student_quantile(degrees) -%}
    (1.96 + 2.37 / {{ degrees }} + 2.82 / ({{ degrees }} * {{ degrees }}))
{%- endmacro -%}
