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

# How long `make fuzz` runs each target, and the toolchain that it needs (`rustup toolchain install nightly`).
FUZZ_SECONDS ?= 60
NIGHTLY ?= nightly

# Where `make install` puts things. systemd looks for units under /usr and /usr/local only: with another PREFIX, set
# UNITDIR=/etc/systemd/system. The configuration is always /etc/dime/dime.toml.
PREFIX  ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
UNITS   := dime.service dime-digest.service dime-digest.timer
SHARE   := target/share
PAPERS  := $(SHARE)/dime.1 $(SHARE)/dime.bash $(SHARE)/dime.zsh $(SHARE)/dime.fish

.DEFAULT_GOAL := help
.PHONY: help build model demo test chaos fuzz lint bench train pictures install uninstall deb package-test mail-test clean

help:            ## What can be made
	@sed -n 's/^\([a-z-]*\): .*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 21

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

chaos: $(CMAKE_READY) ## Telephone systems at full speed while dime is killed 200 times (DIME_CHAOS_SEED, DIME_CHAOS_KILLS)
	@$(PYTHON) models/fetch.py tiny.en
	$(CARGO) test --release --test it chaos_of_everything -- --ignored --nocapture

fuzz: $(TOOLS)/bin/cargo-fuzz ## Every fuzz target for FUZZ_SECONDS (60); needs a nightly Rust
	@PATH=$(abspath $(TOOLS)/bin):$$PATH RUSTUP_TOOLCHAIN=$(NIGHTLY) fuzz/run.sh $(FUZZ_SECONDS)

lint: $(CMAKE_READY) ## Formatting, clippy and docs, warnings as errors
	$(CARGO) fmt --check
	$(CARGO) clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --release --no-deps

bench: build model ## Judge and store (criterion), the sample voicemails as a whole process, scans of old messages
	$(CARGO) bench --bench judge --bench store
	@$(PYTHON) tests/bench/voicemails.py $(abspath $(PROGRAM)) $(abspath $(MODEL))
	@$(PYTHON) tests/bench/scan.py $(abspath $(PROGRAM)) $(abspath $(MODEL))

train: build ## Train the learned part of the judge anew, and measure it (some 4 minutes; fetches PyTorch, once)
	@test -x $(LEARN)/bin/python || $(PYTHON) -m venv $(LEARN)
	$(LEARN)/bin/pip install --quiet -r models/judge/requirements.txt
	$(LEARN)/bin/python models/judge/train.py

pictures: build model ## Draw the letter for the README (needs Chromium)
	@tests/pictures.sh $(abspath $(PROGRAM)) $(abspath $(MODEL))

install: $(PROGRAM) $(MODEL) $(PAPERS) ## Put what is built under PREFIX (/usr/local), below DESTDIR
	install -D -s -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/dime
	install -D -m 644 $(MODEL) $(DESTDIR)$(PREFIX)/share/dime/$(MODEL)
	for unit in $(UNITS); do \
	    install -D -m 644 systemd/$$unit $(DESTDIR)$(UNITDIR)/$$unit && \
	    sed -i 's|/usr/bin/dime|$(PREFIX)/bin/dime|' $(DESTDIR)$(UNITDIR)/$$unit || exit; done
	install -D -m 644 systemd/dime.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/dime.conf
	install -D -m 644 $(SHARE)/dime.1 $(DESTDIR)$(PREFIX)/share/man/man1/dime.1
	install -D -m 644 $(SHARE)/dime.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dime
	install -D -m 644 $(SHARE)/dime.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dime
	install -D -m 644 $(SHARE)/dime.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dime.fish
	test -e $(DESTDIR)/etc/dime/dime.toml || install -D -m 644 config/dime.toml $(DESTDIR)/etc/dime/dime.toml

uninstall: ## Remove what install put there, but for configuration and state
	rm -f $(DESTDIR)$(PREFIX)/share/dime/$(MODEL)
	-rmdir $(DESTDIR)$(PREFIX)/share/dime/models $(DESTDIR)$(PREFIX)/share/dime
	cd $(DESTDIR)$(PREFIX) && rm -f bin/dime lib/sysusers.d/dime.conf share/man/man1/dime.1 \
	    share/bash-completion/completions/dime share/zsh/site-functions/_dime share/fish/vendor_completions.d/dime.fish
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(UNITS))

deb: $(PROGRAM) $(MODEL) $(PAPERS) $(TOOLS)/bin/cargo-deb ## The Debian package of what is built, in target/debian
	$(TOOLS)/bin/cargo-deb --no-build --strip $(DEBFLAGS)

package-test: $(PROGRAM) $(MODEL) $(TOOLS)/bin/cargo-deb ## Units and package in a scratch Debian (needs root)
	@tests/package.sh

mail-test: $(PROGRAM) $(MODEL) $(SMTP)/ready ## Send through Postfix in a scratch Debian (needs root)
	@tests/postfix.sh

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

$(TOOLS)/bin/cargo-deb:
	$(CARGO) install --quiet --locked --root $(TOOLS) --version 3.8.0 cargo-deb

$(TOOLS)/bin/cargo-fuzz:
	$(CARGO) install --quiet --locked --root $(TOOLS) --version 0.13.2 cargo-fuzz

# Building is left to `make build model`: who installs may be root, and root need not have Rust.
$(PROGRAM) $(MODEL):
	@printf 'error: %s is not there\nhelp: run `make build model` first\n' $@ >&2; exit 1

$(SHARE)/dime.1: $(PROGRAM)
	@mkdir -p $(@D)
	$(PROGRAM) man >$@

$(SHARE)/dime.%: $(PROGRAM)
	@mkdir -p $(@D)
	$(PROGRAM) completions $* >$@
