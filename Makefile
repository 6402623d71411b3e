# Callwright. `make` alone lists what there is.
PYTHON ?= python3
VENV ?= .venv
ROW ?=
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo run test check bench clean lock

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export CALLWRIGHT_PYTHON := $(abspath $(BIN)/python)

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 8

demo: $(VENV)/.runtime ## 36 real calls through a real Asterisk, shown live, checked, written to var/demo.json
	@scripts/tools demo
	@scripts/asterisk get
	@$(BIN)/python -m demo

run: $(VENV)/.runtime ## serve for real phones (config/callwright.yaml) until Ctrl-C
	@scripts/tools demo
	@scripts/asterisk get
	@scripts/run

test: $(VENV)/.dev ## every check and every test, real Asterisk included
	@scripts/tools test
	@scripts/asterisk get
	@$(MAKE) --no-print-directory check
	@scripts/all-tests

check: $(VENV)/.dev ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## scoreboard rows that can be measured so far, or ROW=n alone
	@scripts/asterisk get
	@for row in bench/row$(ROW)*_*.py; do $(BIN)/python -m bench.$$(basename $$row .py) || exit 1; done

lock: ## renew the lock files after a change of dependencies
	scripts/lock

clean: ## stop our Asterisk and remove everything that was made here
	@scripts/asterisk stop --clean 2>/dev/null || true
	rm -rf var $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements.lock pyproject.toml
	@echo "installing Python packages into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/python requirements-dev.lock pyproject.toml
	@echo "installing Python packages for development into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runtime
