#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fixture is what the kernel tests believe: here ss and /proc say whether it tells the truth.

load ../kernel/lib

setup() {
	command -v ss >/dev/null || skip "needs ss"
	netns_setup
}

# The sockets of a port that ss shows in the states given, with their owners.
shown() {
	local state=$1 port=$2
	shift 2
	in_ns ss -Hanp "$@" state "$state" "( sport = :$port )"
}

# Print the pids that have a socket of that port, one a line
owners() {
	in_ns ss -Hanp "${@:2}" "( sport = :$1 )" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -nu
}

@test "portfix: a listener over IPv4, with its backlog and a second descriptor" {
	start_fixture a --addr 127.0.0.1 --listen 7 --dup 1
	[ "$(owners "$PORT" -t)" = "$PID" ]
	run shown listening "$PORT" -t
	[[ $output = *" 7 "*"127.0.0.1:$PORT"* ]]
	[ "$(grep -o 'fd=' <<<"$output" | wc -l)" = 2 ]
}

@test "portfix: a listener over IPv6, dual-stack and v6only" {
	start_fixture a --family 6 --v6only 0
	[[ $(shown listening "$PORT" -t) = *" *:$PORT"* ]]
	start_fixture b --family 6 --v6only 1 --addr ::1
	[[ $(shown listening "$PORT" -t6) = *"[::1]:$PORT"* ]]
}

@test "portfix: UDP bound, connected and bound by the first datagram" {
	start_fixture server --proto udp --addr 127.0.0.1
	local server=$PORT
	[[ $(shown unconnected "$server" -u) = *"127.0.0.1:$server"*"pid=$PID"* ]]
	start_fixture client --proto udp --connect "127.0.0.1:$server"
	[[ $(shown connected "$PORT" -u) = *"127.0.0.1:$PORT"*"127.0.0.1:$server"*"pid=$PID"* ]]
	start_fixture sender --proto udp --sendto "127.0.0.1:$server"
	[[ $(shown unconnected "$PORT" -u) = *":$PORT"*"pid=$PID"* ]]
}

@test "portfix: bound and not listening holds the port" {
	start_fixture a --bind-only --addr 127.0.0.1
	[ -z "$(shown listening "$PORT" -t)" ]
	run in_ns "$PORTFIX" --addr 127.0.0.1 --port "$PORT"
	[ "$status" = 1 ]
	[[ $output = *"Address already in use"* ]]
}

@test "portfix: listening without bind() gets a port" {
	start_fixture a --no-bind
	[ "$PORT" -gt 0 ]
	[ "$(owners "$PORT" -t)" = "$PID" ]
}

@test "portfix: a server and its clients, two processes" {
	start_fixture server --addr 127.0.0.1 --accept 3
	local server=$PORT server_pid=$PID
	start_fixture client --connect "127.0.0.1:$server" --conns 3
	await_line server "accepted pid=$server_pid peer=127.0.0.1:$PORT"
	await 5 eval '[ "$(shown established $server -t | wc -l)" = 3 ]'
	[ "$(field ports "$(cat "$OUTPUTS/client")" | tr , '\n' | wc -l)" = 3 ]
	[ "$(owners "$PORT" -t)" = "$PID" ]
}

@test "portfix: a child for each connection" {
	start_fixture server --addr 127.0.0.1 --accept 1 --accept-fork
	local server=$PORT
	start_fixture client --connect "127.0.0.1:$server"
	await_line server accepted
	local child
	child=$(field pid "$RET")
	STARTED+=("$child")
	[[ $(shown established "$server" -t) = *"pid=$child,"* ]]
	[[ $(shown established "$server" -t) != *"pid=$(field pid "$(head -n 1 "$OUTPUTS/server")"),"* ]]
}

@test "portfix: workers inherit the listener and outlive the master" {
	start_fixture a --workers 3 --accept 5
	[ "$(owners "$PORT" -t | wc -l)" = 4 ]
	kill -KILL "$PID"
	await 5 eval '[ "$(owners $PORT -t | wc -l)" = 3 ]'
	start_fixture client --connect "127.0.0.1:$PORT"
	await_line a accepted
}

@test "portfix: each reuseport worker has a socket of its own" {
	start_fixture a --reuseport-workers 4
	[ "$(shown listening "$PORT" -t | wc -l)" = 4 ]
	[ "$(owners "$PORT" -t | wc -l)" = 4 ]
	[[ $(owners "$PORT" -t) != *"$PID"* ]]
}

@test "portfix: a daemon's first process goes" {
	start_fixture a --daemonize
	[ "$(field creator "$RET")" != "$PID" ]
	dead "$(field creator "$RET")"
	[ "$(owners "$PORT" -t)" = "$PID" ]
}

@test "portfix: a forgotten child has the port" {
	start_fixture a --leak
	await 5 eval '[ "$(cat /proc/$PID/comm)" = sleep ]'
	[[ $(shown listening "$PORT" -t) = *'("sleep",pid='"$PID,"* ]]
	await 5 dead "$(field creator "$RET")"
	[ "$(owners "$PORT" -t)" = "$PID" ]
}

@test "portfix: another program has the port after exec" {
	start_fixture a --exec sleep 60
	[ "$PID" = "${STARTED[0]}" ]
	await 5 eval '[ "$(cat /proc/$PID/comm)" = sleep ]'
	[[ $(shown listening "$PORT" -t) = *'("sleep",pid='"$PID,"* ]]
	[ "$(owners "$PORT" -t)" = "$PID" ]
}

@test "portfix: a second thread opens the port" {
	start_fixture a --thread
	[ "$(field tid "$RET")" != "$PID" ]
	[ "$(owners "$PORT" -t)" = "$PID" ]
}

@test "portfix: a socket given to another process" {
	start_fixture sender --send-fd "$OUTPUTS/socket"
	local sender=$PID port=$PORT
	start_fixture receiver --recv-fd "$OUTPUTS/socket"
	[ "$PORT" = "$port" ]
	await_line sender sent
	[ "$PID" != "$sender" ]
	await 5 eval '[ "$(owners $PORT -t)" = "$PID" ]'
}

@test "portfix: a socket that only a queue has" {
	start_fixture a --hold-inflight
	[ -n "$(shown listening "$PORT" -t)" ]
	[ -z "$(owners "$PORT" -t)" ]
}

@test "portfix: comm, SIGTERM ignored, SIGUSR1 closes, end of input ends" {
	start_fixture a --comm 'odd "name' --ignore-term
	[ "$(cat "/proc/$PID/comm")" = 'odd "name' ]
	kill -TERM "$PID"
	kill -USR1 "$PID"
	await_line a closed
	[ -z "$(shown listening "$PORT" -t)" ]
	start_fixture b --until-eof
	await 5 dead "$PID"
}

@test "portfix: many connections, none left open" {
	all_ports
	start_fixture a --conn-churn 500
	await_line a 'done connections=500' 20
	[ "$(shown time-wait "$PORT" -t | wc -l)" = 500 ]
	start_fixture b --conn-churn 500 --linger0
	await_line b 'done connections=500' 20
	[ "$(shown all "$PORT" -t | wc -l)" = 0 ]
}

@test "portfix: connections at a rate, for a time" {
	start_fixture a --conn-churn 100000 --rate 500 --for 400 --linger0
	await_line a '^done' 20
	[[ $RET =~ connections=([0-9]+) ]]
	[ "${BASH_REMATCH[1]}" -ge 1 ]
	[ "${BASH_REMATCH[1]}" -le 201 ]
}

@test "portfix: a crowd ends with its parent" {
	start_fixture a --crowd 20:30
	local child
	child=$(pgrep -P "$PID" | head -n 1)
	[ "$(pgrep -P "$PID" | wc -l)" = 20 ]
	[ "$(find "/proc/$child/fd" -lname /dev/null | wc -l)" -ge 30 ]
	kill -KILL "$PID"
	await 5 dead "$child"
}

# state, what ss calls it
each_state() {
	local family=$1 side=$2 state name line
	while read -r state name; do
		start_fixture "$state-$side" --family "$family" --state "$state" --side "$side"
		line=$RET
		run in_ns ss -Htan state "$name" "( src = $(field local "$line") and dst = $(field remote "$line") )"
		[ -n "$output" ] || { echo "$line"; in_ns ss -tan; return 1; }
	done
}

states='ESTABLISHED established
FIN_WAIT1 fin-wait-1
FIN_WAIT2 fin-wait-2
CLOSE_WAIT close-wait
LAST_ACK last-ack
CLOSING closing
TIME_WAIT time-wait'

@test "portfix: every TCP state, on the server's side" {
	each_state 4 server <<<"$states
SYN_RECV syn-recv"
}

@test "portfix: every TCP state, on the client's side" {
	each_state 4 client <<<"$states
SYN_SENT syn-sent"
}

@test "portfix: every TCP state, over IPv6" {
	each_state 6 server <<<"$states
SYN_RECV syn-recv
SYN_SENT syn-sent"
}

@test "portfix: an orphan, and a connection without its listener" {
	start_fixture a --state FIN_WAIT1 --orphan --drop-listener
	[ -z "$(shown listening "$PORT" -t)" ]
	[ -n "$(shown fin-wait-1 "$PORT" -t)" ]
	[ -z "$(owners "$PORT" -t)" ]
}
