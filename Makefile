# `make demo` and `make test` need Rust, a C++ compiler, make and Python 3 with venv; the rest is fetched.

CARGO  ?= cargo
PYTHON ?= python3
MODEL  := models/ggml-base-q8_0.bin
SMALL  := models/ggml-tiny.en-q8_0.bin
PROGRAM := target/release/dime

# whisper.cpp is built with cmake: the system's, else one from PyPI in a local virtual environment.
TOOLS := target/tools
LEARN := target/learn
SMTP  := target/smtp
ifeq ($(shell command -v cmake 2>/dev/null),)
CMAKE_READY := $(TOOLS)/bin/cmake
export CMAKE := $(abspath $(CMAKE_READY))
endif

.DEFAULT_GOAL := help
.PHONY: help build model demo test lint bench train clean

help:            ## What can be made
	@sed -n 's/^\([a-z]*\): .*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

build: $(CMAKE_READY) ## The release binary, target/release/dime
	$(CARGO) build --release

model: ## The default speech model
	@$(PYTHON) models/fetch.py base

demo: build model ## File the sample voicemails and show the answers
	@tests/demo.sh $(abspath $(PROGRAM)) $(abspath $(MODEL))

test: $(CMAKE_READY) $(SMTP)/ready model ## The whole suite
	@$(PYTHON) models/fetch.py tiny.en
	$(PYTHON) -m unittest discover -s models -p 'test_*.py'
	$(CARGO) test --release

lint: $(CMAKE_READY) ## Formatting, clippy and docs, warnings as errors
	$(CARGO) fmt --check
	$(CARGO) clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --release --no-deps

bench: build model ## Judge and store (criterion), then the sample voicemails as a whole process
	$(CARGO) bench --bench judge --bench store
	@$(PYTHON) tests/bench/voicemails.py $(abspath $(PROGRAM)) $(abspath $(MODEL))

train: build ## Train the learned part of the judge anew, and measure it (some 4 minutes; fetches PyTorch, once)
	@test -x $(LEARN)/bin/python || $(PYTHON) -m venv $(LEARN)
	$(LEARN)/bin/pip install --quiet -r models/judge/requirements.txt
	$(LEARN)/bin/python models/judge/train.py

clean: ## Remove what was built and fetched
	$(CARGO) clean
	rm -rf models/*.bin models/downloads

$(TOOLS)/bin/cmake:
	@mkdir -p target
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet cmake==4.4.4

# The mail server of the tests.
$(SMTP)/ready: tests/mail/requirements.txt
	$(PYTHON) -m venv $(SMTP)
	$(SMTP)/bin/pip install --quiet -r $<
	@touch $@
