# Every command that anybody needs; `make` alone lists them. Each sets up what it needs, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATASET ?= 6
PORT ?= 5000
TESTERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(TESTERS) --no-loadscope-reorder

export KEDRO_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1
export OMP_NUM_THREADS ?= 1
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo run live data new-dataset test check smoke viz ui bench docs clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[explain,export,fast,live,search,tabular,dev,docs]'
	@touch $@

setup: $(VENV)/ready  ## the virtual environment, from requirements.lock

demo: $(VENV)/ready  ## set up, then train and evaluate on the default data set; minutes
	$(BIN)/kedro run --pipeline matts --params dataset=$(DATASET)

run: demo  ## the same on another data set: make run DATASET=5

live: $(VENV)/ready  ## the control room on simulated machines, in the browser: Ctrl-C ends it
	$(BIN)/matts serve --dataset $(DATASET) --simulate

data: $(VENV)/ready  ## download a public data set: make data DATASET=skab
	$(BIN)/python -m matts.download $(DATASET)

new-dataset: $(VENV)/ready  ## describe files of your own: make new-dataset NAME=pump FILE=pump.csv
	$(BIN)/python -m matts.new_dataset '$(NAME)' '$(FILE)'

test: $(VENV)/ready  ## the tests, without the slow ones
	$(PYTEST) -m 'not slow'

check: $(VENV)/ready  ## style, types, layers and every test: what CI runs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/mkdocs build --strict --quiet
	$(PYTEST)

smoke: $(VENV)/ready  ## the whole pipeline in seconds, on tiny values
	$(BIN)/kedro run --env test --pipeline matts --params dataset=$(DATASET)

viz: $(VENV)/ready  ## show the lineage in the browser
	$(BIN)/kedro viz run --params dataset=$(DATASET)

ui: $(VENV)/ready  ## compare runs in the browser
	$(BIN)/mlflow server --backend-store-uri sqlite:///mlflow.db --host 127.0.0.1 --port $(PORT)

bench: $(VENV)/ready  ## measure the ratios that the docs claim
	$(BIN)/python -m benchmarks.run

docs: $(VENV)/ready  ## build the documentation into site/
	$(BIN)/mkdocs build --strict
	@echo "open site/index.html"

clean:  ## remove what the commands above made, but no raw data
	rm -rf $(VENV) .viz site build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
