# Everything a newcomer or CI runs. Each target installs what it needs; what is downloaded or built once is kept in the
# user's cache directory.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# npm's, or the machine's where npm has none (macOS). Asked when it is used: setup installs it.
NODE = $(shell [ -x node_modules/.bin/node ] && echo node_modules/.bin/node || echo node)
CLUSTER := test/cluster/cluster
E2E_DIR := $(CURDIR)/.cluster/e2e

.PHONY: help demo test unit watch lint generate golden e2e ipv6 chaos bench build hooks clean setup

help: ## Show this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## From nothing to two Kea servers that serve real clients, in readable steps; leaves the cluster up
	@$(NODE) test/demo/main.ts

test: setup ## Lint, every tier of tests on the real things, helm lint; last line: N passed, N failed
	@$(NODE) test/run.ts

unit: setup ## The tiers unit and golden alone: no root, about a minute (npm test)
	@npm test -s

watch: setup ## The same, again at each change of a file
	@npm run -s test:watch

lint: setup ## Types, ESLint, prettier, shellcheck, generated files, chart
	@$(NODE) test/run.ts lint

generate: setup ## Make the CRDs, the reference pages and manifests/install.yaml from their sources
	@npm run -s generate && $(CLUSTER) deps helm && charts/render

golden: setup ## Write the expected results of the golden tests anew, for review by git diff
	@GOLDEN_UPDATE=1 npx --no-install vitest run --project golden

e2e: setup ## The end-to-end tier alone (KIND=1: on kind, where Docker is; KEEP=1 leaves the clusters up, CHAOS=0 leaves the faults out)
	@$(NODE) test/run.ts e2e

ipv6: setup ## End-to-end tests on a cluster of IPv6 alone (2 minutes; KEEP=1 leaves it up)
	@$(NODE) test/run.ts ipv6

chaos: setup ## Faults on a real cluster while clients ask (8 minutes; ALL=1: all, 3 hours; CASE=NAME; LIST=1; KEEP=1)
	@$(NODE) test/chaos/main.ts

bench: setup ## Measure against the rivals and write docs/benchmarks.md (40 to 45 minutes; ONLY=identifiers: one part)
	@$(NODE) test/bench/main.ts

build: setup ## Bundle the operator into dist/, and on Linux make dist/kubectl-kea of it: one file, without Node.js beside it
	@npm run -s build$$([ "$$(uname)" = Linux ] && echo :executable)

hooks: setup ## Have git try what is fast before each commit (.githooks)
	@git config core.hooksPath .githooks

clean: ## Take down every cluster of this checkout and remove what was built in it; the cache stays
	@for d in $(CURDIR)/.cluster $(CURDIR)/.cluster/*/; do \
	  if [ -d "$$d" ]; then KEA_CLUSTER_DIR="$${d%/}" $(CLUSTER) down || exit 1; fi; done
	rm -rf .cluster dist coverage node_modules

setup: node_modules/.package-lock.json
	@[ "$$($(NODE) -p 'parseInt(process.versions.node)')" -ge "$$(cat .nvmrc)" ] || \
	  { echo "npm has no Node.js for this machine, which has $$(node --version): install Node.js $$(cat .nvmrc) or later" >&2; exit 1; }

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js with npm, on Linux 20 or later (Debian: apt-get install nodejs npm), elsewhere $(shell cat .nvmrc) or later' >&2; exit 1; }
	@echo 'Installing npm packages (on Linux Node.js among them) …'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
