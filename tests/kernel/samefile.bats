#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=sources
#
# Holders without BPF: files are compared (kcmp) in place of links being read, as soon as one descriptor of each
# socket is known (src/tables/samefile.h). The answer must be that of reading every link.

load lib

setup() {
	netns_setup
	need python3 jq strace
	FLOOR=$(dirname "$PORTFIX")/floor
	REFUSE=$(dirname "$PORTFIX")/refuse
}

# scene CONNECTIONS: in $SCENE, and its port in $PORT
scene() {
	start scene python3 -B "$BATS_TEST_DIRNAME/samefile.py" "$1"
	await_line scene '^{'
	SCENE=$RET
	echo "$SCENE"
	PORT=$(jq .port <<<"$SCENE")
}

# held: the holders in floor's output, as samefile.py writes them
held() {
	sed -n 's/^holder pid=\([0-9]*\) .*fd=\([0-9]*\) .*/[\1,\2]/p' <<<"$output" | jq -sc sort
}

# need_kcmp: skips where the kernel does not compare files
need_kcmp() {
	python3 -c 'import ctypes, os
nr, me = 272 if os.uname().machine == "aarch64" else 312, os.getpid()
assert ctypes.CDLL(None).syscall(nr, me, me, 0, 0, 0) == 0' 2>"$OUTPUTS/kcmp" || skip "this kernel refuses kcmp()"
}

# calls NAME: how often, in strace's output
calls() {
	grep -cE "(^|[0-9] +)$1\(" "$OUTPUTS/calls"
}

@test "samefile: the same holders as by links, with fewer links read" {
	need_kcmp
	local n links
	for n in 0 5; do
		scene "$n"
		run -0 in_ns "$REFUSE" kcmp -- strace -f --seccomp-bpf -qq -e trace=kcmp,readlinkat -o "$OUTPUTS/calls" "$FLOOR" holders "$PORT"
		links=$(calls readlinkat)
		echo "$output"
		[[ $(held) = "$(jq -c .holders <<<"$SCENE")" ]]
		run -0 in_ns strace -f --seccomp-bpf -qq -e trace=kcmp,readlinkat -o "$OUTPUTS/calls" "$FLOOR" holders "$PORT"
		echo "$n: $output; $links links, then $(calls readlinkat), $(calls kcmp) comparisons"
		echo "$output"
		[[ $(held) = "$(jq -c .holders <<<"$SCENE")" ]]
		(($(calls kcmp) > 100 && $(calls readlinkat) < links))
	done
}

@test "samefile: of many sockets the links are read" {
	scene 40
	run -0 in_ns strace -f --seccomp-bpf -qq -e trace=kcmp -o "$OUTPUTS/calls" "$FLOOR" holders "$PORT"
	[[ $(held) = "$(jq -c .holders <<<"$SCENE")" ]]
	[[ $(calls kcmp) = 0 ]]
}

@test "samefile: another file in the place of the reference, and no holder is missed" {
	need_kcmp
	scene 0
	local reference
	# The first comparison is when the reference is known.
	start walk strace -f --seccomp-bpf -qq -e trace=kcmp -e inject=kcmp:delay_enter=1500000:when=1 -o "$OUTPUTS/calls" "$FLOOR" holders "$PORT"
	await 10 grep -qs KCMP_FILE, "$OUTPUTS/calls"
	reference=$(sed -n 's/.*kcmp([0-9]*, \([0-9]*\), KCMP_FILE,.*/\1/p' "$OUTPUTS/calls" | head -n 1)
	kill -USR1 "$reference"
	await_line walk '^blind'
	output=$(<"$OUTPUTS/walk")
	echo "$output, reference $reference"
	jq -e --argjson found "$(held)" --argjson pid "$reference" '[.holders[] | select(.[0] != $pid)] |
		length > 0 and . - $found == []' <<<"$SCENE"
}
