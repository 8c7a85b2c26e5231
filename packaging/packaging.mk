# SPDX-License-Identifier: GPL-2.0-or-later
#
# Manual pages and completions, the places of installed files, and files for others under $(B)/release.

# Both take the options from the programs: when building for another architecture, from those for this one.
share  := $(O)/share
tables := $(O)/gen/help.tables
pages  := $(patsubst src/man/%.scd,$(share)/man/%,$(wildcard src/man/*.scd))
# Pages that show the one of load, or of guard
of_load  := $(addprefix $(O)/gen/,portwatch-unload.1 portwatch-status.1)
of_guard := $(addprefix $(O)/gen/,portwatch-unguard.1 portwatch-reserve.1)
aliases  := $(of_load) $(of_guard)
shells := $(share)/completion/portwatch.bash $(share)/completion/_portwatch $(share)/completion/portwatch.fish
native := $(if $(CROSS_COMPILE),$(B),$(O))

docs: $(pages) $(aliases) $(shells)		## build manual pages and completions
$(tables): packaging/help-tables.sh $(if $(CROSS_COMPILE),$(srcs),$(O)/portwatch $(addprefix $(O)/,$(companions))) | $(O)/.deps-docs
	$(if $(CROSS_COMPILE),$(call build,ARCH=$(HOST) CROSS_COMPILE= SYSROOT= STATIC= all))
	@mkdir -p $(@D) && packaging/help-tables.sh $(native)/portwatch >$@
$(share)/man/%: src/man/%.scd src/man/page.awk $(tables)
	$(call say,MAN,$@)
	$(Q)awk -f src/man/page.awk -v version=$(VERSION) $(tables) $< >$@.scd && \
		scdoc <$@.scd >$@ && rm $@.scd
$(of_load): shown := load
$(of_guard): shown := guard
$(aliases): packaging/packaging.mk
	@mkdir -p $(@D) && echo .so man1/portwatch-$(shown).1 >$@
$(share)/completion/portwatch.bash: shell := bash
$(share)/completion/_portwatch: shell := zsh
$(share)/completion/portwatch.fish: shell := fish
$(shells): $(tables) $(wildcard src/completion/*)
	$(call say,SHELL,$@)
	$(Q)awk -v tail=src/completion/tail.$(shell) -f src/completion/tables.awk \
		-f src/completion/$(shell).awk $(tables) >$@

# Each folder can be set by itself; DESTDIR stands before all.
MANDIR  ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR ?= $(PREFIX)/lib/systemd/system

# Files to install, as FILE:PLACE. A file that may be run here may be run there.
installed = $(O)/portwatch:$(BINDIR)/portwatch $(foreach c,$(companions),$(O)/$c:$(LIBEXECDIR)/$c) \
	packaging/setup-group.sh:$(LIBEXECDIR)/setup-group \
	$(foreach p,$(pages) $(aliases),$p:$(MANDIR)/man$(lastword $(subst ., ,$p))/$(notdir $p)) \
	$(share)/completion/portwatch.bash:$(BASHDIR)/portwatch $(share)/completion/_portwatch:$(ZSHDIR)/_portwatch \
	$(share)/completion/portwatch.fish:$(FISHDIR)/portwatch.fish \
	$(foreach u,$(wildcard packaging/systemd/*.service packaging/systemd/*.socket),$u:$(UNITDIR)/$(notdir $u))

install: all docs			## install under $(DESTDIR)$(PREFIX); GROUP=portwatch lets its members ask
	@set -e; for f in $(installed); do test -x "$${f%%:*}" && mode=755 || mode=644; \
		(set -x; install -D -m $$mode "$${f%%:*}" "$(DESTDIR)$${f#*:}"); done
	$(if $(GROUP),packaging/setup-group.sh $(GROUP) $(DESTDIR)$(BINDIR)/portwatch)
uninstall:				## remove what install put there
	rm -f $(foreach f,$(installed),'$(DESTDIR)$(lastword $(subst :, ,$f))')
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(LIBEXECDIR)

dist:					## a tarball of the committed tree
static:					## one static program each for x86-64 and arm64
deb: need-build-docs-deb		## a Debian package of the committed tree
rpm: need-build-docs-rpm		## an RPM package of the committed tree
dist static deb rpm:
	+@MAKE="$(MAKE)" packaging/release.sh $@ $(B) $(VERSION)
test-deb: deb				## install, use and remove the Debian package in a new Debian
	@tests/deb.sh
test-systemd: deb			## its units under a real systemd, in QEMU; KERNELS=6.12
	@packaging/deps.sh build test vm fresh
	@tests/vm/systemd.sh $(KERNELS)
test-static: static			## the static programs on other kernels, in QEMU; KERNELS="5.10 6.1-arm64"
	@packaging/deps.sh build test vm
	@tests/vm/static.sh $(KERNELS)
.PHONY: docs install uninstall dist static deb rpm test-deb test-systemd test-static
