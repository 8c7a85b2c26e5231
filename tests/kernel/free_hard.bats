#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# free, and processes that do not go by themselves, or come back.

load lib
load free

body_ignored() {
	start_fixture a --addr 127.0.0.1 --ignore-term
	free 0 "$PORT" --grace 0.2
	[[ ${lines[0]} =~ ^$PORT/tcp:\ portfix\[$PID\]\ TERM,\ KILL,\ gone\ after\ ([0-9]+)\ ms$ ]]
	((BASH_REMATCH[1] >= 200 && BASH_REMATCH[1] < 100000))
	dead "$PID"
}

@test "free: TERM is ignored, KILL comes after the grace time" {
	in_both_modes body_ignored
}

@test "free: --no-escalate leaves who ignores TERM" {
	start_fixture a --addr 127.0.0.1 --ignore-term
	free 1 "$PORT/tcp" --grace 0.1 --no-escalate
	[[ ${lines[0]} =~ TERM,\ still\ there\ after ]]
	[[ ${lines[1]} = "$PORT/tcp: still in use by portfix (pid $PID)" ]]
	alive "$PID"
}

@test "free: --timeout ends the waiting before KILL" {
	start_fixture a --addr 127.0.0.1 --ignore-term
	free 1 "$PORT/tcp" --grace 30 --timeout 0.5
	alive "$PID"
}

@test "free: signals by name and number, and fuser's way" {
	local how
	for how in "-s KILL" "-9" "-KILL" "-SIGKILL" "-s 9" "--signal=SIGKILL"; do
		start_fixture a --addr 127.0.0.1 --ignore-term
		# shellcheck disable=SC2086 # words
		free 0 $how "$PORT/tcp" --grace 30
		[[ ${lines[0]} = *" KILL, gone after"* ]]
		dead "$PID"
	done
	free 2 -NOSIG 4000
	free 2 -s NOSIG 4000
}

@test "free: -l lists the signals as fuser does" {
	need fuser
	run pw free -l
	[ "$status" -eq 0 ]
	[ "$(tr '\n' ' ' <<<"$output")" = "$(fuser -l | tr '\n' ' ')" ]
}

@test "free: a zombie is gone, though its parent does not look" {
	start parent sh -c "$PORTFIX --addr 127.0.0.1 & exec sleep 600"
	await_line parent '^ready'
	local pid port
	pid=$(field pid "$RET") port=$(field port "$RET")
	STARTED+=("$pid")
	free 0 "$port/tcp"
	[[ ${lines[0]} = *"TERM, gone after"* ]]
	grep -q '^State:.Z' "/proc/$pid/status"
}

body_close() {
	start_fixture a --addr 127.0.0.1 --on-term close
	free 0 "$PORT" --grace 20
	[[ ${lines[0]} =~ TERM,\ released\ the\ port\ after\ [0-9.]+\ ms ]]
	alive "$PID"
	bindable "$PORT"
}

@test "free: a process that lets go of the port lives, and is not waited for" {
	local start=$SECONDS
	in_both_modes body_close
	((SECONDS - start < 15))
}

body_fork() {
	start_fixture a --addr 127.0.0.1 --on-term fork
	free 0 "$PORT"
	dead "$PID"
	await_line a '^forked'
	local child
	child=$(field pid "$RET")
	STARTED+=("$child")
	[[ $output = *"portfix[$child] TERM, gone"* ]]
	dead "$child"
	bindable "$PORT"
}

@test "free: the holder forks while it is ended" {
	in_both_modes body_fork
}

body_give() {
	start_fixture a --addr 127.0.0.1 --on-term give --give-fd "$OUTPUTS/socket"
	local port=$PORT pid=$PID
	start b "$PORTFIX" --recv-fd "$OUTPUTS/socket"
	local receiver=$RET
	await 5 test -S "$OUTPUTS/socket"
	free 0 "$port" --observe 3
	dead "$pid"
	dead "$receiver"
	[[ $output = *"portfix[$receiver] TERM, gone"* ]]
	bindable "$port"
}

@test "free: the holder passes the socket to another process while it is ended" {
	in_both_modes body_give
}

@test "free: a holder in another PID namespace" {
	start holder unshare --pid --fork "$PORTFIX" --addr 127.0.0.1 --ignore-term
	await_line holder '^ready'
	local port outer
	port=$(field port "$RET")
	[ "$(field pid "$RET")" -eq 1 ] # as it knows itself
	free 0 "$port/tcp" --grace 0.2
	outer=$(sed -n 's/.*portfix\[\([0-9]*\)\].*/\1/p' <<<"${lines[0]}")
	[ "$outer" -gt 1 ]
	bindable "$port"
}

body_respawn() {
	start loop bash -c "while :; do $PORTFIX --addr 127.0.0.1 --port 4020; done"
	local loop=$RET
	await_line loop '^ready'
	local first
	first=$(field pid "$RET")
	free 1 4020/tcp --observe 5
	[[ ${lines[0]} = "4020/tcp: portfix[$first] TERM, gone"* ]]
	[[ ${lines[1]} =~ ^4020/tcp:\ taken\ back\ by\ portfix\ \(pid\ ([0-9]+)\),\ started\ by\ bash\ \(pid\ $loop\) ]]
	STARTED+=("${BASH_REMATCH[1]}")
	alive "${BASH_REMATCH[1]}"
	kill -KILL "$loop"
	free 0 4020/tcp
	: >"$OUTPUTS/loop"
}

@test "free: who is started again is told, with who does it" {
	in_both_modes body_respawn
}
