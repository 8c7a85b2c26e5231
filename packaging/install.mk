# SPDX-License-Identifier: GPL-2.0-or-later
#
# Places of the installed files. Each folder can be set by itself; DESTDIR stands before all.

MANDIR     ?= $(PREFIX)/share/man
BASHDIR    ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions
FISHDIR    ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR    ?= $(PREFIX)/lib/systemd/system

unit_files := $(wildcard packaging/systemd/*.service packaging/systemd/*.socket)
# Pages of two commands in one.
man_links := portwatch-unload.1 portwatch-status.1
installed = $(BINDIR)/portwatch $(companions:%=$(LIBEXECDIR)/%) $(LIBEXECDIR)/setup-group \
	$(foreach p,$(notdir $(pages)) $(man_links),$(MANDIR)/man$(lastword $(subst ., ,$p))/$p) \
	$(BASHDIR)/portwatch $(ZSHDIR)/_portwatch $(FISHDIR)/portwatch.fish \
	$(unit_files:packaging/systemd/%=$(UNITDIR)/%)

install: all docs			## install under $(DESTDIR)$(PREFIX); GROUP=portwatch lets its members ask
	install -D -m 755 $(O)/portwatch $(DESTDIR)$(BINDIR)/portwatch
	install -d $(DESTDIR)$(LIBEXECDIR)
	$(foreach c,$(companions),install -m 755 $(O)/$c $(DESTDIR)$(LIBEXECDIR)/$c;)
	install -m 755 packaging/setup-group.sh $(DESTDIR)$(LIBEXECDIR)/setup-group
	$(foreach p,$(pages),install -D -m 644 $p $(DESTDIR)$(MANDIR)/man$(lastword $(subst ., ,$p))/$(notdir $p);)
	for page in $(man_links); do echo .so man1/portwatch-load.1 >$(DESTDIR)$(MANDIR)/man1/$$page; done
	install -D -m 644 $(share)/completion/portwatch.bash $(DESTDIR)$(BASHDIR)/portwatch
	install -D -m 644 $(share)/completion/_portwatch $(DESTDIR)$(ZSHDIR)/_portwatch
	install -D -m 644 $(share)/completion/portwatch.fish $(DESTDIR)$(FISHDIR)/portwatch.fish
	$(foreach u,$(unit_files),install -D -m 644 $u $(DESTDIR)$(UNITDIR)/$(notdir $u);)
	$(if $(GROUP),packaging/setup-group.sh $(GROUP) $(DESTDIR)$(BINDIR)/portwatch)
uninstall:				## remove what install put there
	rm -f $(installed:%='$(DESTDIR)%')
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(LIBEXECDIR)
.PHONY: install uninstall
