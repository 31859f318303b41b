# Sallyport: ssh to a server whose ssh port nobody can see. `make help` lists what there is.

PREFIX  ?= /usr/local
DESTDIR ?=
SWIFT   ?= swift

BUILD      = .build/release
BUILDFLAGS = -c release --static-swift-stdlib --disable-local-rpath
BINARIES   = spad spad-worker spad-helper spad-filter spa-proxy spa-knock
SBINDIR    = $(DESTDIR)$(PREFIX)/sbin
BINDIR     = $(DESTDIR)$(PREFIX)/bin
LIBEXECDIR = $(DESTDIR)$(PREFIX)/libexec/sallyport
MANDIR     = $(DESTDIR)$(PREFIX)/share/man
EXAMPLEDIR = $(DESTDIR)$(PREFIX)/share/doc/sallyport/examples
SYSUSERS   = $(DESTDIR)$(PREFIX)/lib/sysusers.d
TMPFILES   = $(DESTDIR)$(PREFIX)/lib/tmpfiles.d
UNITS      = $(DESTDIR)$(PREFIX)/lib/systemd/system
PROFILES   = $(DESTDIR)/etc/apparmor.d
# What a file of contrib says about /usr/local holds for PREFIX.
MOVED      = sed 's,/usr/local/,$(PREFIX)/,g'
# 1 where systemd knows a growing pause between two starts.
HAS_STEPS  = $(shell systemctl --version 2>/dev/null | awk 'NR == 1 { print ($$2 + 0 >= 254) }')
MANPAGES   = $(wildcard docs/man/*.[1-8])
PYTHON     = .ci/summary Tests/Fuzz/run Tests/System/run contrib/demo/run Tests/Bench/run $(wildcard Tests/System/*.py Tests/System/harness/*.py \
             Tests/Bench/*.py contrib/demo/*.py)
# The rim: only these modules hold pointers and call C. All others are plain values in, values out.
RIM        = SPASecret SPASystem SPACrypto SPATLS SPACapture SPACaptureFilter SPAPrivilege
INSIDE     = $(filter-out $(RIM:%=Sources/%),$(wildcard Sources/SPA* Sources/spa*))
export SWIFT

.DEFAULT_GOAL = help
.PHONY: help setup swift-there build demo test unit-test system-test fuzz sanitize bench lint format install \
        install-apparmor uninstall clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r t d; do \
	    printf '%-23s %s\n' "$$t" "$$d"; done

setup: ## install the Debian packages that building, demo and tests need
	@contrib/setup/apt-packages

swift-there:
	@contrib/setup/need-swift

build: swift-there ## the programs, into .build/release
	@$(SWIFT) build $(BUILDFLAGS)

demo: setup build ## a hidden sshd on this machine, opened and closed before your eyes
	@contrib/demo/run

unit-test: setup swift-there ## the tests of the modules
	@$(SWIFT) test

system-test: setup build ## the tests on the running system, in network namespaces
	@Tests/System/run

test: setup build ## unit tests, system tests, and a short run of the fuzzers
	@.ci/summary "$(SWIFT) test" Tests/System/run "Tests/Fuzz/run 20"

# Swift knows no sanitizer for undefined behaviour, C does: there it ends the tests at once.
# The program that would show where hangs now and then, and with it what waits for its output.
UBSAN   = -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined
sanitize: setup swift-there ## the unit tests under the sanitizers: addresses, leaks, threads, and C's undefined behaviour
	@SWIFT_BACKTRACE=enable=no LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Sanitizers/no-leaks.txt .ci/summary \
	    "$(SWIFT) test --sanitize=address --scratch-path .build-asan $(UBSAN)" \
	    "$(SWIFT) test --sanitize=thread --scratch-path .build-tsan $(UBSAN)"

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

install: ## programs, man pages, examples and the systemd unit, below PREFIX (and DESTDIR)
	@for each in $(BINARIES); do test -x $(BUILD)/$$each || { echo 'run make build first' >&2; exit 1; }; done
	install -d $(SBINDIR) $(BINDIR) $(LIBEXECDIR) $(EXAMPLEDIR) $(SYSUSERS) $(TMPFILES) $(UNITS)
	install -s -m 755 $(BUILD)/spad $(SBINDIR)
	install -s -m 755 $(BUILD)/spad-worker $(BUILD)/spad-helper $(BUILD)/spad-filter $(LIBEXECDIR)
	install -s -m 755 $(BUILD)/spa-proxy $(BUILD)/spa-knock $(BINDIR)
	install -m 644 contrib/examples/* $(EXAMPLEDIR)
	install -m 644 contrib/systemd/spa-proxy* $(EXAMPLEDIR)
	install -m 644 contrib/sysusers.d/sallyport.conf $(SYSUSERS)
	install -m 644 contrib/tmpfiles.d/sallyport.conf $(TMPFILES)
	$(MOVED) contrib/systemd/spad.service > $(UNITS)/spad.service
	chmod 644 $(UNITS)/spad.service
ifeq ($(HAS_STEPS),1)
	install -d $(UNITS)/spad.service.d
	install -m 644 contrib/systemd/growing-pause.conf $(UNITS)/spad.service.d
endif
	@set -e; for page in $(MANPAGES); do \
	    install -d $(MANDIR)/man$${page##*.}; install -m 644 $$page $(MANDIR)/man$${page##*.}; done
	@if [ -z '$(DESTDIR)' ] && command -v systemd-sysusers >/dev/null; then \
	    systemd-sysusers $(CURDIR)/contrib/sysusers.d/sallyport.conf; fi
	@if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

uninstall: ## take away what install brought; configuration, state and accounts stay
	rm -f $(SBINDIR)/spad $(LIBEXECDIR)/spad-worker $(LIBEXECDIR)/spad-helper $(LIBEXECDIR)/spad-filter $(BINDIR)/spa-proxy \
	    $(BINDIR)/spa-knock
	rm -f $(SYSUSERS)/sallyport.conf $(TMPFILES)/sallyport.conf $(UNITS)/spad.service
	rm -f $(UNITS)/spad.service.d/growing-pause.conf $(BINARIES:%=$(PROFILES)/%)
	rm -rf $(PROFILES)/sallyport
	@for page in $(MANPAGES); do rm -f $(MANDIR)/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/sallyport
	@rmdir $(LIBEXECDIR) $(UNITS)/spad.service.d 2>/dev/null || true

install-apparmor: ## the AppArmor profiles, below DESTDIR/etc/apparmor.d; nothing is put in force
	install -d $(PROFILES)/sallyport
	install -m 644 contrib/apparmor/sallyport/* $(PROFILES)/sallyport
	@set -e; for each in $(BINARIES); do \
	    $(MOVED) contrib/apparmor/$$each > $(PROFILES)/$$each; chmod 644 $(PROFILES)/$$each; done

clean: ## take away what was built
	rm -rf .build .build-fuzz .build-asan .build-tsan
	find Tests contrib -name __pycache__ -type d -exec rm -rf {} +
