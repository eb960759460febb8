# What a user of the project runs; `make help` lists it.
VENV ?= .venv
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo codecs test lint clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(INSTALLED)  ## install the project with pinned dependencies into .venv

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(INSTALLED)  ## a real photograph through model, ONNX, HLS, RTL and back, into demo/
	$(VENV)/bin/sapm demo --checkpoint checkpoints/small.npz --output demo

codecs: $(INSTALLED)  ## the integer codecs base and small, for sapm encode and decode, into sapm/shipped
	$(VENV)/bin/sapm collect checkpoints/base.npz checkpoints/small.npz --output sapm/shipped

test: $(INSTALLED)  ## run all tests
	$(VENV)/bin/pytest -n $(PYTEST_WORKERS) --dist loadfile

lint: $(INSTALLED)  ## check style and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

clean:  ## remove the environment and everything generated
	rm -rf $(VENV) demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache
