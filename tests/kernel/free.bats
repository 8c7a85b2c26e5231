#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# free, with real processes: whoever has to end ends, nobody else is touched, and what it says in
# the end is what bind() says.

load lib
load free
ONE_TRACKER=1

body_listener() {
	start_fixture a --addr 127.0.0.1
	free 0 "$PORT"
	[[ ${lines[0]} =~ ^$PORT/tcp:\ portfix\[$PID\]\ TERM,\ gone\ after\ [0-9.]+\ ms$ ]]
	[[ ${lines[1]} = "$PORT/tcp: free" || ${lines[1]} = "$PORT/tcp: free here;"* ]]
	[ "${#lines[@]}" -eq 2 ]
	dead "$PID"
	bindable "$PORT"
}

@test "free: a listener gets TERM, and the port is free" {
	in_both_modes body_listener
}

@test "free: a port that was free is free" {
	start_fixture a --addr 127.0.0.1
	kill -KILL "$PID"
	await 5 bindable "$PORT"
	free 0 "$PORT/tcp"
	[ "${#lines[@]}" -eq 1 ]
}

@test "free: --free is the same" {
	start_fixture a --addr 127.0.0.1
	run --separate-stderr pw -q --free "$PORT"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	dead "$PID"
}

@test "free: bound only, UDP, IPv6 and UDP without a peer" {
	local pids=() ports=()
	start_fixture a --addr 127.0.0.1 --bind-only
	pids+=("$PID") ports+=("$PORT/tcp")
	start_fixture b --proto udp --addr 127.0.0.1
	pids+=("$PID") ports+=("$PORT/udp")
	start_fixture c --family 6 --addr ::1
	pids+=("$PID") ports+=("$PORT")
	start_fixture d --no-bind
	pids+=("$PID") ports+=("$PORT")
	free 0 "${ports[@]}"
	for pid in "${pids[@]}"; do
		dead "$pid"
	done
}

body_workers() {
	local pids
	start_fixture a --addr 127.0.0.1 --workers 3
	pids="$PID $(field children "$RET" | tr , ' ')"
	free 0 "$PORT"
	for pid in $pids; do
		dead "$pid"
		[[ $output = *"portfix[$pid] TERM, gone"* ]]
	done
	bindable "$PORT"
}

@test "free: all holders of an inherited socket" {
	in_both_modes body_workers
}

@test "free: SO_REUSEPORT workers, each with a socket of its own" {
	start_fixture a --addr 127.0.0.1 --reuseport-workers 3
	free 0 "$PORT"
	for pid in $(field children "$RET" | tr , ' '); do
		dead "$pid"
	done
	# the master has none
	alive "$PID"
	bindable "$PORT"
}

@test "free: several ports and a range in one call" {
	start_fixture a --addr 127.0.0.1 --port 4001
	local first=$PID
	start_fixture b --addr 127.0.0.1 --port 4003
	free 0 4000-4004/tcp 4003/udp
	dead "$first"
	dead "$PID"
	[ "$(grep -c '/tcp: free' <<<"$output")" -eq 5 ]
}

@test "free: a name" {
	start_fixture a --addr 127.0.0.1 --port 80
	free 0 http/tcp
	dead "$PID"
}

body_client() {
	start_fixture server --addr 127.0.0.1 --accept 2
	local server=$PID port=$PORT
	start_fixture client --connect "127.0.0.1:$port" --conns 2
	accepted server 2
	await 5 eval '[ "$(in_ns ss -Htn state established "( sport = :$port )" | wc -l)" -eq 2 ]'
	free 1 --strict "$port/tcp" # the client keeps its ends open
	dead "$server"
	alive "$PID"
	[[ $stderr = *"2 open connections will be dropped"* ]]
	[[ $output != *"portfix[$PID]"* ]]
	if bindable "$port"; then false; fi
	free 0 "$port/tcp" --timewait
	bindable "$port"
	alive "$PID"
}

@test "free: a client whose peer's port it is lives on, and what is lost is said before" {
	need ss
	in_both_modes body_client
}

@test "free: connections that wait for accept() are counted as lost" {
	start_fixture server --addr 127.0.0.1
	local port=$PORT
	start_fixture client --connect "127.0.0.1:$port" --conns 3
	free 0 "$port/tcp" --timewait
	[[ $stderr = *"3 connections wait for accept(), and will be dropped"* ]]
	alive "$PID"
}

@test "free: --listening spares who only has connections" {
	start_fixture server --addr 127.0.0.1 --reuseaddr --accept 1 --accept-fork
	local server=$PID port=$PORT
	start_fixture client --connect "127.0.0.1:$port"
	await_line server accepted
	local child
	child=$(field pid "$RET")
	STARTED+=("$child")
	free 0 "$port/tcp" --listening
	dead "$server"
	alive "$child"
	[[ $output = *"$port/tcp: free for a server that sets SO_REUSEADDR"*"; 1 connection stays open"* ]]
	free 1 --strict "$port/tcp"
	dead "$child"
}

@test "free: -4 and -6 are families" {
	start_fixture v4 --addr 127.0.0.1 --port 4010
	local v4=$PID
	start_fixture v6 --family 6 --v6only 1 --addr ::1 --port 4010
	free 0 -4 4010/tcp
	dead "$v4"
	alive "$PID"
	free 0 -6 4010/tcp
	dead "$PID"
}

@test "free: not in another network namespace" {
	start_fixture a --addr 127.0.0.1
	make_netns other
	local other=$RET port=$PORT
	RUN_IN=$other start_fixture b --addr 127.0.0.1 --port "$port"
	local there=$PID
	free 0 "$port/tcp"
	alive "$there"
	free 0 "$port/tcp" --netns "$other"
	dead "$there"
}
