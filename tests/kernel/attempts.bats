#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A call that the kernel refuses a local port is told as what it is: by whom, with which error, why,
# and who is in the way or has most of the ports. None is told as its success.

bats_require_minimum_version 1.5.0
load lib
load agree
ONE_TRACKER=1

setup() {
	kernel_setup
	need "$PYTHON" jq
	pw load
	in_ns sysctl -qw net.ipv4.ip_local_port_range="40000 40003"
}

teardown() {
	kernel_teardown
}

# attempt WHAT ERROR: do it while two streams watch, JSON and text; pid in PID
attempt() {
	start_stream events --json --netns "/run/netns/$NETNS"
	local events=$RET
	start_stream text --no-header --event bind-failed --netns "/run/netns/$NETNS"
	local text=$RET
	start attempt "$PYTHON" -B "$HERE/attempts.py" "$1"
	PID=$RET
	await_line attempt "^$2" 10
	await_line events '"event":"bind-failed"' 10
	await_line text "bind-failed" 10
	end_stream "$events"
	end_stream "$text"
}

# failed JQ: of the only failure that was told
failed() {
	jq -ers --argjson pid "$PID" 'map(select(.event == "bind-failed" and .pid == $pid)) |
		if length == 1 then .[0] else error("\(length) failures") end | '"$1" "$OUTPUTS/events"
}

# told EVENT: how often
told() {
	jq -s --argjson pid "$PID" --arg event "$1" 'map(select(.event == $event and .pid == $pid)) | length' \
		"$OUTPUTS/events"
}

# bats test_tags=core
@test "two servers bind with SO_REUSEADDR, and the second listen() fails" {
	attempt two_listen EADDRINUSE
	[ "$(told listen)" = 1 ]
	[ "$(failed '"\(.call) \(.error) \(.local.port)"')" = "listen EADDRINUSE 8204" ]
	[ "$(failed '.holders | map("\(.pid) \(.comm) \(.state)") | join(",")')" = "$PID ${PYTHON##*/} LISTEN" ] ||
		[ "$(failed '.holders | map("\(.pid) \(.state)") | join(",")')" = "$PID LISTEN" ]
	grep -qE "listen\(\): EADDRINUSE, held by " "$OUTPUTS/text"
	# The only listener lives, so no listener's end is told: the second never was one.
	kill -0 "$PID"
	[ "$(jq -s 'map(select(.event == "state" and .old == "LISTEN")) | length' "$OUTPUTS/events")" = 0 ]
}

@test "a listen() that succeeds after one that failed is told" {
	attempt listen_again "done"
	[ "$(told listen)" = 2 ]
	[ "$(failed .call)" = listen ]
}

@test "listen() without a port, and none left: which range, and who has it" {
	attempt listen_without_port EADDRINUSE
	[ "$(told listen)" = 4 ]
	[ "$(failed '"\(.call) \(.error) \(.reason)"')" = "listen EADDRINUSE no port of 40000-40003 is left" ]
	[ "$(failed '.range | "\(.total) \(.used) \(.listening) \(.most[0].pid) \(.most[0].ports)"')" = "4 4 4 $PID 4" ]
}

# bats test_tags=core
@test "bind() to port 0, and none left: which range, and who has it" {
	attempt bind_without_port EADDRINUSE
	[ "$(failed '"\(.call) \(.error) \(.reason)"')" = "null EADDRINUSE no port of 40000-40003 is left" ]
	[ "$(failed '.range | "\(.total) \(.used) \(.listening)"')" = "4 4 4" ]
	grep -qE "EADDRINUSE, no port of 40000-40003 is left \(4 listening; most by .*\[$PID\]: 4\)" "$OUTPUTS/text"
}

# bats test_tags=core
@test "connect() without a port left: which range, of what kind, and who has it" {
	in_ns sysctl -qw net.ipv4.ip_local_reserved_ports=40003
	attempt connect_out EADDRNOTAVAIL
	[ "$(failed '"\(.call) \(.error) \(.remote.addr):\(.remote.port)"')" = "connect EADDRNOTAVAIL 127.0.0.1:8300" ]
	[ "$(failed .reason)" = "no port of 40000-40003 is left for 127.0.0.1:8300" ]
	[ "$(failed '.range | "\(.total) \(.used) \(.bound) \(.connected) \(.timewait)"')" = "3 3 1 2 0" ]
	[ "$(failed '.range.most | map("\(.pid) \(.ports)") | join(",")')" = "$PID 3" ]
	grep -qE "connect\(\): EADDRNOTAVAIL, no port of .* \(1 bound, 2 connected; most by .*\[$PID\]: 3\)" "$OUTPUTS/text"
}

@test "connect() from a port that has this connection" {
	attempt connect_twice EADDRNOTAVAIL
	[ "$(failed '"\(.call) \(.local.port) \(.remote.port) \(.range)"')" = "connect 7777 8300 null" ]
	[ "$(failed .reason)" = "this connection exists already, or its TIME-WAIT" ]
}

@test "connect() of UDP without a port left" {
	[[ $(hook_of state) = tracepoint ]] ||
		skip "only the system call tells of it"
	attempt connect_udp EAGAIN
	[ "$(failed '"\(.call) \(.proto) \(.error) \(.reason)"')" = \
		"connect udp EAGAIN no port of 40000-40003 is left for 127.0.0.1:8300" ]
	[ "$(failed '.range | "\(.used) \(.bound + .connected)"')" = "4 4" ]
}

@test "bind() to an address that is another host's" {
	start_stream events --json --netns "/run/netns/$NETNS" --event bind-failed
	run ! in_ns "$PORTFIX" --port 7002 --addr 192.0.2.9
	await_line events '"port":7002' 10
	[ "$(jq -r '"\(.error) \(.reason)"' "$OUTPUTS/events")" = "EADDRNOTAVAIL no such address here" ]
}

@test "bind() to a privileged port" {
	need setpriv
	in_ns sysctl -qw net.ipv4.ip_unprivileged_port_start=700
	start_stream events --json --netns "/run/netns/$NETNS" --event bind-failed
	run ! in_ns setpriv --reuid=nobody --clear-groups "$PYTHON" -c 'import socket; socket.socket().bind(("", 699))'
	await_line events '"port":699' 10
	[ "$(jq -r '"\(.error) \(.reason)"' "$OUTPUTS/events")" = "EACCES privileged: below 700" ]
}

@test "a socket that is bound after a failed connect() has no peer" {
	start_stream events --json --netns "/run/netns/$NETNS"
	local events=$RET
	in_ns "$PYTHON" -c 'import socket
s = socket.socket()
if not s.connect_ex(("127.0.0.1", 8299)):
    raise SystemExit("something listens on port 8299")
s.bind(("127.0.0.1", 8298))'
	await_line events '"event":"bind"' 10
	end_stream "$events"
	[ "$(jq -sc 'map(select(.event == "bind") | [.local.port, .remote])' "$OUTPUTS/events")" = "[[8298,null]]" ]
}
