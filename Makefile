# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make demo   the health gate against the simulator (ORG=<id>: against the real API)
# make check  the fast loop while you edit
# make test   everything, as CI runs it
# make nox    the sessions of noxfile.py: style, documentation, licences, ansible-lint, Galaxy's importer
# make lint | types | unit | integration | sanity | importer | rulebook   a part of it
# make cores  the integration tests and sanity on every other ansible-core (CORE=: on that one alone)
# make peers  the same questions to the official SDK and to cisco.meraki, in an environment of their own (500 MB)
# make faults what they and this collection do with each fault: writes docs/faults.md
# make docs   the documentation as a site, in .cache/site/html: without warnings, every link followed
# make load   10,000 organizations from one task while one request in 50 is faulty (ORGS=, RATE=): minutes
# make bench  how long a play takes, with this collection and with its peers: writes docs/speed.md (RUNS=): minutes
# make changelog   the fragments become the release that galaxy.yml names: writes CHANGELOG.md
# make release   the tarball of a committed release in dist/, after the tests passed on that very file
# make publish   that tarball to Galaxy, with the token in ANSIBLE_GALAXY_SERVER_GALAXY_TOKEN
# make format | build | lock | matrix | clean
#
# PYTHON=python3.12 chooses the Python of a new .venv; PYTEST_ADDOPTS reaches pytest.

PYTHON ?= python3
COLLECTION := .collections/ansible_collections/apihealth/meraki
READY := .venv/.synced $(COLLECTION)
STAGES := check test nox lint types unit integration sanity importer rulebook cores peers docs

# Everything that tools write stays in this checkout.
export XDG_CACHE_HOME := $(CURDIR)/.cache
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv

.PHONY: $(STAGES) demo faults load bench format build changelog release publish lock matrix clean env
.DEFAULT_GOAL := check

$(STAGES): $(READY)
	@.venv/bin/python -m tools.stages $@

demo: $(READY)
	@SCENARIO='$(SCENARIO)' ORG='$(ORG)' .venv/bin/python tools/demo.py

env: $(READY)

.venv/.synced: requirements-dev.txt tools/env.py
	@$(PYTHON) tools/env.py .venv requirements-dev.txt

# The layout that Ansible's tools look for, without a second copy.
$(COLLECTION):
	@mkdir -p $(@D) && ln -s ../../.. $@

format: $(READY)
	@.venv/bin/ruff check --fix-only . && .venv/bin/ruff format .

faults: peers
	@.cores/peers/bin/python -m tests.faults > .cache/faults.md && mv .cache/faults.md docs/faults.md

load: $(READY)
	@.venv/bin/python -m tests.benchmark.load $(if $(ORGS),--organizations $(ORGS)) $(if $(RATE),--rate $(RATE))

bench: $(READY)
	@.venv/bin/python -m tests.benchmark.speed $(if $(RUNS),--runs $(RUNS))

build: $(READY)
	@.venv/bin/python -m tools.stages build

# It asks ansible-doc what is new.
changelog: $(READY)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/antsibull-changelog release

release: $(READY)
	@.venv/bin/python -m tools.release

# Its token is the environment's, not a word of a command that others may list.
publish: export ANSIBLE_GALAXY_SERVER_LIST := galaxy
publish: export ANSIBLE_GALAXY_SERVER_GALAXY_URL := https://galaxy.ansible.com/
publish: $(READY)
	@.venv/bin/ansible-galaxy collection publish dist/*.tar.gz

# The cores for a job of GitHub, which has no need of .venv.
matrix:
	@$(PYTHON) -m tools.cores matrix

# Names and hashes only: no address of an index may get into a lock.
COMPILE = .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --upgrade
# A core's lock holds it and what it needs; what the tests need is in one lock for all of them.
lock: $(READY)
	$(COMPILE) --python-version 3.10 requirements-dev.in -o requirements-dev.txt
	$(COMPILE) --python-version 3.10 tests/requirements.in -o tests/requirements.txt
	set -e; cores="$$(.venv/bin/python -m tools.cores lock)"; \
	echo "$$cores" | while read -r core requirement python; do echo "$$requirement" | \
	    $(COMPILE) --python-version $$python -c tests/requirements.txt - -o tests/requirements-core-$$core.txt; done
	$(COMPILE) --python-version 3.13 container/requirements.in -o container/requirements.txt
	$(COMPILE) --python-version 3.12 tests/requirements-peers.in -o tests/requirements-peers.txt
	$(COMPILE) --python-version 3.11 --no-deps tests/requirements-awx.in -o tests/requirements-awx.txt
	$(COMPILE) --python-version 3.12 tests/requirements-rulebook.in -o tests/requirements-rulebook.txt
	$(COMPILE) --python-version 3.10 tests/requirements-importer.in -o tests/requirements-importer.txt

clean:
	rm -rf .ansible .cache .collections .cores .tree .venv dist
