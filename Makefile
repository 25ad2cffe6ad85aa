# patchstream: `make demo` shows it working, `make test prove` proves it. Needs Go and, for some tests, apt.

GO        ?= go
FUZZTIME  ?= 10m
CHAOS     ?= 3m
SEED      ?= 0
BACKLOG   ?= 100000
ADVERSARY ?= 30s
BENCH     ?=

.DEFAULT_GOAL := help
.PHONY: help demo build test lint cross bench benchdocs prove chaos cluster backlog power adversary due e2e aptmatrix rpm api aws console fuzz

# The proofs on real processes. A word in a test's name makes it part of the target of that name; `make chaos` runs the others.
PROOF := $(GO) test -race -shuffle=on -count=1 -v -timeout 4h ./cmd/patchstream/chaos

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Show the main job on recorded real hosts, with an embedded server
	./patchstream demo

build: ## Build the binary ./patchstream
	CGO_ENABLED=0 $(GO) build -trimpath -o patchstream ./cmd/patchstream

test: ## Run the tests, with the race detector
	$(GO) test -race -shuffle=on -parallel 4 $$($(GO) list ./... | grep -v -e /chaos$$ -e /rpmproof$$ -e /apiproof$$ -e /awsproof$$ -e /consoleproof$$) # most tests wait for a server more than they compute

lint: ## Check format, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify

# Five rooms hold proofs only, on processes and packages of Linux.
cross: ## Build and vet for Windows, macOS and Linux on ARM
	@for system in windows/amd64 darwin/arm64 linux/arm64; do \
		echo "building and vetting for $$system"; \
		export GOOS=$${system%/*} GOARCH=$${system#*/} CGO_ENABLED=0; \
		$(GO) build -o /dev/null ./... && \
		$(GO) vet $$($(GO) list ./... | grep -v -e /chaos$$ -e /rpmproof$$ -e /apiproof$$ -e /awsproof$$ -e /consoleproof$$) || exit 1; \
	done

bench: build ## Measure this machine beside JetStream alone (BENCH=--quick: a minute), then each part by itself
	./patchstream bench $(BENCH)
	$(GO) test -run '^$$' -bench . -benchmem ./...

benchdocs: build ## Measure, and write the tables of docs/benchmarks.md anew
	./patchstream bench $(BENCH) -o json > bench.json
	./patchstream bench --from bench.json -o markdown > bench.md
	awk 'FNR == NR { tables = tables $$0 "\n"; next } /^<!-- end of bench -->/ { kept = 0 } !kept { print } /^<!-- bench -->/ { printf "\n%s\n", tables; kept = 1 }' bench.md docs/benchmarks.md > benchmarks.md
	mv benchmarks.md docs/benchmarks.md

prove: chaos cluster backlog power adversary due fuzz e2e aptmatrix rpm api aws console ## Run every long proof below (hours; see .ci/run for a short form)

chaos: ## Kill, pause and cut real processes under load for CHAOS (3m); check every promise from outside
	$(PROOF) -skip 'Cluster|Backlog|Power|Adversary' -chaos.for=$(CHAOS) -chaos.seed=$(SEED)

cluster: ## Kill the leaders of a real cluster for CHAOS (3m), and restart each server
	$(PROOF) -run 'Cluster' -chaos.for=$(CHAOS) -chaos.seed=$(SEED)

backlog: ## Hold four workers to their memory bound on BACKLOG (100000) events
	$(PROOF) -run 'Backlog' -chaos.backlog=$(BACKLOG)

power: ## Cut the power at each acknowledgement; look for what was acknowledged on what was synced
	$(PROOF) -run 'Power'

adversary: ## Let one host misbehave in each of its ways, for ADVERSARY each (30s); watch the others
	$(PROOF) -run 'Adversary' -chaos.adversary=$(ADVERSARY)

due: ## Let 10,000 hosts fall due in one second
	$(GO) test -count=1 ./worker -run 'FallDueInOneSecond' -worker.due=10000

fuzz: ## Run every fuzz target for FUZZTIME each (10m)
	@GO=$(GO) .ci/fuzz $(FUZZTIME)

e2e: ## Patch a real minimal Debian, with failures and the repair (as root)
	testdata/e2e/run.sh

aptmatrix: ## Compare scans and runs with what apt and dpkg of Debian 11, 13 and sid say (as root)
	GO=$(GO) testdata/aptmatrix/run.sh

rpm: ## Compare scans with what real rpm and dnf say, on hosts made for it (as root)
	$(GO) test -count=1 -timeout 30m ./cmd/patchstream/rpmproof

api: ## Hold the OpenAPI document to others' tools, and ask by a client that is made of it
	$(GO) test -count=1 -timeout 30m ./cmd/patchstream/apiproof

aws: ## Ask AWS's own API by Debian's aws command and boto3, and hold every answer to their model
	$(GO) test -count=1 -timeout 30m ./cmd/patchstream/awsproof

console: ## Look at the console in Chromium: every view, light and dark, by mouse and by keyboard
	$(GO) test -count=1 -timeout 30m ./cmd/patchstream/consoleproof
