# actorweb: the commands. Each step says what it does; what is up to date is not done again (stamps in .cache/).

PORT ?= 8000
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
  if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin
NPM := npm --no-fund --no-audit --loglevel=error
say = @printf '\033[1m==>\033[0m %s\n' "$(1)"
as_root = $$(if [ "$$(id -u)" = 0 ]; then echo; else echo sudo -n; fi)

SOURCES := $(shell find web -name '*.js' 2>/dev/null)
MODULES := $(shell find actorweb -name '*.py' -not -path 'actorweb/tools/*' 2>/dev/null)

.PHONY: help setup demo test soak check format bench build clean

help:  ## show this
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .cache/venv .cache/npm .cache/chromium .cache/web .cache/bytecode .cache/pythons

demo: .cache/venv .cache/npm .cache/web .cache/bytecode  ## serve the gallery: make demo [PORT=8000]; ctrl-C ends it
	@exec $(BIN)/actorweb dev --port $(PORT)

test: setup  ## run all tests, in each Python and in Chromium
	$(call say,tests)
	@$(BIN)/pytest

soak: setup  ## kill writers, compare 100,000 machines with xstate, then explore the kernel for hours: make soak [SCHEDULES=20_000_000] [KILLS=1000] [MACHINES=100000]
	@$(BIN)/python -m tests.state.kill.soak $(if $(KILLS),--kills $(KILLS))
	@PAGE_KILLS=25 $(BIN)/pytest -q -p no:cacheprovider e2e/test_indexeddb.py -k kill
	@$(BIN)/python -m tests.conformance.fuzz --machines $(or $(MACHINES),100000)
	@$(BIN)/python -m tests.exploration.soak $(if $(SCHEDULES),--schedules $(SCHEDULES))

check: .cache/venv .cache/npm  ## lint and type-check everything
	$(call say,ruff)
	@$(BIN)/ruff check actorweb components tests e2e bench
	@$(BIN)/ruff format --check --quiet actorweb components tests e2e bench || { echo "ruff format would change files; do: make format"; exit 1; }
	$(call say,mypy --strict)
	@$(BIN)/mypy
	$(call say,pyright)
	@node_modules/.bin/pyright --pythonpath $(BIN)/python
	$(call say,the public types are complete)
	@mkdir -p .cache/typed && ln -sfn ../../actorweb .cache/typed/actorweb  # pyright wants to find an installed package
	@PYTHONPATH=$(CURDIR)/.cache/typed node_modules/.bin/pyright --pythonpath $(BIN)/python --verifytypes actorweb --ignoreexternal > .cache/types.txt \
	  || { grep -A1 -B1 ' error' .cache/types.txt | head -n 60; tail -n 4 .cache/types.txt; exit 1; }
	@grep 'completeness' .cache/types.txt
	$(call say,tsc --checkJs and biome)
	@$(NPM) run --silent types
	@$(NPM) run --silent lint

format: .cache/venv .cache/npm  ## rewrite the sources in the house's form
	@$(BIN)/ruff check --fix-only --quiet actorweb components tests e2e bench
	@$(BIN)/ruff format actorweb components tests e2e bench
	@$(NPM) run --silent format

bench: .cache/venv .cache/npm .cache/web .cache/bytecode  ## print the budgets of the design as ratios: make bench [QUICK=1]
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

build: .cache/venv .cache/npm .cache/web .cache/bytecode  ## wheel and sdist into dist/, tried out in an empty environment
	$(call say,wheel and sdist into dist/)
	@rm -rf dist && $(BIN)/python -m build --no-isolation --outdir dist . > .cache/build.log 2>&1 || { cat .cache/build.log; exit 1; }
	@ls -sh1 dist
	$(call say,the wheel in an empty environment)
	@$(BIN)/pytest -q -p no:cacheprovider tests/test_wheel.py

clean:  ## remove everything that was made
	@rm -rf .venv node_modules dist build .cache actorweb/web .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.cache/venv: requirements.lock pyproject.toml
	$(call say,Python environment in .venv (1 minute))
	@mkdir -p .cache
	@if [ -z "$(PYTHON)" ]; then echo "There is no Python 3.11 or newer. Do: apt-get install python3"; exit 1; fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  rm -rf .venv; $(PYTHON) -m venv .venv >/dev/null 2>&1 || { \
	    echo "    venv is missing: apt-get install python3-venv"; rm -rf .venv; \
	    $(as_root) apt-get update -qq && $(as_root) apt-get install -y -qq python3-venv >/dev/null; \
	    $(PYTHON) -m venv .venv; }; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock 2> >(grep -v '^WARNING' >&2)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2> >(grep -v '^WARNING' >&2)
	@touch $@

.cache/npm: package.json package-lock.json
	$(call say,node packages in node_modules (1 minute))
	@mkdir -p .cache
	@$(NPM) ci --ignore-scripts
	@touch $@

.cache/chromium: .cache/venv
	@mkdir -p .cache
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then \
	  printf '\033[1m==>\033[0m %s\n' "Chromium by apt-get (2 minutes)"; \
	  $(as_root) apt-get update -qq && $(as_root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
	  printf '\033[1m==>\033[0m %s\n' "Chromium by Playwright (2 minutes)"; \
	  $(BIN)/playwright install chromium; \
	fi
	@touch $@

.cache/web: .cache/npm $(SOURCES)
	$(call say,the page's side: web/ into actorweb/web/)
	@$(NPM) run --silent build
	@touch $@

.cache/bytecode: .cache/web $(MODULES) actorweb/tools/bytecode.mjs
	$(call say,the package as bytecode for the page)
	@node actorweb/tools/bytecode.mjs
	@touch $@

.cache/pythons: .cache/venv tests/hosts/prepare.py
	$(call say,other Pythons to test with (1 minute))
	@$(BIN)/python -m tests.hosts.prepare
	@touch $@
