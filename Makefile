# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make help` lists the targets. Everything that is built lands under $(B).
#
#   V=1         print whole command lines         SAN=1      address and undefined-behaviour sanitizers
#   WERROR=1    warnings are errors               STATIC=1   no shared libraries at all
#   SHARED=1    every library is a shared one, as distributions have it
#   ARCH=arm64  build for another architecture;   SYSROOT=D  its -dev packages, unpacked under D

VERSION := 0.1.0
B       ?= build
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
# The program looks for its companions here, relative to itself.
LIBEXECDIR ?= $(BINDIR)/../libexec/portwatch
MAKEFLAGS += $(if $(filter 0,$(MAKELEVEL)),-j$(shell nproc))

# ---- what to build for ------------------------------------------------------------------------
arch_x86_64 := x86
arch_amd64  := x86
arch_aarch64 := arm64
arch = $(or $(arch_$1),$1)
HOST   := $(call arch,$(shell uname -m))
ARCH   ?= $(HOST)
TARGET := $(call arch,$(ARCH))
triplet_arm64 := aarch64-linux-gnu
triplet_x86   := x86_64-linux-gnu
CROSS_COMPILE ?= $(if $(filter $(HOST),$(TARGET)),,$(triplet_$(TARGET))-)

# Every variant has an output directory of its own, so that switching never rebuilds the other.
O := $(B)$(if $(CROSS_COMPILE),/$(TARGET))$(if $(SAN),/san)$(if $(STATIC),/static)

# ---- tools and flags --------------------------------------------------------------------------
CC := $(if $(filter default,$(origin CC)),$(CROSS_COMPILE)gcc,$(CC))
AR := $(if $(filter default,$(origin AR)),$(CROSS_COMPILE)ar,$(AR))
BPF_CLANG ?= clang
# v2 is the newest instruction set that every supported verifier (5.10 on) has been seen to take.
BPF_CPU ?= v2
# Debian keeps bpftool in sbin, out of an ordinary user's PATH; Ubuntu's is a wrapper that refuses
# to run unless tools for exactly the running kernel are installed, though any bpftool will do here.
BPFTOOL ?= $(shell PATH=$$PATH:/usr/sbin; bpftool version >/dev/null 2>&1 && command -v bpftool || \
	ls -d /usr/lib/linux-tools/*/bpftool 2>/dev/null | tail -n 1)
, := ,
CFLAGS ?= $(if $(SAN),-O1,-O2) -g
warnings := -Wall -Wextra -Wvla -Wmissing-prototypes $(if $(WERROR),-Werror)
# Quoted names only: our sys/user.h is not libc's.
includes := -Iinclude -iquote src -I$(O)/gen $(if $(SYSROOT),-idirafter $(SYSROOT)/usr/include)
defines  := -D_GNU_SOURCE -DPORTWATCH_VERSION='"$(VERSION)"'
# Level 3 of _FORTIFY_SOURCE where compiler and libc have it; with other flags that this compiler has not
# got (clang for arm64 and stack clashes) the build goes on without them. tests/cli/hardening.bats looks.
accepts   = $(shell $(CC) -Werror $1 -c -x c /dev/null -o /dev/null 2>/dev/null && echo $1)
fortify  := $(if $(SAN),,$(shell $(CC) -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -include features.h \
	$(if $(SYSROOT),-idirafter $(SYSROOT)/usr/include) -dM -E -x c /dev/null 2>/dev/null | \
	awk '$$2 == "__USE_FORTIFY_LEVEL" { print $$3 }'))
harden_x86   := -fcf-protection=full
harden_arm64 := -mbranch-protection=standard
harden   := $(if $(SAN),,-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(or $(fortify),2) \
	$(call accepts,-fstack-clash-protection) $(call accepts,$(harden_$(TARGET))))
sanitize := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
cc_flags  = -std=gnu11 -fPIE $(CFLAGS) $(warnings) $(harden) $(sanitize) $(includes) $(defines)
# Programs take parameters, and include shared functions, that not each of them needs.
bpf_flags = -std=gnu11 -g -O2 -target bpf -mcpu=$(BPF_CPU) -D__TARGET_ARCH_$(TARGET) \
	-Wall -Wextra -Wno-unused-parameter -Wno-unused-function -Iinclude -Ivmlinux -Ibpf $(if $(WERROR),-Werror)

# A lookup is over in about a millisecond, much of it the dynamic linker's. So the libraries are
# linked in where their archives exist, and only libc, which every process maps anyway, is shared.
libs     := $(if $(CROSS_COMPILE),-lbpf -lelf -lz,\
	$(or $(shell pkg-config --static --libs-only-l libbpf 2>/dev/null),-lbpf -lelf -lz))
lib_dir  := $(if $(SYSROOT),$(SYSROOT)/usr/lib/$(triplet_$(TARGET)))
# Debian keeps some shared libraries in /lib, and the linker must see those that a library needs.
lib_dirs := $(lib_dir) $(if $(SYSROOT),$(SYSROOT)/lib/$(triplet_$(TARGET)))
archive   = $(if $(SHARED),,$(or $(wildcard $(lib_dir)/lib$1.a),$(filter /%,$(shell $(CC) -print-file-name=lib$1.a))))
ld_flags  = $(sanitize) -pthread $(if $(STATIC),-static-pie,-pie) -Wl,--as-needed -Wl,-O1 -Wl,-z,relro -Wl,-z,now \
	-Wl,-z,noexecstack $(lib_dirs:%=-L%) $(lib_dirs:%=-Wl$(,)-rpath-link$(,)%) $(LDFLAGS)
ld_libs   = $(foreach l,$(libs:-l%=%),$(if $(call archive,$l),-l:lib$l.a,-l$l)) $(LDLIBS)

# ---- what there is to build -------------------------------------------------------------------
srcs     := $(sort $(wildcard src/*.c src/*/*.c))
objs     := $(srcs:%.c=$(O)/obj/%.o)
# main.c is portwatch; main_NAME.c is portwatch-NAME, which `portwatch NAME` runs.
companions := $(patsubst src/main_%.c,portwatch-%,$(wildcard src/main_*.c))
units    := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*_test.c))
# A helper is one file, which may use the program's modules, or a folder, which stands alone.
files    := $(patsubst tests/helpers/%.c,%,$(wildcard tests/helpers/*.c))
folders  := $(patsubst tests/helpers/%/main.c,%,$(wildcard tests/helpers/*/main.c))
test_srcs := $(wildcard tests/unit/*.c tests/fuzz/*.c tests/helpers/*.c tests/helpers/*/*.c)
bpf_objs_of = $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard $1/*.bpf.c)))
bpf_parts := $(patsubst bpf/%/,%,$(sort $(dir $(wildcard bpf/*/*.bpf.c))))
bpf_objs := $(foreach f,bpf $(bpf_parts:%=bpf/%),$(call bpf_objs_of,$f))
skeletons := $(patsubst %,$(O)/gen/%.skel.h,portwatch $(bpf_parts))
c_files  := $(wildcard $(addsuffix /*.[ch],include vmlinux bpf bpf/* src src/* tests/* tests/*/*))

all: core $(addprefix $(O)/,$(companions))	## build build/portwatch and its companions (the default)
core: $(O)/portwatch
tests: $(units) $(addprefix $(O)/tests/,$(files) $(folders))
.PHONY: all core tests deps run test lint format bench clean test-fresh test-kernels help FORCE
.DELETE_ON_ERROR:

Q   := $(if $(V),,@)
say  = @mkdir -p $(@D)$(if $(V),,; printf '  %-7s %s\n' $1 $2)
# Objects of a removed source or of other flags must not survive: a stamp is a file with a list of words,
# which is written anew each time, and moves into place only when they are others.
$(O)/.flags: words = $(CC) $(cc_flags) $(BPF_CLANG) $(bpf_flags) $(BPFTOOL)
$(O)/.sources: words = $(srcs) $(ld_flags) $(libs)
$(O)/.sources-bpf: words = $(bpf_objs)
$(O)/.flags $(O)/.sources $(O)/.sources-bpf: FORCE
	@mkdir -p $(@D) && printf '%s\n' '$(subst ','\'',$(words))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The kernel side: the .bpf.c of a folder are linked into one object, and each object is a skeleton.
.SECONDEXPANSION:
$(O)/bpf/portwatch.bpf.o: $(call bpf_objs_of,bpf)
$(bpf_parts:%=$(O)/bpf/%.bpf.o): $(O)/bpf/%.bpf.o: $$(call bpf_objs_of,bpf/$$*)
$(O)/bpf/%.bpf.o: $(O)/.sources-bpf
	$(call say,BPFLD,$@)
	$(Q)$(BPFTOOL) gen object $@ $(filter %.o,$^)
$(O)/gen/%.skel.h: $(O)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

$(O)/obj/%.bpf.o: %.bpf.c $(O)/.flags | $(O)/.deps-build
	$(call say,BPF,$<)
	$(Q)$(BPF_CLANG) $(bpf_flags) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

# User space. The skeletons must exist before the first compilation; later the depfiles know.
$(objs) $(test_srcs:%.c=$(O)/obj/%.o): | $(skeletons)
$(O)/obj/%.o: %.c $(O)/.flags | $(O)/.deps-build
	$(call say,CC,$<)
	$(Q)$(CC) $(cc_flags) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

# Each program takes what it needs from one archive, and tests do so too.
$(O)/libportwatch.a: $(filter-out $(O)/obj/src/main%.o,$(objs)) $(O)/.sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

define link
$(call say,LD,$@)
$(Q)$(CC) $(ld_flags) $(wraps:%=-Wl$(,)--wrap=%) -o $@ $^ $(own_libs) $(ld_libs)
endef
$(O)/portwatch-top: own_libs := -lncursesw -ltinfo
$(O)/portwatch-export $(O)/tests/pages: own_libs := -lmicrohttpd -lcap-ng
$(units): own_libs := -lcmocka
$(O)/tests/unit/nldump_test: wraps := recv sendto
$(O)/tests/unit/blockers_test: wraps := query_holds_port

$(O)/portwatch: $(O)/obj/src/main.o $(O)/libportwatch.a ; $(link)
$(O)/portwatch-%: $(O)/obj/src/main_%.o $(O)/libportwatch.a ; $(link)
$(O)/tests/unit/%: $(O)/obj/tests/unit/%.o $(O)/libportwatch.a ; $(link)
$(files:%=$(O)/tests/%): $(O)/tests/%: $(O)/obj/tests/helpers/%.o $(O)/libportwatch.a ; $(link)
$(folders:%=$(O)/tests/%): $(O)/tests/%: $$(addprefix $(O)/obj/,$$(addsuffix .o,$$(basename $$(wildcard tests/helpers/$$*/*.c))))
	$(link)
$(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/unit/*.c)): | $(O)/.deps-unit
$(O)/.deps-build $(O)/.deps-docs $(O)/.deps-unit: $(O)/.deps-%: packaging/deps.sh
	@mkdir -p $(@D) && packaging/deps.sh --check $* && touch $@

-include $(patsubst %.o,%.d,$(objs) $(bpf_objs) $(test_srcs:%.c=$(O)/obj/%.o))

# ---- what to do with it -----------------------------------------------------------------------
# `need-build-test` installs what the sets build and test of packaging/deps.sh lack. That changes what the
# lines above find: so the targets below start a second make, which says nothing if it has nothing to do.
need-%:
	@packaging/deps.sh $(subst -, ,$*)
build = +@$(MAKE) $(if $(V),,--silent) $1

deps:					## install what is missing to build; SETS="build test lint" for more
	@packaging/deps.sh $(or $(SETS),build)
run: need-build				## install what is missing, build, and show live events; ARGS="8000"
	$(call build,all)
	@exec $(O)/portwatch $(ARGS)
test: need-build-docs-test		## install what is missing, build, and run all tests; TESTS="tests/cli" for some
	$(call build,all tests docs)
	@PORTWATCH_BUILD=$(O) tests/run $(TESTS)
lint: need-build-test-lint		## check layering, style and both compilers' opinions; LINTS="style" for some
	+@tests/lint/run.sh $(LINTS)
format: need-lint			## reformat all C files
	@clang-format -i $(c_files)
bench: need-build-bench			## measure everything, write docs/benchmarks.md; QUICK=1, BENCH="owner free" for some
	$(call build,all tests)
	@PORTWATCH_BUILD=$(O) tests/bench/run $(BENCH)
test-fresh:				## both commands of the README in a new Debian that has only make added
	@tests/fresh.sh
test-kernels: need-build-test-vm	## the kernel tests on other kernels, in QEMU; KERNELS="5.10 arm64"
	@tests/vm/run.sh $(KERNELS)
parts := packaging/packaging.mk tests/proof.mk
include $(parts)
clean:					## remove everything that was built
	rm -rf $(B)
help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile $(parts) | expand -t 24
