# patchstream: `make demo` shows it working, `make test` proves it. Needs Go and, for some tests, apt.

GO       ?= go
FUZZTIME ?= 10m
CHAOS    ?= 3m
SEED     ?= 0
BACKLOG  ?= 100000

.DEFAULT_GOAL := help
.PHONY: help demo build test lint fuzz bench e2e chaos backlog

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Show the main job on recorded real hosts, with an embedded server
	./patchstream demo

build: ## Build the binary ./patchstream
	CGO_ENABLED=0 $(GO) build -trimpath -o patchstream ./cmd/patchstream

test: ## Run all tests, with the race detector
	$(GO) test -race -shuffle=on $$($(GO) list ./... | grep -v /chaos$$)
	$(GO) test -race -shuffle=on -timeout=20m ./cmd/patchstream/chaos # many processes: they have the machine to themselves

lint: ## Check format, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify

fuzz: ## Run every fuzz target for FUZZTIME each (10m)
	@GO=$(GO) .ci/fuzz $(FUZZTIME)

bench: ## Run the benchmarks, the ratios in one run each
	$(GO) test -run '^$$' -bench . -benchmem ./...

e2e: ## Patch a real minimal Debian, with failures and the repair (as root)
	testdata/e2e/run.sh

chaos: ## Kill, pause and cut real processes under load for CHAOS (3m), then a cluster's leaders; check every promise from outside
	$(GO) test ./cmd/patchstream/chaos -run '^TestChaos$$' -count=1 -v -timeout 2h -chaos.for=$(CHAOS) -chaos.seed=$(SEED)
	$(GO) test ./cmd/patchstream/chaos -run '^TestChaosOnACluster$$' -count=1 -v -timeout 2h -chaos.for=$(CHAOS) -chaos.seed=$(SEED)

backlog: ## Hold four workers to their memory bound on BACKLOG (100000) events
	$(GO) test ./cmd/patchstream/chaos -run '^TestABacklog' -count=1 -v -timeout 4h -chaos.backlog=$(BACKLOG)
