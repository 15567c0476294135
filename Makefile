PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run test lint verify soak clean

help:  ## Show the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[evals,dev,browser,postgresql]' --constraint constraints.txt
	@touch $@

run: $(READY)  ## Set up, fetch the best corpus that can be reached, open the application
	$(BIN)/souffleur sync
	-$(BIN)/souffleur directory sync
	$(BIN)/souffleur ui

test: $(READY)  ## Set up and run the tests (no network needed once installed)
	$(BIN)/python -m pytest

lint: $(READY)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

verify: $(READY)  ## Prove on the corpus in use that nothing was lost in restructuring
	$(BIN)/souffleur verify

soak: $(READY)  ## Ten minutes of load on the corpus in use, 200 killed builds, 10,000 mutated documents (an hour)
	$(BIN)/souffleur bench --agents 60 --every 20 --seconds 600 --chart load.svg
	$(BIN)/python -m pytest -m soak

clean:  ## Remove the virtual environment
	rm -rf $(VENV)
