# Everything that is done with this code. "run" and "test" need Go alone.
DATA   ?= ./almanac-data
LISTEN ?= 127.0.0.1:8008
FUZZ   ?= 10s
DEDUPE ?= ../shared/dedupe

.PHONY: run build test race fuzz interop bench dedupe-score check

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

# How well duplicates are found, and what merging them loses, on labelled address
# books: $(DEDUPE) has score.py and a folder dev with one folder for each book.
dedupe-score: build
	@test -f "$(DEDUPE)/score.py" || { echo "There are no labelled address books in $(DEDUPE): name their folder with make dedupe-score DEDUPE=FOLDER" >&2; exit 1; }
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && for d in "$(DEDUPE)"/dev/*/; do \
		echo "== $$(basename "$$d")"; \
		./almanac dedupe find --from "$$d/cards.jsonl" --country CH -o "$$out/groups.json" && \
		python3 "$(DEDUPE)/score.py" groups "$$d" "$$out/groups.json" --curve && \
		python3 "$(DEDUPE)/score.py" requests "$$d" "$$out/requests.json" && \
		./almanac dedupe merge --from "$$d/cards.jsonl" --requests "$$out/requests.json" -o "$$out/merges.json" && \
		python3 "$(DEDUPE)/score.py" merges "$$d" "$$out/merges.json" || exit 1; \
	done

check:
	test -z "$$(gofmt -l .)"
	go vet ./...
