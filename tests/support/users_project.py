"""A dbt project of a user that has QuperSync as a package, with models, sources, seeds and macros of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path

from qupersync.project import Project

# Own names that are also names of QuperSync's models, sources, vars, macros and tests.
_FILES = {
    "packages.yml": "packages: [{local: %(package)s}]\n",
    "dbt_project.yml": """
name: shop
profile: qupersync
model-paths: [models]
seed-paths: [seeds]
macro-paths: [macros]
test-paths: [tests]
vars:
  shop: {keep_days: 90, test_days: week, rebuild_history: true, findings_checks: none}
  qupersync:
    qupersync_staging_schema: qupersync_staging
    qupersync_views_schema: redshift_views
    qupersync_entities_schema: redshift
    qupersync_marts_schema: redshift_marts
models:
  qupersync: {+event_time: synced_at}
""",
    # Schemas as the models name them, without the target's in front.
    "macros/generate_schema_name.sql": """
{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}
""",
    "macros/of_shop.sql": """
{% macro recent(column) %}{{ exceptions.raise_compiler_error('recent of shop') }}{% endmacro %}
{% macro sql_literal(text) %}{{ exceptions.raise_compiler_error('sql_literal of shop') }}{% endmacro %}
{% macro needs_analyze() %}{{ exceptions.raise_compiler_error('needs_analyze of shop') }}{% endmacro %}
""",
    "tests/generic/unique_key.sql": "{% test unique_key(model) %}select 1 as n from {{ model }} where 1 = 0{% endtest %}\n",
    "seeds/node_prices.csv": "node_type,price\nra3.4xlarge,3.26\n",
    # In a folder `marts`, as QuperSync's are.
    "models/marts/orders.sql": """
{{ config(materialized='incremental', incremental_strategy='append') }}
select id, node_type from {{ source('staging', 'clusters') }}
{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}
""",
    "models/marts/absorbed_syncs.sql": "{{ config(materialized='table') }}\nselect 1 as mine\n",
    "models/marts/pending_syncs.sql": "select mine from {{ ref('absorbed_syncs') }}\n",
    "models/marts/priced.sql": """
select node_id, price from {{ ref('qupersync', 'node_details') }} left join {{ ref('node_prices') }} using (node_type)
""",
    "models/properties.yml": """
sources:
  - name: staging
    schema: analytics_staging
    tables:
      - name: clusters
        columns: [{name: id}, {name: node_type}, {name: of_a_later_version, description: Without a type.}]
      - name: never_loaded
        columns: [{name: id}]
models:
  - name: orders
    columns: [{name: id}, {name: node_type}, {name: of_a_later_version, description: Its table lacks it.}]
    data_tests: [unique_key]
exposures:
  - name: dashboard
    type: dashboard
    owner: {name: shop, email: shop@example.com}
    depends_on: ["ref('priced')", "ref('qupersync', 'query_spill')"]
""",
}

# Beside dbt: tables of the user in the schemas of the project, with rights, keys and what is built on them.
OBJECTS = """
    create schema analytics;
    create table analytics.kept (id bigint primary key, note text default 'none');
    insert into analytics.kept select n, 'note ' || n from generate_series(1, 20) as n;
    create index on analytics.kept (note);
    create view analytics.on_kept as select count(*) as n from analytics.kept;
    grant usage on schema analytics to reader;
    grant select on analytics.kept, analytics.on_kept to reader;
    create schema analytics_staging;
    create table analytics_staging.clusters (id bigint primary key, node_type text);
    insert into analytics_staging.clusters values (1, 'ra3.4xlarge'), (2, 'dc2.large');
    create view analytics_staging.on_clusters as select * from analytics_staging.clusters;
    grant select on all tables in schema analytics_staging to reader;
"""


def make_users_project(folder: Path, package: Project) -> Project:
    """A project in ``folder``, with the package installed, which for a local one needs no network."""
    from dbt.cli.main import dbtRunner

    for name, text in _FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text % {"package": package.root} if name == "packages.yml" else text, encoding="utf-8")
    with contextlib.redirect_stdout(None):
        installed = dbtRunner().invoke(["--quiet", "deps", "--project-dir", str(folder)])
    assert installed.success, installed.exception
    return Project(folder)
