# Every chore, each set up from nothing: python3 (3.11 or newer) and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each file stays whole, and pages come last: a running Playwright leaves no room for other event loops.
BOTH_CORES := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test check lint types settings bench fuzz torture abuse format browser clients clean

help: ## List the chores
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/stack: requirements.txt requirements-stack.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "python3 cannot make a virtual environment; on Debian: apt install python3-venv"; exit 1; }
	@echo "Installing the product (once, about a minute)…"
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements-stack.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/stack
	@echo "Installing the test tools (once, about a minute)…"
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: $(VENV)/stack ## Start the whole product on this machine
	@exec $(BIN)/python manage.py run_stack

browser: $(VENV)/dev ## Find or install the Chromium that the page tests drive
	@$(BIN)/python -m tests.browser.install

clients: $(VENV)/dev ## Find or install what Node runs in the tests of generated clients
	@$(BIN)/python -m tests.clients.install

check: lint types settings ## Format, lint, types, settings, migrations

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev
	$(BIN)/mypy .

settings: $(VENV)/dev
	@$(BIN)/python -m tests.deploy_check
	@DEBUG=true DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run

test: $(VENV)/dev ## Everything CI runs: checks, the suite on PostgreSQL, all of it and the pages on SQLite
	@$(MAKE) --no-print-directory -j 3 check browser clients
	$(BIN)/python -m pytest $(BOTH_CORES) --database=postgresql -m database
	$(BIN)/python -m pytest $(BOTH_CORES)

bench: $(VENV)/dev ## Measure, print and write docs/benchmarks.md
	$(BIN)/python -m tests.bench

fuzz: $(VENV)/dev ## A million damaged messages through feed and strategies
	@$(BIN)/python -m tests.fuzz

torture: $(VENV)/dev ## Six minutes of killing and freezing everything while people write and halt
	@$(BIN)/python -W ignore -m tests.torture

abuse: $(VENV)/dev ## Five minutes of floods on a web process, and what honest clients notice of them
	@$(BIN)/python -W ignore -m tests.abuse

format: $(VENV)/dev ## Let ruff rewrite the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Forget the state of the embedded stack (not the virtual environment)
	rm -rf .state
