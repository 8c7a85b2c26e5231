#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many processes do to sockets and to each other whatever can be done; whenever they stand still,
# the tracker must agree with the kernel, and `who` with a walk over all descriptors.
#
#	CHAOS_OPS=1000000 CHAOS_LOADS=100 SEED=7 bats tests/kernel/chaos.bats

load lib

# In a guest, whose processor is emulated, less of it.
CHAOS_OPS=${CHAOS_OPS:-$((${PATIENCE:-1} > 1 ? 16000 : 80000))}
CHAOS_LOADS=${CHAOS_LOADS:-$((${PATIENCE:-1} > 1 ? 2 : 8))}
EVERY=$((CHAOS_OPS / 10))
((EVERY < 8000)) || EVERY=8000

prepare() {
	need python3 jq
	CHAOS=$(dirname "$PORTFIX")/chaos
}

# chaos MODE OPS EVERY: what it prints is in $output
chaos() {
	run --separate-stderr in_ns python3 "$BATS_TEST_DIRNAME/chaos.py" "$PORTWATCH" "$PIN" "$CHAOS" "$1" \
		--ops "$2" --every "$3" --seed "${SEED:-1}" --seconds $((${PATIENCE:-1} * (60 + $2 / 1000)))
	echo "# $1: ${output:0:3000}${stderr:0:3000}" >&3
	[[ $status -eq 0 ]]
}

# There are kernels that run no BPF program while certain processes are current, such as the agent
# of a sandbox. A state change in a softirq that interrupts one of them is told by the kernel's own
# trace events and to no program: about one in 100,000 operations. Answers do not depend on it.
few_differences() {
	[[ $(jq .differences <<<"$output") -le $((1 + $1 / 200000)) ]]
}

@test "no difference, and the right owners, whenever it is quiet" {
	pw -q load
	chaos check "$CHAOS_OPS" $EVERY
	few_differences "$CHAOS_OPS"
	[[ $(jq .ports <<<"$output") -ge 50 && $(jq ".$(verified)" <<<"$output") -gt 0 ]]
}

@test "a tracker that is too small says so, and answers are right" {
	pw -q load --max-sockets 64
	chaos small $((CHAOS_OPS / 4)) $EVERY
	[[ $output = *'"degraded": true'* ]]
}

@test "loaded while all of it goes on: no difference afterwards" {
	pw -q load
	# Between two looks there are 2,000 operations and those that were under way.
	chaos load $((CHAOS_LOADS * 5000)) 2000
	few_differences "$((CHAOS_LOADS * 5000))"
	[[ $(jq .loads <<<"$output") -ge $CHAOS_LOADS ]]
}
