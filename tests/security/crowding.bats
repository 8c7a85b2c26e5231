#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A user who opens, binds and closes as much as he may, and readers that are killed: what others are told stays right,
# and what they lose by it comes back. The slots of readers are crowded in tests/kernel/crowd.bats, io_uring is looked
# at in tests/kernel/holders.bats.

load ../kernel/lib

prepare() {
	need jq bpftool setpriv python3
	can_load || skip "needs a tracker that can be pinned"
}

# by_nobody NAME PROGRAM ARG...: Python, as a user without rights, in the background
by_nobody() {
	local name=$1 program=$2
	shift 2
	start "$name" prlimit --nofile=4096:4096 setpriv --reuid=nobody --regid=nogroup --clear-groups \
		/usr/bin/python3 -c "$program" "$@"
}

HOLD='
import socket, sys, time
kept = []
for _ in range(int(sys.argv[1])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    kept.append(s)
print("full", flush=True)
time.sleep(600)
'

@test "a map that one user fills: right answers with what was known before, and whole once he has gone" {
	pw -q load --max-sockets 1024
	start_fixture server --addr 127.0.0.1
	server=$PORT server_pid=$PID
	by_nobody crowd "$HOLD" 2000
	crowd=$RET
	await_line crowd full 60
	run -0 pw --json status
	jq -e '.degraded and .sockets.refused > 900' <<<"$output"
	start_fixture late --addr 127.0.0.1
	late=$PORT late_pid=$PID
	run -0 pw --json "$server/tcp"
	echo "$output"
	jq -e --argjson pid "$server_pid" '.source == "tracker" and .degraded and .sockets[0].owners[0].pid == $pid and
		.sockets[0].creator.pid == $pid and (.sockets[0].since | length > 0)' <<<"$output"
	run -0 pw --json "$late/tcp"
	jq -e --argjson pid "$late_pid" '.sockets[0].owners[0].pid == $pid' <<<"$output"
	# as long as he stays nothing is believed that is not so
	[[ $(pw --json status | jq .degraded) = true ]]

	kill -KILL "$crowd"
	await 10 dead "$crowd"
	run -0 pw --json "$late/tcp"
	jq -e --argjson pid "$late_pid" '.source == "tracker" and (.degraded | not) and .sockets[0].owners[0].pid == $pid' \
		<<<"$output"
	[[ $(pw --json status | jq .degraded) = false ]]
	run -0 pw check
	kill -KILL "$late_pid"
	await 5 dead "$late_pid"
	run -1 pw --json "$late/tcp"
	jq -e --argjson pid "$late_pid" '.history[0].pid == $pid' <<<"$output"
}

@test "full again and again: never a wrong answer in between" {
	pw -q load --max-sockets 512
	start_fixture server --addr 127.0.0.1
	for round in {1..5}; do
		by_nobody "crowd$round" "$HOLD" 800
		crowd=$RET
		for _ in {1..10}; do
			pw --json "$PORT/tcp" | jq -e --argjson pid "$PID" '.sockets[0].owners[0].pid == $pid' >/dev/null
		done
		await_line "crowd$round" full 60
		kill -KILL "$crowd"
		await 10 dead "$crowd"
		run -1 pw --json "$((PORT == 65535 ? 1025 : PORT + 1))/udp"
	done
	await 5 eval '[[ $(pw --json status | jq .degraded) = false ]]'
}

@test "a user who takes and leaves ports without pause does not push out the history of others" {
	pw -q load
	start_fixture victim --addr 127.0.0.1
	port=$PORT pid=$PID
	kill -TERM "$pid"
	await 5 dead "$pid"
	run -1 pw --json "$port/tcp"
	jq -e --argjson pid "$pid" '.history[0].pid == $pid' <<<"$output"
	by_nobody crowd '
import socket, sys
left = 0
for port in range(1024, 61000):
    if port == int(sys.argv[1]): continue
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", port)); s.listen(); left += 1
    except OSError:
        pass
    s.close()
print("left", left, flush=True)
' "$port"
	await_line crowd left 120
	echo "$RET"
	[[ ${RET#left } -gt 20000 ]]
	run -1 pw --json "$port/tcp"
	echo "$output"
	jq -e --argjson pid "$pid" '.history[0].pid == $pid' <<<"$output"
	# and that former owners are missing is said
	run -0 pw --json status
	jq -e '.history.pushed_out > 10000' <<<"$output"
	run -0 pw status
	[[ $output =~ history\ .*\;\ [0-9]{5,}\ made\ way\ for\ newer\ ones ]]
}

@test "places for answers that killed readers have left: the others ask on" {
	pw -q load
	start_fixture server --addr 127.0.0.1
	for _ in {1..60}; do
		nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" --json list >/dev/null &
		pid=$!
		sleep "0.0$((RANDOM % 3))"
		kill -KILL "$pid" 2>/dev/null || true
	done
	# all of them, as of now: a time in the future is not older than it may be
	size=$(bpftool -j map show pinned "$PIN/maps/claims" | jq .bytes_value)
	value=
	for ((at = 0; at < size; at += 16)); do
		value+=" 1 2 3 4 5 6 7 8 0 0 0 0 0 0 255 127"
	done
	# shellcheck disable=SC2086 # words
	bpftool map update pinned "$PIN/maps/claims" key 0 0 0 0 value $value
	for words in "$PORT/tcp" list; do
		run --separate-stderr timeout 20 nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" --json "$words"
		echo "$words: $status $stderr"
		[[ $status -eq 0 ]]
		jq -e --argjson pid "$PID" 'any(.sockets[]; .owners[0].pid == $pid)' <<<"$output" >/dev/null
	done
}

# An address in a map that no socket is at: the program that follows it reads nothing of what is there, and the entry
# goes.
@test "an entry with the address of something else is not believed" {
	pw -q load
	start_fixture server --addr 127.0.0.1
	before=$(pw --json list | jq '.sockets | length')
	run -0 "$PORTWATCH_BUILD/tests/pinattack" phantom "$PIN/maps/sockets"
	[[ $output = "put 400" ]]
	run -0 pw --json list
	echo "$output"
	jq -e --argjson before "$before" '(.sockets | length <= $before + 2) and all(.sockets[]; .proto == "tcp" or .proto == "udp")' \
		<<<"$output"
	[[ $(bpftool -j map dump pinned "$PIN/maps/sockets" | jq length) -lt 100 ]]
	pw --json "$PORT/tcp" | jq -e --argjson pid "$PID" '.sockets[0].owners[0].pid == $pid'
}
