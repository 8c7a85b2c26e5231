#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Protections by compiler and linker against faults in the programs, read from the programs themselves.
# PORTWATCH_PROGRAMS names others than those of this build, such as a package's.

load lib

# shellcheck disable=SC2206 # a list of words
PROGRAMS=(${PORTWATCH_PROGRAMS:-"$PORTWATCH" "$PORTWATCH-top" "$PORTWATCH-export"})
TOP=$BATS_TEST_DIRNAME/../..

setup() {
	[ -z "${PORTWATCH_PROGRAMS-}" ] || return 0
	! grep -qs -e '-fsanitize=' "$PORTWATCH_BUILD/.flags" || skip "sanitizers replace all this"
}

# Take the programs that are there: a build of the core alone has no companions.
each() {
	local program nr=0
	for program in "${PROGRAMS[@]}"; do
		[ -e "$program" ] || continue
		nr=$((nr + 1))
		"$@" "$program" || { echo "$program: not $*"; return 1; }
	done
	[ "$nr" -gt 0 ]
}

position_independent() {
	readelf -hW "$1" | grep -q 'Type: *DYN' && readelf -dW "$1" | grep -q 'FLAGS_1.*PIE'
}

# The addresses that the dynamic linker has filled in are read-only before main(), function pointers included.
full_relro() {
	readelf -lW "$1" | grep -q GNU_RELRO && readelf -dW "$1" | grep -q '(FLAGS_1).*NOW'
}

no_executable_stack() {
	readelf -lW "$1" | grep 'GNU_STACK' | grep -q ' RW ' && ! readelf -dW "$1" | grep -q TEXTREL
}

# From where a library is loaded must not be what a builder's machine had.
no_search_path() {
	! readelf -dW "$1" | grep -qE 'RPATH|RUNPATH'
}

@test "hardening: position-independent, full RELRO, no executable stack, no search path" {
	each position_independent
	each full_relro
	each no_executable_stack
	each no_search_path
}

imports() {
	readelf --dyn-syms -W "$2" | grep -qE "UND $1(@|\$)"
}

@test "hardening: stack protector, and checked copies" {
	each imports __stack_chk_fail
	! grep -qs -e ' -O0 ' "$PORTWATCH_BUILD/.flags" || skip "not without optimization"
	each imports '__[a-z]+_chk'
}

# Stack that is taken page by page is touched page by page, as gcc or clang does it: it cannot jump over the guard
# page.
probes_stack() {
	objdump -d --no-show-raw-insn "$1" | grep -A1 -E 'sub +\$0x1000,%rsp' | grep -qE '(or|mov)q? +\$0x0,\(%rsp\)'
}

@test "hardening: large stack frames are probed" {
	[ "$(uname -m)" = x86_64 ] || skip "what a probe looks like is known for x86-64 only"
	each probes_stack
}

# The mark of a whole program also takes a libc and libraries that were built so; ours are marked each.
@test "hardening: every object is marked for indirect branch tracking and shadow stacks" {
	[ -z "${PORTWATCH_PROGRAMS-}" ] || skip "the mark of a program is its libraries', too"
	case $(uname -m) in
	x86_64) mark='IBT, SHSTK' ;;
	aarch64) mark='BTI, PAC' ;;
	*) skip "neither x86-64 nor arm64" ;;
	esac
	archive=$PORTWATCH_BUILD/libportwatch.a
	nr=$(ar t "$archive" | wc -l)
	[ "$nr" -gt 100 ]
	[ "$(readelf -nW "$archive" | grep -c "Properties:.*$mark")" -eq "$nr" ]
}

# commands ARG...: what make would run for a program of one source and its link
commands() {
	env -u MAKEFLAGS make -C "$TOP" --no-print-directory --dry-run V=1 B="$BATS_TEST_TMPDIR/build" "$@" core |
		grep -E -- '-c -o .*/src/main\.o|-o [^ ]*/portwatch '
}

has_all() {
	local word
	for word in -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE="$level" -fstack-clash-protection "$branch" \
		-pie -Wl,-z,relro -Wl,-z,now; do
		[[ "$output " == *" $word "* ]] || { echo "no $word in: $output"; return 1; }
	done
}

@test "hardening: make has each flag, and so has a packager's with flags of its own" {
	[ -f "$TOP/Makefile" ] || skip "not in the tree"
	level=$(cc -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -include features.h -dM -E -x c /dev/null |
		awk '$2 == "__USE_FORTIFY_LEVEL" { print $3 }')
	case $(uname -m) in
	x86_64) branch=-fcf-protection=full ;;
	*) branch=-mbranch-protection=standard ;;
	esac
	run commands
	has_all
	# As packaging/debian/rules and the spec file call it.
	run commands SHARED=1 CFLAGS='-O2 -g -Wdate-time -D_FORTIFY_SOURCE=2' LDFLAGS='-Wl,-z,relro'
	has_all
	# The last of two counts.
	[[ $output =~ _FORTIFY_SOURCE=2.*-U_FORTIFY_SOURCE\ -D_FORTIFY_SOURCE=$level ]]
}
