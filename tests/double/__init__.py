"""A test double of Redshift: PostgreSQL with look-alike catalog objects behind a proxy that speaks Redshift's dialect.

What it shows: that the real dbt-redshift adapter, redshift_connector and dlt's redshift destination run our project, and
that the SQL for Redshift gives the same rows. What it cannot show (types that differ silently, functions that exist on
both sides and mean other things) is the static check's: tests/redshift_sql.py.
"""
