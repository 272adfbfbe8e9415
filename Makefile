# Short names for the checks of .ci/run, which has each command in one place and runs
# without make, and for what a developer does besides. `make` lists them.

.DEFAULT_GOAL := help
.PHONY: help venv run test full race lint fuzz bench rivals examples cross cover ci clean

export FUZZTIME

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## a Python with numpy in .venv, for the tests that open our files with it
	@bash .ci/run venv

run: ## the quickstart; run it twice
	go run ./examples/quickstart

test: ## each test with a part of its faults and damages: a minute or two
	go test ./...

full: ## each test with all of them: about ten minutes
	@bash .ci/run full

race: ## all tests under the race detector
	@bash .ci/run race

lint: ## formatting, go vet and linters at pinned versions
	@bash .ci/run format vet lint vuln

fuzz: ## every fuzz target for a short while (FUZZTIME=4s)
	@bash .ci/run fuzz

bench: ## measure (BENCH=regexp, COUNT=1)
	go test -run '^$$' -bench '$(or $(BENCH),.)' -count $(or $(COUNT),1) ./...

rivals: ## measure beside numpy, pyarrow, pandas and caches for Python, as ratios of medians
	@bash .ci/run venv rivals
	go -C bench run .

examples: ## all Example functions, and the quickstart in a folder of its own
	go test -run '^Example' ./...
	@bash .ci/run quickstart

cross: ## compile and vet for Windows, macOS, 32-bit and big-endian machines
	@bash .ci/run cross

cover: ## which lines the tests reach: .build/cover.html
	@mkdir -p .build
	go test -coverpkg=./... -coverprofile=.build/cover.out ./...
	go tool cover -html=.build/cover.out -o .build/cover.html
	go tool cover -func=.build/cover.out | tail -n 1

ci: ## everything that the build server checks
	bash .ci/run

clean: ## remove what these targets made: .build and .venv
	rm -rf .build .venv
