#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No change of a TCP socket's state gets lost without being counted. How many there were the kernel
# says itself, by a trace instance of this test's own.

bats_require_minimum_version 1.5.0
load lib
load agree

PEER=8517 # of no other test, for the trace is that of all network namespaces

setup() {
	kernel_setup
	need "$PYTHON" jq
	INSTANCE=
}

teardown() {
	kernel_teardown
	[[ -z $INSTANCE ]] || rmdir "$INSTANCE"
	! mountpoint -q "$BATS_TEST_TMPDIR/tracefs" || umount "$BATS_TEST_TMPDIR/tracefs"
}

# Trace the changes of sockets on this port, with room for all of them.
trace_begin() {
	mkdir "$BATS_TEST_TMPDIR/tracefs"
	mount -t tracefs nodev "$BATS_TEST_TMPDIR/tracefs" 2>/dev/null || skip "no tracefs"
	INSTANCE=$BATS_TEST_TMPDIR/tracefs/instances/pwt-$$-$BATS_TEST_NUMBER
	mkdir "$INSTANCE"
	echo 8192 >"$INSTANCE/buffer_size_kb"
	echo "(sport == $PEER || dport == $PEER) && newstate != 3" \
		>"$INSTANCE/events/sock/inet_sock_set_state/filter"
	echo 1 >"$INSTANCE/events/sock/inet_sock_set_state/enable"
}

# trace_end: into $OUTPUTS/traced
trace_end() {
	[ "$(cat "$INSTANCE"/per_cpu/*/stats | awk '/^(overrun|dropped events):/ { n += $NF } END { print n }')" = 0 ]
	cat "$INSTANCE/trace" >"$OUTPUTS/traced"
}

# Has each TIME-WAIT that was told ended? They are destroyed where the kernel can do that. A TIME-WAIT whose beginning
# no program was called for is counted, told as a change to CLOSE, and has an end.
ends_are_told() {
	local begun ended
	in_ns ss -HKt state time-wait >/dev/null || true
	begun=$(grep -c '"timewait"' "$OUTPUTS/events")
	ended=$(grep -c '"timewait-end"' "$OUTPUTS/events")
	((ended >= begun && ended - begun <= $(pw status --json | jq .events.missed)))
}

# bats test_tags=core
@test "each state that a connection enters is left, and the kernel has made no change besides" {
	local both count
	trace_begin
	pw load
	start_stream events --json --netns "/run/netns/$NETNS" --event listen,connect,state,timewait,timewait-end
	local stream=$RET
	count=$(times 1000 4000)
	start load "$PYTHON" -B "$HERE/closing.py" $PEER "$count"
	await_line load ^done 120
	await 30 eval '[ "$(grep -c "\"timewait\"" "$OUTPUTS/events")" -ge "$count" ]'
	await 90 ends_are_told || {
		jq -r .event "$OUTPUTS/events" | sort | uniq -c
		pw status --json | jq -c .events
		false
	}
	end_stream "$stream"
	trace_end
	both=$(grep -c '"new":"CLOSING"' "$OUTPUTS/events") || true
	echo "$both passages of CLOSING" # none where one processor serves both
	"$PYTHON" -B "$HERE/balance.py" "$OUTPUTS/events" "$OUTPUTS/traced" $PEER
	pw status --json | jq -c .events
	[ "$(pw status --json | jq .events.lost)" = 0 ]
}

# Reset one more connection. Has the end of one been told that no program was called for?
missed_one() {
	local resets
	resets=$(grep -c ^reset "$OUTPUTS/clients") || true
	kill -USR1 "$1"
	await 10 eval '[ "$(grep -c ^reset "$OUTPUTS/clients")" -gt '"$resets"' ]'
	[ "$(pw status --json | jq .events.missed)" -ge 1 ]
}

# all_resets_are_told PORT: once each, at the client's end
all_resets_are_told() {
	[ "$(jq -s --argjson port "$1" 'map(select(.remote.port == $port and .old == "ESTABLISHED" and .new == "CLOSE")) |
		length' "$OUTPUTS/events")" = "$(grep -c ^reset "$OUTPUTS/clients")" ]
}

# As if no copy of the program had been called.
@test "a change that no program was called for is told at the socket's end, and counted" {
	pw load
	start_fixture server --addr 127.0.0.1
	local port=$PORT
	start_stream events --json --netns "/run/netns/$NETNS" --event state
	local stream=$RET
	start clients "$PYTHON" -B "$HERE/resets.py" "$port" 100
	local clients=$RET
	await_line clients ^ready 10
	[ "$(pw status --json | jq .events.missed)" = 0 ]
	rm -f "$PIN"/links/{state,stored}__*
	# The kernel takes its time to detach them.
	await 10 missed_one "$clients"
	await 10 all_resets_are_told "$port"
	end_stream "$stream"
}

@test "an end of TIME-WAIT that no program was called for is found by comparison, once" {
	pw load
	start_stream events --json --netns "/run/netns/$NETNS" --event timewait,timewait-end
	rm -f "$PIN"/links/tw_leave__*
	# The kernel takes its time to detach them.
	sleep "$(times 1 5)"
	start load "$PYTHON" -B "$HERE/closing.py" $PEER 100
	await_line load ^done 60
	await 30 eval '[ "$(grep -c "\"timewait\"" "$OUTPUTS/events")" -ge 100 ]'
	await 120 ends_are_told
	sleep "$(times 3 5)"
	ends_are_told
	[ "$(jq -r 'select(.event == "timewait-end") | "\(.local.port) \(.remote.port)"' "$OUTPUTS/events" | sort | uniq -d)" = "" ]
}
