# Everything that is done with this code. "run" and "test" need Go alone.
DATA   ?= ./almanac-data
LISTEN ?= 127.0.0.1:8008
FUZZ   ?= 10s

.PHONY: run build test race fuzz interop bench check

run: build ## make a first account, say what to type into clients, and serve
	./almanac setup --data "$(DATA)" --listen "$(LISTEN)"
	./almanac serve --data "$(DATA)" --listen "$(LISTEN)"

build:
	go build -o almanac ./cmd/almanac

test:
	go test ./...

race:
	go test -race ./...

# Each fuzz target for a short while.
fuzz:
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZ) $$p || exit 1; \
		done; done

interop:
	interop/run

bench:
	go run ./bench

check:
	test -z "$$(gofmt -l .)"
	go vet ./...
