# The two commands are `make book` and `make test`; each sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help book browser editions edition test quick check-pages check-reproducible pdf serve watch clean lock lint bench

# Tests run side by side; those of one file stay together, because they share what is expensive, and the slow files come first.
# Python may keep its bytecode even where the environment forbids it: otherwise each worker would compile every test again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder
CORES := $$($(BIN)/python -c 'import os; print(min(os.cpu_count() or 1, 4))')

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making the environment $(VENV) (once; takes a minute or two) ..."
	$(PYTHON) -m venv $(VENV)

# Name each package as pip fetches it; otherwise nothing is shown for a minute.
SHELL := /bin/bash
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar off --use-pep517
NAMED := awk '/^Collecting /{printf "  %s\n", $$2; fflush()} /^Installing collected/{print "  putting them in place ..."; fflush()}'

$(READY): requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the packages of requirements.txt ..."
	@set -o pipefail; $(INSTALL) -r requirements.txt | $(NAMED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	@echo "Installing the packages of requirements-dev.txt ..."
	@set -o pipefail; $(INSTALL) -r requirements-dev.txt | $(NAMED)
	@touch $@

book: $(READY) ## Check the data, run the notebooks, build the site; a variant with SCENARIO=scenarios/x.yaml; what differs from a commit with AGAINST=main; BROWSER=1 as for browser
	@$(BIN)/tourmaline build $(if $(SCENARIO),--scenario "$(SCENARIO)") $(if $(AGAINST),--against "$(AGAINST)")
	@$(if $(BROWSER),$(if $(SCENARIO),echo "Python for browsers goes into the report itself: leave out SCENARIO." >&2; exit 2,$(BIN)/tourmaline browser $(if $(RUNTIME),"$(RUNTIME)")))

browser: ## Build the book, and let readers run its notebooks in their browser; RUNTIME=pyodide-0.27.7.tar.bz2
	@$(MAKE) --no-print-directory book BROWSER=1

editions: $(READY) ## Build the book, freeze the editions of editions.yaml that are not frozen yet, and show them in it
	@$(BIN)/tourmaline build --editions

edition: $(READY) ## Freeze an edition for good, and build the book: DATE=2026-12-01, TITLE="A correction", SCENARIO=today
	@$(BIN)/tourmaline edition "$(DATE)" $(if $(TITLE),--title "$(TITLE)") $(if $(SCENARIO),--scenario "$(SCENARIO)")
	@$(BIN)/tourmaline build

test: $(READY_DEV) ## Run every test
	@$(PYTEST) -n $$(( $(CORES) + 1 ))  # one more than there are cores, because some wait for what they start

quick: $(READY_DEV) ## Run the tests that take less than half a second each, of many cases a few: a minute or two in all
	@$(PYTEST) -n $(CORES) -m "not slow and not seconds"

check-pages: $(READY_DEV) ## Look at every page of the built site in a browser: accessible, valid, light
	@$(BIN)/python -m pytest tests/test_browser.py tests/test_explorer_page.py tests/test_valid_html.py --site _build/html

check-reproducible: $(READY) ## Run the notebooks as other machines would, and compare every byte; QUICK=1 for those that draw
	@$(BIN)/tourmaline reproduce $(if $(QUICK),--quick) $(foreach python,$(PYTHONS),--python $(python))

pdf: book ## Print the whole book into _build/book.pdf (needs Chromium, no TeX)
	@$(BIN)/tourmaline pdf

serve: $(READY) ## Show the built site to this machine (127.0.0.1)
	@$(BIN)/tourmaline serve

lint: $(READY_DEV) ## Check style, spelling, English and the import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell && $(BIN)/python -m tourmaline.pipeline.english && $(BIN)/lint-imports

bench: $(READY_DEV) ## Measure speed beside plain papermill and jupyter-book; pieces with BENCH="build sweep --runs 50"
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python benchmarks/bench.py $(BENCH)

watch: $(READY) ## Show the site to this machine, update it when a file is saved, and refresh the open pages
	@$(BIN)/tourmaline serve --watch

clean: ## Remove what is generated: results/, _build/
	@if [ -x $(BIN)/tourmaline ]; then $(BIN)/tourmaline clean; else rm -rf results _build; fi

lock: $(READY_DEV) ## Pin the dependencies of pyproject.toml again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
