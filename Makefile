# make demo and make test are all a fresh machine needs: Python 3.11 or newer, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SPARK := $(VENV)/spark
ORACLE := $(VENV)/oracle
JOBS ?= 2

.PHONY: demo test soak bench check format lock clean

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Earnest needs Python 3.11 or newer; set PYTHON=python3.12 or the like."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)  ## simulate a shop and judge its campaigns
	rm -rf demo
	$(BIN)/earnest demo demo

test: $(STAMP) check  ## format, lint, types, layers, then every test but the long tiers
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not soak"

check: $(STAMP)
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

soak: $(STAMP) $(SPARK)/.ready  ## the long tiers: kill series, many worlds, large builds, a Spark cluster (needs Java 17)
	EARNEST_SPARK_HOME=$(SPARK)/pyspark $(BIN)/python -m pytest -m soak -s

$(SPARK)/.ready: requirements-soak.txt | $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target $(SPARK) -r requirements-soak.txt
	@touch $@

bench: $(STAMP) $(ORACLE)/.ready  ## side-by-side speed; ratios, not seconds
	EARNEST_ORACLE=$(ORACLE)/bin/python $(BIN)/python -m bench

$(ORACLE)/.ready: requirements-oracle.txt | $(STAMP)
	$(PYTHON) -m venv --clear $(ORACLE)
	$(ORACLE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-oracle.txt
	@touch $@

format: $(STAMP)
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

lock:  ## renew the hash-pinned lock that pip installs; needs uv
	uv pip compile pyproject.toml --extra spark --group dev --universal --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --quiet --output-file requirements.txt
	uv pip compile --group soak --universal --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --quiet --output-file requirements-soak.txt
	uv pip compile --group oracle --universal --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --quiet --output-file requirements-oracle.txt

clean:
	rm -rf $(VENV) demo
