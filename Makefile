# `make help` lists the targets. The README has the same lines for machines without make.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
HUB := .venv-hub
LAB_ARGS ?=
LESSON ?=
SOLUTIONS ?=
STUDENTS ?= dist/students
COURSE_GRADING ?= $(HOME)/grading

.DEFAULT_GOAL := help
.PHONY: help setup lab test test-browser notebooks carry-back originals calibrate bench readme colab test-colab \
	data-bundle hub release nbgrader test-hub test-instructors test-container lint lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## build .venv, fetch the offline data, show what is ready
	@$(BIN)/python -m helpers.data

# uv installs several times faster; without it, venv and pip do the same.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else "Python %d.%d is not supported: the course needs 3.11, 3.12 or 3.13. Say which with make setup PYTHON=python3.12" % v)'
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && \
		uv pip install --python $(BIN)/python -r requirements.txt && \
		uv pip install --python $(BIN)/python --no-deps -e . ; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt && \
		$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -e . ; \
	fi
	@touch $@

# JupyterLab opens without data, too: a lesson then says what it misses and the ways out.
lab: $(READY) ## set up, then open the course in JupyterLab (options: LAB_ARGS=...)
	-@$(BIN)/python -m helpers.data
	$(BIN)/python course/lab.py notebooks/00_start_here.ipynb $(LAB_ARGS)

test: setup ## set up, then check everything: notebooks, helpers, structure, data faults
	$(BIN)/python -m pytest

# A browser comes from the system's packages, Selenium from PyPI; students need neither.
test-browser: setup ## open lessons in a real Chromium, run them, read them (installs Chromium if root)
	@sh tests/browser/install.sh
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c requirements.txt -r tests/browser/requirements.txt
	$(BIN)/python -m pytest tests/browser --numprocesses=0

notebooks: setup ## regenerate and execute what changed (LESSON=02_imdb... for one)
	$(BIN)/python course/build.py $(LESSON)

carry-back: setup ## carry edits of a notebook back into its source (LESSON=...)
	$(BIN)/python course/carry_back.py $(LESSON)

originals: setup ## execute on the original data into build/originals (LESSON=..., COURSE_MIRROR=...)
	$(BIN)/python course/build.py --edition original --output build/originals $(LESSON)

calibrate: setup ## measure the bands again over 5 seeds, both editions (LESSON=...)
	$(BIN)/python course/calibrate.py $(LESSON)

bench: setup ## measure the lessons against textbook code; write benchmarks/results.json
	$(BIN)/python benchmarks/run.py

readme: setup ## bring the README's tables up to date with bands and measurements
	$(BIN)/python course/readme.py

colab: setup ## pack each notebook into one file for Colab, into dist/colab
	$(BIN)/python course/colab.py

test-colab: setup ## run such files on the oldest and the newest Keras (minutes, 4 GB of disk)
	$(BIN)/python -m pytest --numprocesses=0 tests/keras_range.py

data-bundle: setup ## pack the data cache into dist/ for machines without internet
	$(BIN)/python course/data_bundle.py

# The hub has an environment of its own; its kernel is the course's .venv.
hub: setup $(HUB)/.installed ## build .venv-hub: JupyterHub, nbgitpuller, nbgrader (needs npm)

$(HUB)/.installed: classroom/requirements.txt requirements.txt
	@command -v npm >/dev/null || { echo "npm is missing: the hub's proxy comes through it (on Debian: apt install npm)"; exit 1; }
	$(PYTHON) -m venv $(HUB)
	$(HUB)/bin/python -m pip install --disable-pip-version-check --quiet -r classroom/requirements.txt -c requirements.txt
	npm install --prefix $(HUB) --no-save --no-package-lock --no-fund --no-audit configurable-http-proxy@5.1.0
	$(BIN)/python -m ipykernel install --prefix $(HUB) --name python3 --display-name "Python 3 (ipykernel)"
	@touch $@

release: setup ## write what a class gets into dist/students, no solutions (SOLUTIONS=..., STUDENTS=folder)
	$(BIN)/python course/handout.py $(STUDENTS) --solutions $(SOLUTIONS)

nbgrader: setup ## write the exercises as nbgrader's sources into ~/grading (COURSE_GRADING=folder, LESSON=...)
	$(BIN)/python course/assignments.py $(COURSE_GRADING) $(LESSON)

test-hub: hub ## start a real JupyterHub, log in twice, run a lesson in each (slow)
	$(BIN)/python -m pytest --numprocesses=0 tests/hub

test-instructors: hub ## run docs/instructors.md as written, in a copy of the course (slow)
	$(BIN)/python -m pytest --numprocesses=0 tests/instructors

test-container: setup ## build the image and run a lesson in it without a network (slow)
	$(BIN)/python -m pytest --numprocesses=0 tests/container

lint: setup ## format and lint the Python files
	$(BIN)/ruff format helpers course tests benchmarks classroom lessons_src
	$(BIN)/ruff check helpers course tests benchmarks classroom lessons_src

lock: ## compile requirements.in to requirements.txt (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command "make lock" requirements.in -o requirements.txt
