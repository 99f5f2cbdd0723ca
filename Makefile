# `make demo` and `make test` work on a fresh machine with Python 3.11 or later, venv and make.

PYTHON ?= python3
VENV   ?= .venv
WORKERS ?= 2
BIN    := $(VENV)/bin
READY  := $(VENV)/.fiberscope-installed

.PHONY: demo test lint types bench benches clean

demo: $(READY)
	$(BIN)/fibers demo

test: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/equivalence.py

# the others, some nine minutes; RELUCENT=PYTHON and PORESPY=PYTHON name interpreters that have them, to be timed beside
benches: $(READY)
	$(BIN)/python benchmarks/tolerance.py
	$(BIN)/python benchmarks/regions.py $(if $(RELUCENT),--relucent $(RELUCENT))
	$(BIN)/python benchmarks/budgets.py
	$(BIN)/python benchmarks/strata.py
	$(BIN)/python benchmarks/dimension.py
	$(BIN)/python benchmarks/boxcount.py $(if $(PORESPY),--porespy $(PORESPY))

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
