# Everything a newcomer or CI runs. Each target installs what it needs; what is downloaded or built once is kept in the
# user's cache directory.
SHELL := /bin/bash
.DEFAULT_GOAL := help
NODE := node_modules/.bin/node
CLUSTER := test/cluster/cluster
E2E_DIR := $(CURDIR)/.cluster/e2e

.PHONY: help demo test lint generate golden e2e chaos bench build clean setup

help: ## Show this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## From nothing to two Kea servers that serve real clients, in readable steps; leaves the cluster up
	@$(NODE) test/demo/main.ts

test: setup ## Lint, every tier of tests on the real things, helm lint; last line: N passed, N failed
	@$(NODE) test/run.ts

lint: setup ## Types, ESLint, prettier, shellcheck, generated files, chart
	@$(NODE) test/run.ts lint

generate: setup ## Make the CRDs, the reference pages and manifests/install.yaml from their sources
	@npm run -s generate && $(CLUSTER) deps helm && charts/render

golden: setup ## Write the expected results of the golden tests anew, for review by git diff
	@GOLDEN_UPDATE=1 npx --no-install vitest run --project golden

e2e: setup ## The end-to-end tier alone (KIND=1: on kind, where Docker is)
	@$(NODE) test/run.ts e2e

chaos: setup ## Faults on a real cluster while clients ask (8 minutes; ALL=1: all, 3 hours; CASE=NAME; LIST=1)
	@$(NODE) test/chaos/main.ts

bench: setup ## Measure against the rivals and write docs/benchmarks.md (15 to 20 minutes; ONLY=identifiers: one part)
	@$(NODE) test/bench/main.ts

build: setup ## Bundle the operator into dist/
	@npm run -s build

clean: ## Take down every cluster of this checkout and remove what was built in it; the cache stays
	@for d in $(CURDIR)/.cluster $(CURDIR)/.cluster/*/; do \
	  if [ -d "$$d" ]; then KEA_CLUSTER_DIR="$${d%/}" $(CLUSTER) down || exit 1; fi; done
	rm -rf .cluster dist coverage node_modules

setup: node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or later (Debian: apt-get install nodejs npm)' >&2; exit 1; }
	@echo 'Installing npm packages (Node 24 among them) …'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
