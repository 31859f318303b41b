# Sallyport: ssh to a server whose ssh port nobody can see. `make help` lists what there is.

PREFIX  ?= /usr/local
DESTDIR ?=
SWIFT   ?= swift

BUILD      = .build/release
BUILDFLAGS = -c release --static-swift-stdlib --disable-local-rpath
BINARIES   = spad spad-worker spad-helper spa-proxy spa-knock
SBINDIR    = $(DESTDIR)$(PREFIX)/sbin
BINDIR     = $(DESTDIR)$(PREFIX)/bin
LIBEXECDIR = $(DESTDIR)$(PREFIX)/libexec/sallyport
MANDIR     = $(DESTDIR)$(PREFIX)/share/man
EXAMPLEDIR = $(DESTDIR)$(PREFIX)/share/doc/sallyport/examples
SYSUSERS   = $(DESTDIR)$(PREFIX)/lib/sysusers.d
MANPAGES   = $(wildcard docs/man/*.[1-8])
PYTHON     = .ci/summary Tests/Fuzz/run Tests/System/run contrib/demo/run Tests/Bench/run $(wildcard Tests/System/*.py Tests/System/harness/*.py \
             Tests/Bench/*.py contrib/demo/*.py)
# The rim: only these modules hold pointers and call C. All others are plain values in, values out.
RIM        = SPASecret SPASystem SPACrypto SPATLS SPACapture SPAPrivilege
INSIDE     = $(filter-out $(RIM:%=Sources/%),$(wildcard Sources/SPA* Sources/spa*))
export SWIFT

.DEFAULT_GOAL = help
.PHONY: help setup swift-there build demo test unit-test system-test fuzz bench lint format install uninstall clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r t d; do \
	    printf '%-18s %s\n' "$$t" "$$d"; done

setup: ## install the Debian packages that building, demo and tests need
	@contrib/setup/apt-packages

swift-there:
	@contrib/setup/need-swift

build: swift-there ## the five programs, into .build/release
	@$(SWIFT) build $(BUILDFLAGS)

demo: setup build ## a hidden sshd on this machine, opened and closed before your eyes
	@contrib/demo/run

unit-test: setup swift-there ## the tests of the modules
	@$(SWIFT) test

system-test: setup build ## the tests on the running system, in network namespaces
	@Tests/System/run

test: setup build ## unit tests, system tests, and a short run of the fuzzers
	@.ci/summary "$(SWIFT) test" Tests/System/run "Tests/Fuzz/run 20"

# For each target; an hour in all by default.
SECONDS ?= 450
fuzz: setup swift-there ## libFuzzer at every decoder of foreign bytes (SECONDS= for each)
	@Tests/Fuzz/run $(SECONDS)

bench: setup build ## our login and our server beside the stock ones, measured in one run
	@Tests/Bench/run

lint: swift-there ## style, module boundaries, man pages, Python
	@$(SWIFT) format lint --strict -r Sources Tests Package.swift
	@! grep -rnwE --include='*.swift' '^[^/]*unsafe|import (Glibc|CSallyportShims|CLib[a-z]+)' $(INSIDE) || \
	    { echo 'pointers and C belong into the modules of the rim' >&2; false; }
	@! grep -rnE --include='*.swift' 'import Foundation' Sources || { echo 'no Foundation here' >&2; false; }
	@$(if $(MANPAGES),mandoc -Tlint -W warning $(MANPAGES))
	@for file in $(PYTHON); do python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' $$file || exit 1; done
	@sh -n contrib/setup/apt-packages && sh -n contrib/setup/need-swift && sh -n .ci/run
	@echo 'lint: clean'

format: swift-there ## rewrite the Swift sources in the house style
	@$(SWIFT) format -i -r Sources Tests Package.swift

install: ## the programs, man pages and examples, below PREFIX (and DESTDIR)
	@for each in $(BINARIES); do test -x $(BUILD)/$$each || { echo 'run make build first' >&2; exit 1; }; done
	install -d $(SBINDIR) $(BINDIR) $(LIBEXECDIR) $(EXAMPLEDIR) $(SYSUSERS)
	install -s -m 755 $(BUILD)/spad $(SBINDIR)
	install -s -m 755 $(BUILD)/spad-worker $(BUILD)/spad-helper $(LIBEXECDIR)
	install -s -m 755 $(BUILD)/spa-proxy $(BUILD)/spa-knock $(BINDIR)
	install -m 644 contrib/examples/* $(EXAMPLEDIR)
	install -m 644 contrib/sysusers.d/sallyport.conf $(SYSUSERS)
	@set -e; for page in $(MANPAGES); do \
	    install -d $(MANDIR)/man$${page##*.}; install -m 644 $$page $(MANDIR)/man$${page##*.}; done
	@if [ -z '$(DESTDIR)' ] && command -v systemd-sysusers >/dev/null; then \
	    systemd-sysusers $(CURDIR)/contrib/sysusers.d/sallyport.conf; fi

uninstall: ## take away what install brought; configuration, state and accounts stay
	rm -f $(SBINDIR)/spad $(LIBEXECDIR)/spad-worker $(LIBEXECDIR)/spad-helper $(BINDIR)/spa-proxy $(BINDIR)/spa-knock
	rm -f $(SYSUSERS)/sallyport.conf
	@for page in $(MANPAGES); do rm -f $(MANDIR)/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/sallyport
	-@rmdir $(LIBEXECDIR) 2>/dev/null

clean: ## take away what was built
	rm -rf .build .build-fuzz
	find Tests contrib -name __pycache__ -type d -exec rm -rf {} +
