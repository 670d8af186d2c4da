# Everything a developer or an operator types. `make run` and `make test` work on a fresh machine with Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SIZE ?= 50000

.PHONY: install dev run test check campaign bench docs clean

install: $(VENV)/installed
dev: $(VENV)/installed-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Renkei needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed dev-requirements.lock
	$(PIP) install --require-hashes -r dev-requirements.lock
	@touch $@

run: install
	$(BIN)/renkei serve --demo

# TESTS="tests/catalog -k draft" runs some of them.
test: dev
	$(BIN)/python -m pytest -q $(TESTS)

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long runs, whole: kills at random moments, fuzzing, every real catalog with both validation engines.
campaign: dev
	RENKEI_CAMPAIGN=full $(BIN)/python -m pytest -q -m campaign tests

bench: dev
	$(BIN)/python -m benchmarks --size $(SIZE)

# The reference pages are generated from the code; a test holds them current.
docs: dev
	$(BIN)/python -m api.reference

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
