# Everything a developer does; `make` alone lists the targets.
PYTHON ?= python3
# The demo's environment holds the core install alone; the one for development holds everything.
CORE := .venv-core
DEV := .venv
RUN := $(DEV)/bin/python
IMAGE ?= examples
OUTPUT ?= output/demo

.DEFAULT_GOAL := help
.PHONY: help demo test check suite format core dev bench clean

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(CORE)/.installed ## Read the example receipts, or one of yours: make demo IMAGE=path
	$(CORE)/bin/ocr read "$(IMAGE)" --format receipt --output "$(OUTPUT)" --formats json,text,html,png
	@echo "JSON, text, HTML pages and pictures with the lines drawn: $(OUTPUT)"

test: dev check suite ## Set everything up and pass lint, types, layers and the whole suite

check: dev ## Lint, types, layers, cycles, code that stands twice, start-up modules
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(DEV)/bin/lint-imports
	$(RUN) -m tools.imports
	$(RUN) -m pylint src/ocr benchmarks tools
	$(RUN) -m pytest -n 0 tests/test_startup.py

suite: dev ## The tests alone
	$(RUN) -m pytest -n 2 --dist loadscope --no-loadscope-reorder

format: dev ## Rewrite the code in the house style
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

core: $(CORE)/.installed ## The core install in .venv-core, without PyTorch

dev: $(DEV)/.installed ## Everything for development in .venv

clean: ## Remove both environments and all caches
	rm -rf $(CORE) $(DEV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

$(CORE)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed; PYTHON=$(PYTHON) is older"; exit 2; }
	$(PYTHON) -m venv $(CORE)
	$(CORE)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed; PYTHON=$(PYTHON) is older"; exit 2; }
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[train,app,dev]"
	@touch $@
