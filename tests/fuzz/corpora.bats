#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Replay the inputs that fuzzing has collected: every input of every corpus, without libFuzzer. A fault
# aborts; with SAN=1 the sanitizers look on, with UNDER="valgrind ..." that does.

bats_require_minimum_version 1.5.0

PROGRAMS=${PORTWATCH_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/fuzz

@test "every target has a corpus, and every corpus a target" {
	local target
	for target in "$BATS_TEST_DIRNAME"/*_fuzz.c; do
		target=$(basename "${target%_fuzz.c}")
		[ -x "$PROGRAMS/${target}_fuzz" ]
		[ -n "$(ls "$BATS_TEST_DIRNAME/corpus/$target")" ]
	done
	for target in "$BATS_TEST_DIRNAME"/corpus/*; do
		[ -e "$BATS_TEST_DIRNAME/$(basename "$target")_fuzz.c" ]
	done
}

@test "no input of a corpus does harm" {
	local target under
	read -ra under <<<"${UNDER-}"
	for target in "$BATS_TEST_DIRNAME"/corpus/*; do
		run "${under[@]}" "$PROGRAMS/$(basename "$target")_fuzz" "$target"/*
		[[ $status -eq 0 ]] || { tail -c 3000 <<<"$output"; false; }
		[[ ${#lines[@]} -eq $(find "$target" -type f | wc -l) ]]
	done
}
