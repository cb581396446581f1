{#- Pre-hook of an incremental model, in its transaction: two builds at once must not both insert the rows of a key. Readers do not wait.

    Nothing on Redshift, where LOCK makes readers wait. `qupersync build` holds a lock of its own there. Of two plain dbt builds at once
    SERIALIZABLE refuses the second one's rows; SNAPSHOT, the default of new clusters, does not: they may insert rows twice. -#}
{%- macro lock_against_other_builds() -%}
    {{- return(adapter.dispatch('lock_against_other_builds', 'qupersync')()) -}}
{%- endmacro -%}

{%- macro default__lock_against_other_builds() -%}{{ unsupported_adapter('lock_against_other_builds') }}{%- endmacro -%}

{%- macro postgres__lock_against_other_builds() -%}
    {%- if is_incremental() %}lock table {{ this }} in share row exclusive mode{% endif -%}
{%- endmacro -%}

{%- macro redshift__lock_against_other_builds() -%}{%- endmacro -%}
