VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: test test-slow test-browser quality test-wheel test-oldest demo docs lint clean
.DEFAULT_GOAL := test

$(STAMP): pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	touch $@

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A worker a core, each on one thread: threads that wait for one another would cost more than they bring.
export OMP_NUM_THREADS ?= 1
PARALLEL := -n auto --dist worksteal

test: lint
	$(BIN)/pytest $(PARALLEL)

test-slow: $(STAMP)
	$(BIN)/pytest -m slow

quality: $(STAMP)
	$(BIN)/pytest --quality -m quality -rA $(PARALLEL) tests/quality

test-browser: $(VENV)/.browser
	$(BIN)/pytest -m browser tests/browser

$(VENV)/.browser: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[browser]'
	touch $@

test-wheel: $(STAMP)
	tests/wheel.sh $(BIN)/python

test-oldest: $(STAMP)
	tests/oldest.sh $(BIN)/python

demo: $(STAMP)
	$(BIN)/sparling demo --out demo --force

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -E -q -W --keep-going -b html docs docs/_build/html

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) demo docs/_build docs/reference/generated
