#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No wrong process is ever ended, whatever happens between two steps of free: pidswap stops it at
# a system call and lets the holder's PID pass to another process, the holder fork, or the socket
# be given away. ROUNDS says how often; 10000 take about a quarter of an hour.

load lib

ROUNDS=${ROUNDS:-$(times 150 1000)}

prepare() {
	PIDSWAP=${PORTFIX%/*}/pidswap
	need "$PIDSWAP"
}

@test "free: PIDs that pass to others, forks and passed sockets, with the tracker loaded" {
	pw load
	run in_ns "$PIDSWAP" --rounds "$ROUNDS" --seed "${SEED:-$RANDOM}" \
		"$PORTWATCH" --pin-dir "$PIN" free --grace 0.02 --observe 0
	echo "$output"
	[ "$status" -eq 0 ]
	# it must have been tried, not only been possible
	[[ ${lines[-1]} =~ acted=([0-9]+) ]]
	((BASH_REMATCH[1] * 2 > ROUNDS))
}

@test "free: without a tracker" {
	run in_ns "$PIDSWAP" --rounds "$((ROUNDS / 30))" --seed "${SEED:-$RANDOM}" \
		"$PORTWATCH" --pin-dir "$PIN" free --grace 0.02 --observe 0
	echo "$output"
	[ "$status" -eq 0 ]
}
