"""What a row dataclass of the domain becomes: a staging table in dlt, in Arrow and in dbt."""
