#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs inside a guest: the kernel tests, then what there is to tell about this kernel. cell.sh reads
# the lines; those beginning with @@ are between the two.
#
#   guest-tests.sh FILE|FOLDER...
#
#   @@file NAME    TAP of that test file follows
#   @@doctor JSON  what `portwatch doctor --json` says
#   verif NAME N   a program of ours took the verifier N instructions
#   @@also CLANG N the same objects, compiled by another clang: that many programs load
#
# With TAGS, those tests alone, as one file and sharing one tracker. ABOUT=1: tell about the kernel.
set -uo pipefail
export PORTWATCH_BUILD=/src/build PORTWATCH=/src/build/portwatch TZ=UTC LC_ALL=C
# An emulated processor is several times slower than the tests' own limits expect.
export PATIENCE=6
# Nobody will use this machine afterwards.
export THROWAWAY=1

tagged() {
	local files shared=/sys/fs/bpf/portwatch-shared
	mapfile -t files < <(find "$@" -name '*.bats' | sort)
	printf '@@file %s\n' "$TAGS"
	if [[ -n ${PORTWATCH_HOOKS:-} ]]; then
		"$PORTWATCH" --pin-dir "$shared" --hooks "$PORTWATCH_HOOKS" -q load 2>&1 && export PORTWATCH_LOADED=$shared
	fi
	timeout -k 10 "$TEST_TIMEOUT" bats --tap --filter-tags "$TAGS" "${files[@]}" </dev/null
}

all() {
	local file
	find "$@" -name '*.bats' -o -name '*_test.sh' | sort | while read -r file; do
		printf '@@file %s\n' "$file"
		tests/tap-exec.sh "$file"
	done
}

if [[ -n ${TAGS:-} ]]; then
	tagged "$@"
else
	all "$@"
fi
# The attacks of members that depend on the kernel: once for each.
attacks() {
	local output
	printf '@@file tests/security/guest.sh\n1..1\n'
	if output=$(QUICK=1 timeout -k 10 "$TEST_TIMEOUT" bash tests/security/guest.sh 2>&1); then
		printf 'ok 1 members open no map and are answered\n'
	else
		printf 'not ok 1 members open no map and are answered\n'
	fi
	printf '# %s\n' "${output//$'\n'/$'\n'# }"
}

if [[ -n ${ABOUT:-} ]]; then
	attacks
	printf '@@doctor %s\n' "$("$PORTWATCH" doctor --json 2>&1 | tr '\n' ' ')"
	build/tests/verif
	for other in build/tests/verif-*; do
		count=$("$other" 2>&1 | tee /tmp/also | grep -c '^verif ')
		printf '@@also %s %s\n' "${other#*verif-}" "$count"
		grep -v '^verif ' /tmp/also | sed 's/^/# /'
	done
fi
