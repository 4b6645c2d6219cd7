# Every target sets up what it needs in .venv from the lock files; Python >= 3.11, make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := core:sessions:tui
ARGS ?=

.PHONY: help run demo test check format proof bench quality screenshots lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hansei needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

run: $(VENV)/.run ## open hansei on your own sessions
	@PYTHONPATH=$(SOURCES) $(BIN)/python -m hansei_tui $(ARGS)

demo: $(VENV)/.run ## open hansei on bundled sample data, in a temporary store
	@PYTHONPATH=$(SOURCES) $(BIN)/python -m hansei_tui demo $(ARGS)

test: $(VENV)/.dev ## run every test
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: $(VENV)/.dev ## format, lint, types and floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests benchmarks
	$(BIN)/lint-imports

format: $(VENV)/.dev ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## measure speed and memory
	$(BIN)/python -m benchmarks $(ARGS)

proof: $(VENV)/.dev ## run the long reliability proofs and print their figures
	$(BIN)/python -m benchmarks.proof $(ARGS)

quality: $(VENV)/.dev ## measure the theme model against labelled sets
	$(BIN)/python -m benchmarks.quality $(ARGS)

screenshots: $(VENV)/.dev ## draw screenshots/*.svg anew
	$(BIN)/python -m pytest tests/tui/test_snapshots.py --snapshot-update -q

lock: $(VENV)/.dev ## write both lock files anew (asks the package registry)
	$(PIP) install uv==0.13.8
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean: ## remove what the other targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
