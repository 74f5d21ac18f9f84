# Everything is set up inside the checkout: .venv holds the environment, nothing is installed globally.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PARALLEL := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal
export UV_LINK_MODE := copy
# Compiled modules stay in the checkout: else each of the processes that tests start compiles its libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-docker images image-embedded image-cluster check bench docs reference lock clean

setup: .venv/ready

.venv/ready: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' \
	  || { echo "hitstream needs Python 3.11, 3.12 or 3.13. Say which: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m compileall -q src
	@touch $@

demo: setup
	$(BIN)/hitstream demo

# Browsers and servers want the machine for themselves; all else runs in as many processes as there are cores.
# Tests of real servers need Java and jars; where Java is missing they are left out, with a line that says so.
test: setup
	@! $(BIN)/hitstream stack doctor --java > /dev/null || $(BIN)/hitstream stack fetch
	$(PARALLEL) -m "not browser and not servers and not docker"
	$(BIN)/python -m pytest -m "browser or servers"

# The images of the compose files. BASE_IMAGE, JRE17_IMAGE, JRE25_IMAGE and BUILD_NETWORK are passed on where they are set.
images: image-embedded image-cluster

image-embedded:
	docker compose --file deploy/compose/compose.yaml build --quiet

image-cluster:
	docker compose --file deploy/compose/compose.cluster.yaml build --quiet kafka

# Needs a Docker engine; the one of tools/docker in $$SHARED is started where the machine has none.
test-docker: setup
	.ci/docker

# The fast loop: a fifth of the examples, and no test that starts processes to see how they get on (tests/integration).
check: setup
	$(BIN)/ruff format --check src tests bench notebooks reference deploy
	$(BIN)/ruff check src tests bench notebooks reference deploy
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile
	$(BIN)/zensical build --clean --strict
	$(PARALLEL) --hypothesis-profile quick -m "not slow and not browser and not servers" tests/unit

bench: setup
	$(BIN)/python -m bench

# The documentation as pages with a search, from this machine alone, until Ctrl-C.
docs: setup
	$(BIN)/zensical build --clean --strict
	@echo "The documentation is at http://127.0.0.1:8000"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory site 8000

# What follows from the code in docs/: commands, settings, metrics, schemas, APIs.
reference: setup
	$(BIN)/python -m reference

lock: setup
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv site .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
