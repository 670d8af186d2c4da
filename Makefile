# Everything a developer or operator runs. Needs Python 3.11 or later and make; the rest comes into .venv, pinned by hash.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := api catalog exchange journal loaders ontology participants shapes stores tests benchmarks
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install run test check format campaign bench docs clean

install: .venv/installed

# The stamps make the second run quick: pip is asked again only when a lock changed.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Renkei needs Python 3.11 or later: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/developing: .venv/installed dev-requirements.lock
	$(PIP) install --require-hashes --requirement dev-requirements.lock
	@touch $@

run: install
	$(BIN)/renkei serve --demo

test: .venv/developing
	$(BIN)/python -m pytest $(PYTEST)

check: .venv/developing
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/developing
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

campaign: .venv/developing
	RENKEI_CAMPAIGN=full $(BIN)/python -m pytest -m campaign $(PYTEST)

bench: .venv/developing
	$(BIN)/python -m benchmarks

docs: .venv/developing
	$(BIN)/python -m api.reference

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
