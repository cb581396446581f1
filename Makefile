# Two commands on a fresh machine: `make demo`, then `make test`. Python 3.10 or newer and make are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock
# Each process has a server of its own; the tests of a file share one. Files start in the order of their names: xdist
# would begin with those of many tests, and end with one process working through the few long ones.
PARALLEL := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-strict soak bench lint docs install dev dist clean

demo: $(RUNS)
	$(BIN)/qupersync demo $(ARGS)

test: $(READY)
	$(BIN)/pytest $(PARALLEL) -m "not strict" $(ARGS)

# Stricter Redshift emulators: PostgreSQL 9.6, SERIALIZABLE with four threads, a fault at each statement.
test-strict: $(READY)
	$(BIN)/pytest $(PARALLEL) -m strict $(ARGS)

# Many more random histories, kills, server answers and faults than `make test` has time for (two hours).
SOAK := tests/integration/exactness/test_exactness.py tests/integration/redshift_client/test_fuzz.py \
	$(addprefix tests/integration/faults/,test_killed_syncs.py test_killed_builds.py test_connection_loss.py test_recovery.py)
soak: $(READY)
	QUPERSYNC_HISTORIES=500 QUPERSYNC_KILLS=100 QUPERSYNC_FUZZ=12000 $(BIN)/pytest $(SOAK)
	QUPERSYNC_FAULTS=all $(BIN)/pytest -m strict tests/integration/redshift_target/test_fault*.py
	QUPERSYNC_SCHEDULERS=1 $(BIN)/pytest tests/integration/cli/test_schedulers.py

# Ratios against what one would use instead, each in an environment of its own (an hour).
bench: $(READY)
	$(BIN)/python -m benchmarks.full_sync
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.incremental
	$(BIN)/python -m benchmarks.fixed
	$(BIN)/python -m benchmarks.bill
	$(BIN)/python -m benchmarks.report

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/qupersync schema --check
	$(BIN)/sqlfluff lint --processes 2 models tests
	$(MAKE) docs

# The site, in target/site.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# What runs it, and nothing else.
install: $(RUNS)

# With what its tests and linters need.
dev: $(READY)

$(RUNS): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $(RUNS)

$(READY): $(RUNS)
	$(PIP) --editable '.[dev]'
	touch $(READY)

# The wheel and the sdist of a release.
dist: $(RUNS)
	$(PIP) hatchling
	rm -rf dist
	$(BIN)/hatchling build

clean:
	rm -rf $(VENV) target logs dist
