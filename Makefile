# What a user of the project runs; `make help` lists it.
VENV ?= .venv
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
PYTEST_WORKERS ?= 2
LOCKED := $(VENV)/bin/pip install --quiet --require-hashes --no-deps --only-binary :all:

.DEFAULT_GOAL := help
# pip's check says what PyTorch's build for CUDA lacks, which that for processors does not need.
.PHONY: help install lock demo codecs test lint clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(INSTALLED)  ## install the project and all that it needs, with hashes, into .venv

$(INSTALLED): pyproject.toml requirements.lock requirements-build.lock requirements-cuda.lock
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) -r requirements-build.lock
	$(LOCKED) -r requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	$(VENV)/bin/pip check >/dev/null || $(LOCKED) -r requirements-cuda.lock
	$(VENV)/bin/pip check
	@touch $@

lock: $(INSTALLED)  ## make the lock files anew: versions and hashes of all that is installed
	$(VENV)/bin/python bench/lock_requirements.py

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
