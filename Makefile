# `make help` lists what there is.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PORT ?= 4200
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: wheel help report refresh quick test full coverage ledger mutants docs faults fuzz soak bench bench-full audit lint format lock serve clean

help:                ## list the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

report: $(READY)     ## bring the database and the reports up to date and say where they are
	@$(BIN)/python -m flows.nightly

refresh: $(READY)    ## the database alone, without Prefect
	@$(BIN)/detente refresh

serve: $(READY)      ## a Prefect server on 127.0.0.1 (PORT=4200) and the scheduled flows, until Ctrl-C
	@PORT=$(PORT) $(BIN)/python -m flows.serve

quick: $(READY)      ## the tests that build no study and load no store
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not slow and not study and not full" \
	  tests/architecture tests/unit tests/property tests/sql

test: $(READY)       ## every test but those of `make full`, on all cores
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not full"

coverage: $(READY)   ## the same with the lines that no test runs, and a floor
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not full" --cov --cov-report=term:skip-covered

full: $(READY)       ## what takes longer: the project's own study, studies from a wheel, long faults
	$(BIN)/python -m pytest -n auto --dist loadgroup -m full

ledger: $(READY)     ## update what the tests hold of the hand-kept tables and of the small study
	$(BIN)/python -m tests.support.write_ledger

mutants: $(READY)    ## put a fixed sample of faults in, one at a time; prints which ones no test notices
	$(BIN)/python -m bench.mutants

docs: $(READY)       ## the documentation as a site in site/, which needs no network to be read
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

faults: $(READY)     ## break refreshes for hours: 200 kills, 300 bits, 500 sequences, every size of disk
	DETENTE_FAULTS=1 DETENTE_SEQUENCES=500 $(BIN)/python -m pytest tests/faults \
	  tests/property/test_store_states.py tests/integration/test_door.py -q -s

fuzz: $(READY)       ## many more made-up files for every parser (tests/fuzz/corpus grows), examples for every property
	DETENTE_FUZZ=100 $(BIN)/python -m pytest tests/fuzz -q
	DETENTE_EXAMPLES=10 $(BIN)/python -m pytest -n auto --dist loadgroup -m hypothesis -q

soak: $(READY)       ## sixty simulated nights; prints memory and time a night with their slopes
	$(BIN)/python -m bench.soak

bench: $(READY)      ## detente beside other programs, within minutes; writes docs/benchmarks.md
	$(BIN)/python -m bench.run --folder .cache/bench

bench-full: $(READY) ## the same with ten times the rows and more turns: an hour or more
	$(BIN)/python -m bench.run --full --folder .cache/bench

wheel: $(READY)      ## the package and its bill of materials (CycloneDX), in dist/
	$(BIN)/python -m hatchling build -t wheel
	@cd tests && ../$(BIN)/python -c "import audit; from pathlib import Path; \
	  audit.installed(Path('../$(VENV)/audit'), Path('../audit.lock'))"
	@$(VENV)/audit/bin/python packaging/bill.py requirements.lock \
	  "$$($(BIN)/python -c 'import detente; print(detente.__version__)')" dist/detente.cdx.json

audit: $(READY)      ## look for known flaws of the locked packages; says so where nothing answers
	@$(BIN)/python tests/audit.py $(VENV)/audit audit.lock requirements.lock

lint: $(READY)       ## style, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)     ## correct the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:                ## update both locks from pyproject.toml (needs uv)
	$(LOCK) pyproject.toml --all-extras --group dev -o requirements.lock
	$(LOCK) --group audit -o audit.lock

clean:               ## remove what runs build; data/raw is never touched
	rm -rf data/processed/* reports/out dist .prefect

# The lock names every package, so nothing is left to resolve: --no-deps keeps older pips, which do not
# match a pinned package with the same one asked for with extras, from asking for more.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "detente needs Python 3.11 or newer; name one: make report PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
