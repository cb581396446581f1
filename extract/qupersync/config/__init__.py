"""Settings: the clusters to read (dlt's configuration) and the warehouse (the dbt profile)."""
