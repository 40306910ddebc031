# make edition   build the quality edition of the demo: reports/latest/index.html
# make test      everything that must hold, in the project's own environment
# make lab       JupyterLab with the notebooks
# make clean     remove what can be made again; the store (data/store) stays

PYTHON ?= python3
BIN := .venv/bin

.DELETE_ON_ERROR:
.PHONY: edition test lab clean

edition: .venv/core.done
	$(BIN)/agriqa demo
	$(BIN)/agriqa load
	$(BIN)/agriqa load data/demo
	$(BIN)/agriqa freeze
	$(BIN)/agriqa report

test: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist loadgroup

lab: .venv/core.done
	$(BIN)/jupyter lab --notebook-dir=notebooks

clean:
	rm -rf .venv data/demo data/.demo-* data/snapshots reports/latest reports/[0-9]* reports/assessment-* reports/.assessment-* reports/.[a-z]*-* reports/.locks reports/.failed
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "agriqa needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/core.done: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/dev.done: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgresql]'
	@touch .venv/core.done $@
