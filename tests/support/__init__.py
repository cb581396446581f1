"""What several tests share: warehouses, dbt, simulated clusters, the reference model, faults, the Redshift emulator."""
