#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SIGKILL at the system calls of load, unload and free: whatever comes next works, nothing stays behind
# that it does not remove, and nobody is ended who was not meant. At some of them in turn, or at each:
#
#	KILL_EVERY=1 TEST_TIMEOUT=7200 tests/run tests/kernel/kill.bats

load lib
load inject
load sized

prepare() {
	need strace jq bpftool
	can_load || skip "needs a tracker that can be pinned"
	sized_setup
	RAN=0 DIED=0
}

load_tracker() {
	pw -q load --max-sockets "$SIZE"
}

# killed NAME N COMMAND...: it is, or has made fewer than N calls of that name this time, and got through
killed() {
	local status=0
	killed_at "$OUTPUTS/made" "$@" || status=$?
	RAN=$((RAN + 1))
	echo "killed at $1 $2: status $status"
	if [[ $status -eq 137 ]]; then
		DIED=$((DIED + 1))
	else
		[[ $status -le 1 ]] && (($(grep -c "^$1(" "$OUTPUTS/made") < $2))
	fi
}

# The answer of whoever asks in between is right, wherever it comes from, also about what was opened after
# some of the hooks may have gone.
answers_right() {
	start_server
	run --separate-stderr in_ns timeout 60 "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" --json \
		who "$SERVER_PORT/tcp" --netns self
	echo "$output $stderr"
	[[ $status -eq 0 ]]
	[[ $(jq -c '[.degraded, .sockets[0].state, .sockets[0].owners[0].pid]' <<<"$output") = \
		"[false,\"LISTEN\",$SERVER]" ]]
	kill "$SERVER"
}

start_server() {
	start_fixture server --addr 127.0.0.1
	SERVER=$PID SERVER_PORT=$PORT
}

# told WHAT LEAST: at how many system calls. The last of a name may be out of reach: how often some are made
# varies with the namespaces and sockets that there are.
told() {
	echo "# $1: $RAN system calls, killed at $DIED of them" >&3
	((DIED >= $2 && DIED * 10 >= RAN * 9 - 10))
}

@test "SIGKILL in a load: answers are right, the next load or unload cleans up" {
	calls_of "$OUTPUTS/calls" "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" load --max-sockets "$SIZE"
	pw unload
	while read -r name n; do
		killed "$name" "$n" "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" load --max-sockets "$SIZE"
		if ((RAN % 2)); then
			load_tracker
			[[ $(pw --json status | jq -c '[.loaded, .degraded]') = '[true,false]' ]]
			[[ $(maps_of_ours) = 1 ]]
		fi
		answers_right
		pw -q unload
		nothing_left
	done < <(sampled "$OUTPUTS/calls" "${KILL_EVERY:-120}")
	told load 3
}

@test "SIGKILL in an unload: no half of a tracker is believed, the next load or unload cleans up" {
	load_tracker
	calls_of "$OUTPUTS/calls" "$PORTWATCH" --pin-dir "$PIN" unload
	while read -r name n; do
		load_tracker
		killed "$name" "$n" "$PORTWATCH" --pin-dir "$PIN" unload
		answers_right
		((RAN % 2)) || load_tracker
		pw -q unload
		nothing_left
	done < <(sampled "$OUTPUTS/calls" "${KILL_EVERY:-40}")
	told unload 2
}

alive() {
	! dead "$1"
}

# free_killed: free is killed at the calls listed, each time with new processes to end
free_killed() {
	while read -r name n; do
		start_server
		start_fixture client --connect "127.0.0.1:$SERVER_PORT"
		CLIENT=$PID
		killed "$name" "$n" nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" -q free "$SERVER_PORT/tcp"
		alive "$CLIENT"
		run pw -q free "$SERVER_PORT/tcp"
		# what the client's end of it leaves in FIN_WAIT or TIME-WAIT is not free, but nobody's
		[[ $status -le 1 ]]
		dead "$SERVER"
		kill "$CLIENT" # only now, and by us
	done < <(sampled "$OUTPUTS/calls" "$1")
}

@test "SIGKILL in a free: nobody else is ended, the next free does it, no reader is left" {
	for loaded in "" yes; do
		[[ -z $loaded ]] || load_tracker
		start_server
		calls_of "$OUTPUTS/calls" nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" -q free "$SERVER_PORT/tcp"
		RAN=0 DIED=0
		free_killed "${KILL_EVERY:-$([[ -z $loaded ]] && echo 90 || echo 25)}"
		told "free, ${loaded:+tracker loaded}" 4
	done
	[[ $(pw --json status | jq .events.readers) = 0 ]]
	pw -q unload
	nothing_left
}
