{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false,
    contract={'enforced': true}
) }}

-- The entities write their own rows here, in the transaction that takes the syncs up: this only makes the table.
select
    cast(null as varchar(64)) as entity,
    cast(null as varchar(128)) as cluster_id,
    cast(null as timestamp) as absorbed_until
where 1 = 0
