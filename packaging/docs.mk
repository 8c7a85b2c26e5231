# SPDX-License-Identifier: GPL-2.0-or-later
#
# Manual pages and completions. Both take the options from the programs themselves, so these are
# built first; when building for another architecture, those for this one.

share  := $(O)/share
tables := $(O)/gen/help.tables
pages  := $(patsubst src/man/%.scd,$(share)/man/%,$(wildcard src/man/*.scd))
shells := $(share)/completion/portwatch.bash $(share)/completion/_portwatch $(share)/completion/portwatch.fish

docs: $(pages) $(shells)		## build manual pages and completions
.PHONY: docs

ifdef CROSS_COMPILE
$(tables): packaging/help-tables.sh $(srcs) | $(O)/.deps-docs
	+@$(MAKE) --silent ARCH=$(HOST) CROSS_COMPILE= SYSROOT= STATIC= all
	@mkdir -p $(@D) && packaging/help-tables.sh $(B)/portwatch >$@
else
$(tables): packaging/help-tables.sh $(O)/portwatch $(addprefix $(O)/,$(companions)) | $(O)/.deps-docs
	@mkdir -p $(@D) && packaging/help-tables.sh $(O)/portwatch >$@
endif

$(share)/man/%: src/man/%.scd src/man/page.awk $(tables)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D) && awk -f src/man/page.awk -v version=$(VERSION) $(tables) $< >$@.scd && \
		scdoc <$@.scd >$@ && rm $@.scd

$(share)/completion/portwatch.bash: shell := bash
$(share)/completion/_portwatch: shell := zsh
$(share)/completion/portwatch.fish: shell := fish
$(shells): $(tables) $(wildcard src/completion/*)
	$(call say,SHELL,$@)
	$(Q)mkdir -p $(@D) && awk -v tail=src/completion/tail.$(shell) -f src/completion/tables.awk \
		-f src/completion/$(shell).awk $(tables) >$@
