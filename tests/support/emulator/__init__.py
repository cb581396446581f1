"""A Redshift emulator: PostgreSQL with Redshift's catalog objects behind a proxy that understands Redshift's dialect.

It shows that the real dbt-redshift adapter, redshift_connector and dlt's redshift destination run our project, and that the
SQL for Redshift gives the same rows. It cannot show types that differ silently, or functions that exist on both sides and
mean other things: tests/support/redshift_sql.py checks for those.
"""
