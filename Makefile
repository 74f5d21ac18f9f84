# Everything is set up inside the checkout: .venv holds the environment, nothing is installed globally.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
# uv installs in seconds what takes pip minutes. The machine's is used, else one inside the environment.
UV := $(or $(shell command -v uv 2>/dev/null),$(BIN)/uv)
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url
# Tests of servers take seconds or minutes each: those of the same servers come to one worker (tests/conftest.py);
# of all others, whoever has ended one takes the next.
ONE_BY_ONE := --dist loadgroup
PYTEST := $(BIN)/python -m pytest
# A worker of servers has a stack of its own, some 3 GiB; while its servers start or stop, another one works.
FAST_WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
SERVER_WORKERS ?= 3
# Compiled modules stay in the checkout: else each of the processes that tests start compiles its libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-fast test-integration test-browser test-servers test-docker test-long jars lint images \
  image-embedded image-cluster check bench docs reference lock clean

help: ## these words
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: .venv/ready ## the environment in .venv, with everything that is needed

.venv/ready: pyproject.toml requirements.lock | .venv/bin/python
	@$(call install,requirements.lock)
	@touch $@

# What the embedded tier and its page need, in the versions of the whole lock; `make setup` adds the rest to it.
.venv/demo: pyproject.toml requirements-demo.lock | .venv/bin/python
	@$(call install,requirements-demo.lock)
	@touch $@

# Both locks name a hash for every file, which pip and uv check.
define install
if [ -x "$(UV)" ]; then \
  "$(UV)" pip install --quiet --python $(BIN)/python --requirement $(1) && \
  "$(UV)" pip install --quiet --python $(BIN)/python --no-deps --editable .; \
else \
  echo "uv cannot be had here, so pip sets up. That takes minutes."; \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $(1) && \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
fi && $(BIN)/python -m compileall -q src
endef

.venv/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' \
	  || { echo "hitstream needs Python 3.11, 3.12 or 3.13. Say which: make PYTHON=/path/to/python3.12"; exit 1; }
	@if [ -x "$(UV)" ]; then "$(UV)" venv --quiet --python $(PYTHON) .venv; \
	else $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true; fi

demo: $(if $(wildcard .venv/ready),setup,.venv/demo) ## the live page on generated traffic, of what the embedded tier and its page need
	$(BIN)/hitstream demo

# The tests, in two parts: what needs a processor runs in as many processes as there are cores; what waits for browsers
# and servers runs in a few more. Tests of real servers need Java; where it is missing they are left out, with a line
# that says so. Those of containers are `make test-docker`, long repetitions `make test-long`.
test: test-fast test-integration ## every test but those of containers

test-fast: setup ## tests without a browser, a server or a container, on all cores
	$(PYTEST) --numprocesses $(FAST_WORKERS) --dist worksteal -m "not browser and not servers and not docker" $(TESTS)

test-integration: setup jars ## browsers and servers side by side
	$(PYTEST) --numprocesses $(SERVER_WORKERS) $(ONE_BY_ONE) -m "browser or servers" $(TESTS)

test-browser: setup ## the pages in headless Chromium
	$(PYTEST) --numprocesses $(FAST_WORKERS) $(ONE_BY_ONE) -m browser $(TESTS)

test-servers: setup jars ## real Kafka, Cassandra, HDFS, NiFi and Spark
	$(PYTEST) --numprocesses $(SERVER_WORKERS) $(ONE_BY_ONE) -m servers $(TESTS)

# Every repetition of the tests that repeat themselves, with thirty times the examples. Hours; CI runs a share of one seed.
test-long: setup jars ## every repetition and thirty times the examples: hours
	$(PYTEST) --long --hypothesis-profile long --numprocesses $(FAST_WORKERS) $(ONE_BY_ONE) \
	  -m "repeated or property" $(TESTS)

jars: setup ## what the servers are, fetched once
	@! $(BIN)/hitstream stack doctor --java > /dev/null || $(BIN)/hitstream stack fetch

# The images of the compose files. BASE_IMAGE, JRE17_IMAGE, JRE25_IMAGE and BUILD_NETWORK are passed on where they are set.
images: image-embedded image-cluster ## both images, built

image-embedded:
	docker compose --file deploy/compose/compose.yaml build --quiet

image-cluster:
	docker compose --file deploy/compose/compose.cluster.yaml build --quiet kafka

# Needs a Docker engine; the one of tools/docker in $$SHARED is started where the machine has none.
test-docker: setup ## the images, as containers
	.ci/docker

# The fast loop: a fifth of the examples, and no test that starts processes to see how they get on (tests/integration).
check: lint ## the loop while you write: lint and the quick tests
	$(PYTEST) --numprocesses $(FAST_WORKERS) --dist worksteal --hypothesis-profile quick \
	  -m "not slow and not browser and not servers" tests/unit

lint: setup ## format, lint, types, Dockerfile, documentation
	$(BIN)/ruff format --check src tests bench notebooks reference deploy .ci
	$(BIN)/ruff check src tests bench notebooks reference deploy .ci
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile
	$(BIN)/zensical build --clean --strict

bench: setup ## all benchmarks, side by side with what people use
	$(BIN)/python -m bench

# The documentation as pages with a search, from this machine alone, until Ctrl-C.
docs: setup ## the documentation as pages, until Ctrl-C
	$(BIN)/zensical build --clean --strict
	@echo "The documentation is at http://127.0.0.1:8000"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory site 8000

# What follows from the code in docs/: commands, settings, metrics, schemas, APIs.
reference: setup ## the pages that are written by the code
	$(BIN)/python -m reference

lock: setup ## the lock files, anew
	$(LOCK) --extra dev --output-file requirements.lock pyproject.toml
	$(LOCK) --extra dashboard --constraint requirements.lock --output-file requirements-demo.lock pyproject.toml

clean: ## what was made here, away
	rm -rf .venv site .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
