-- Creates the table only. The models that apply syncs write its rows, each in the transaction that applies them.
select
    cast(null as varchar(64)) as entity,
    cast(null as varchar(128)) as cluster_id,
    cast(null as timestamp) as absorbed_until
where 1 = 0
