# Gerbang. `make` alone says what there is.
#
# Works with GNU make 4.3 and a POSIX shell. Everything that is made lives in
# .venv and .gerbang; `make clean` removes both.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
# Dozens of processes import the same modules: without bytecode, each compiles them.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# What runs Gerbang is there; what tests and checks it is there as well.
RUNNABLE := $(VENV)/.runnable
READY := $(VENV)/.ready

# Our own packages, contracts first. Installed without their dependencies: those
# are pinned in requirements/ and go in before.
PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard protos/pyproject.toml \
	libs/*/pyproject.toml services/*/pyproject.toml simulator/pyproject.toml \
	edge/pyproject.toml cli/pyproject.toml deploy/*/pyproject.toml \
	tools/localstack/pyproject.toml))

# `$(call stage,name,command)` runs a command and says how long it took.
define stage
@printf '%s\n' '== $(1)'; begin=$$(date +%s); \
$(2) || { status=$$?; printf '%s\n' "== $(1): failed" >&2; exit $$status; }; \
printf '%s\n' "== $(1): $$(( $$(date +%s) - begin )) s"
endef

.PHONY: help
help: ## Print this list
	@printf 'make TARGET, where TARGET is one of\n'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf 'PYTHON=... chooses the interpreter (3.11 or newer). Ports, databases and process\n'
	@printf 'counts are environment variables: .venv/bin/python -m localstack settings\n'

.PHONY: setup
setup: $(READY) ## Make .venv with everything in it

$(RUNNABLE): requirements/local.txt $(addsuffix /pyproject.toml,$(PACKAGES))
	@python=$$(sh tools/python.sh $(PYTHON)) && sh tools/setup.sh "$$python" $(VENV) local $(PACKAGES)
	@touch $@

$(READY): $(RUNNABLE) requirements/test.txt requirements/lint.txt
	@sh tools/setup.sh $(BIN)/python $(VENV) "test lint"
	@touch $@

.PHONY: run
run: $(RUNNABLE) ## Start everything here, make one transfer, stay up until Ctrl-C
	@$(BIN)/python -m localstack run

.PHONY: demo
demo: $(RUNNABLE) ## The same, and exit: 0 when the transfer settled
	@$(BIN)/python -m localstack demo

.PHONY: identity
identity: $(RUNNABLE) ## Issue a certificate for an internal caller: NAME=client/payroll
	@$(BIN)/python -m localstack identity "$(or $(NAME),$(error NAME is missing, \
		for example: make identity NAME=client/payroll))"

.PHONY: test
test: $(READY) ## Everything: unit, integration, e2e, fault (short), browser
	@sh tools/debian.sh
	@$(MAKE) --keep-going unit integration e2e fault-short browser

.PHONY: unit
unit: $(READY) ## Rules of each part, without processes
	$(call stage,unit,$(BIN)/python tools/unit.py)

.PHONY: integration
integration: $(READY) ## Two real parts together; the ledger on MariaDB
	$(call stage,integration,sh tools/pytest.sh $(BIN) tests/integration)

.PHONY: e2e
e2e: $(READY) ## Every process, REST through the real Envoy to the simulator
	$(call stage,e2e,sh tools/pytest.sh $(BIN) tests/e2e)

.PHONY: fault-short
fault-short: $(READY)
	$(call stage,fault (short),sh tools/pytest.sh $(BIN) tests/fault)

.PHONY: fault
fault: $(READY) ## The long fault run: kills, lost replies, a slow bank
	@sh tools/debian.sh
	$(call stage,fault (long),GERBANG_FAULT_LONG=1 GERBANG_STAGE_LIMIT=6h \
		sh tools/pytest.sh $(BIN) tests/fault -s)

.PHONY: browser
browser: $(READY) ## The dashboard in headless Chromium
	$(call stage,browser,sh tools/pytest.sh $(BIN) tests/browser)

.PHONY: bench
bench: $(READY) ## Speed of the whole chain, with its ceiling in the same run
	@sh tools/debian.sh
	@$(BIN)/python tests/bench/run.py

.PHONY: lint
lint: $(READY) ## Style, types, imports, contracts, configuration, tree
	$(call stage,ruff,$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .)
	$(call stage,mypy,sh tools/types.sh $(BIN))
	$(call stage,imports,sh tools/imports.sh $(BIN))
	$(call stage,contracts,PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/contracts.sh $(BIN))
	$(call stage,configuration,sh tools/configuration.sh $(BIN))
	$(call stage,tree,$(BIN)/python tools/tidy.py)

.PHONY: protos
protos: $(READY) ## Generate what is made from the contracts
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/protos.py generate
	@$(BIN)/python tools/openapi.py write
	@$(BIN)/python tools/documents.py write

.PHONY: lock
lock: $(READY) ## Pin and hash requirements/*.in; PACKAGES to upgrade in UPGRADE=
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/lock.py $(UPGRADE)

.PHONY: clean
clean: ## Remove .venv, .gerbang and every cache
	@rm -rf $(VENV) .gerbang .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
