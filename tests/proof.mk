# SPDX-License-Identifier: GPL-2.0-or-later
#
# Targets that look for faults longer than `make test` may take: fuzzing, valgrind, coverage, endurance.

# A fuzz target is linked with libFuzzer in a build of its own (FUZZ=1), and in every other one
# with a main() that shows it the files named.
fuzzers := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz_make = $(MAKE) --silent B=$(B)/fuzz FUZZ=1 CC=clang SAN=1 CFLAGS="-O1 -g -fsanitize=fuzzer-no-link"

$(O)/tests/fuzz/netlink_fuzz: wraps := recv sendto
$(O)/tests/fuzz/proc_fuzz: wraps := open openat fopen
$(O)/tests/fuzz/opt_fuzz: own_libs := -lmicrohttpd -lcap-ng
$(if $(FUZZ),$(fuzzers)): own_libs += -fsanitize=fuzzer
$(O)/tests/fuzz/%_fuzz: $(O)/obj/tests/fuzz/%_fuzz.o $(if $(FUZZ),,$(O)/obj/tests/fuzz/replay.o) $(O)/libportwatch.a
	$(link)
# Guests of another architecture replay nothing, and not all libraries are there for it.
tests: $(if $(CROSS_COMPILE),,$(fuzzers))
fuzzers: $(fuzzers)

memcheck := valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all

fuzz: need-build-proof			## run each fuzz target for SECONDS=60, in NEW=build/fuzz/new; TARGETS="opt record" for some
	+@$(fuzz_make) fuzzers
	@tests/fuzz/run.sh $(B)/fuzz/san/tests/fuzz $(or $(SECONDS),60) $(or $(NEW),$(B)/fuzz/new) $(TARGETS)
valgrind: need-build-proof-test		## the unit tests and the fuzzers' corpora under valgrind; what it reports, leaks too, fails
	$(call build,$(units) $(fuzzers))
	@PORTWATCH_BUILD=$(O) UNDER="$(memcheck)" tests/run tests/unit tests/fuzz
coverage: need-build-docs-proof-test	## lines that the tests reach, by folder; TESTS="tests/unit" for some, HTML=FOLDER for pages
	+@MAKE="$(MAKE)" tests/coverage.sh $(B)/cov "$(TESTS)" $(HTML)
endurance: need-build-test		## mixed load with everything at work, for MINUTES=60; a table and a verdict
	$(call build,all tests)
	@PORTWATCH_BUILD=$(O) tests/endurance/run.py $(or $(MINUTES),60) $(FOLDER)
test-long: need-build-test		## the tests that `make test` leaves out, or does less often; TESTS="tests/kernel/refused.bats"
	$(call build,all tests)
	@TEST_LONG=1 TEST_TIMEOUT=14400 PORTWATCH_BUILD=$(O) tests/run \
		$(or $(TESTS),$$(grep -lE 'times [0-9]+ [0-9]+\)|long;|TEST_LONG' tests/*/*.bats))
.PHONY: test-long fuzzers fuzz valgrind coverage endurance
