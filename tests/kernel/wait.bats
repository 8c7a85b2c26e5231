#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# portwatch wait: returns at the event, sleeps until then, and is right about both goals.

load lib
ONE_TRACKER=1

WAITING=$BATS_TEST_DIRNAME/waiting.py

# waiting NAME ARG...: `portwatch wait` in the background, until it sleeps; its pid is left in WAITER
waiting() {
	local name=$1
	shift
	start "$name" "$PORTWATCH" --pin-dir "$PIN" wait "$@"
	WAITER=$RET
	await 20 asleep "$WAITER" || { cat "$OUTPUTS/$name" "$OUTPUTS/$name.err"; return 1; }
}

asleep() {
	grep -qs poll "/proc/$1/wchan" "/proc/$1/stack"
}

# ends WAITER STATUS [SECONDS]
ends() {
	local status=0
	await "${3:-10}" dead "$1" || { echo "still waiting"; return 1; }
	wait "$1" || status=$?
	[[ $status -eq $2 ]] || { echo "exit status $status"; cat "$OUTPUTS"/*; return 1; }
}

@test "a port in the wanted state is told at once" {
	pw load
	start_fixture f
	run -0 pw wait "$PORT" --for listen -t 10
	[[ $output = "$PORT/tcp: in use by portfix (pid $PID)" ]]
	run -0 pw wait 20001 --for free -t 10
	[[ $output = $'20001/tcp: free\n20001/udp: free' ]]
	run -0 pw wait -q 20001 --for free
	[[ -z $output ]]
}

@test "without a tracker a port in the wanted state is told at once" {
	start_fixture f
	run -0 pw wait "$PORT" --for listen -t 10
	run -0 pw wait 20001 --for free -t 10
}

@test "listen: TCP, UDP, both families" {
	pw load
	waiting a 20002 --for listen
	waiting b 20003/udp --for listen
	local udp=$WAITER
	start_fixture u --proto udp --port 20003
	ends "$udp" 0
	waiting c "[::1]:20004" --for listen
	start_fixture v6 --family 6 --port 20004
	ends "$WAITER" 0
	# A server for IPv6 alone is none for IPv4.
	waiting d -4 20005 --for listen
	start_fixture six --family 6 --v6only 1 --port 20005
	sleep 0.3
	run ! dead "$WAITER"
	start_fixture four --family 4 --port 20005
	ends "$WAITER" 0
	# nor is a socket that is only bound
	start_fixture bound --bind-only --port 20002
	sleep 0.2
	run -1 pw wait 20002 --for listen -t 0.1
}

@test "listen() on a socket without a port: the kernel chooses one that is waited for" {
	pw load
	in_ns sysctl -qw net.ipv4.ip_local_port_range="20010 20011"
	waiting a 20010,20011 --for listen --any
	start_fixture f --no-bind
	ends "$WAITER" 0
}

@test "free: a listener, a bound socket, UDP" {
	local shape
	pw load
	for shape in "" --bind-only "--proto udp" "--family 6" "--workers 2" --hold-inflight; do
		# shellcheck disable=SC2086 # words
		start_fixture f $shape
		waiting w "$PORT" --for free
		# shellcheck disable=SC2046 # a list of words
		kill -KILL "$PID" $(field children "$(cat "$OUTPUTS/f")" | tr , ' ')
		ends "$WAITER" 0
		grep -qx "$PORT/tcp: free" "$OUTPUTS/w"
	done
}

@test "free: not while a second holder lives, an orphan closes, or a connection is open" {
	pw load
	start_fixture f --workers 1
	waiting w "$PORT" --for free
	kill -KILL "$PID"
	sleep 0.3
	run ! dead "$WAITER"
	kill -KILL "$(field children "$(cat "$OUTPUTS/f")")"
	ends "$WAITER" 0

	start_fixture g --state ESTABLISHED --drop-listener
	waiting w "$PORT" --for free
	start_fixture other --port 20100
	sleep 0.2
	run ! dead "$WAITER"
}

@test "the timeout, and what it says" {
	pw load
	start_fixture f
	SECONDS=0
	run -1 --separate-stderr pw wait "$PORT" --for free --timeout 0.7
	((SECONDS <= 30))
	[[ -z $output ]]
	[[ $stderr = "portwatch: $PORT/tcp: not free after 0.7 s: in use by portfix (pid $PID)" ]]
	run -1 --separate-stderr pw wait 20001 --for listen -t 0
	[[ $stderr = "portwatch: 20001: still not listening after 0 s" ]]
}

@test "several ports: all of them, or any" {
	pw load
	waiting all 20020-20022 --for listen
	local all=$WAITER
	waiting any 20020-20022 --for listen --any
	start_fixture a --port 20021
	ends "$WAITER" 0
	start_fixture b --port 20020
	sleep 0.3
	run ! dead "$all"
	start_fixture c --port 20022
	ends "$all" 0

	waiting all 20020-20022 --for free
	all=$WAITER
	waiting any 20020-20022 --for free --any
	kill -KILL "$PID"
	ends "$WAITER" 0
	run ! dead "$all"
	kill -KILL "$(field pid "$(cat "$OUTPUTS/a")")" "$(field pid "$(cat "$OUTPUTS/b")")"
	ends "$all" 0
}

@test "in another network namespace" {
	local other
	pw load
	make_netns other
	other=$RET
	waiting there 20030 --for listen --netns "$other"
	local there=$WAITER
	waiting here 20030 --for listen
	RUN_IN=$other start_fixture f --port 20030
	ends "$there" 0
	sleep 0.2
	run ! dead "$WAITER"
	run -0 pw wait 20030 --for free -t 5
	run -1 pw wait 20030 --for free --netns "$other" -t 0.1
	run -1 pw wait 20030 --for free --netns all -t 0.1
	run -0 pw wait 20030 --for listen --netns all -t 5
	waiting free 20030 --for free --netns "$other"
	kill -KILL "$PID"
	ends "$WAITER" 0
}

@test "JSON is the answer of who" {
	pw load
	start_fixture f
	run -0 pw wait "$PORT/tcp" --for listen --json
	[[ $(jq -r '.sockets[0].owners[0].pid, .ports[0].why' <<<"$output") = "$PID"$'\nheld' ]]
	run -1 --separate-stderr pw wait "$PORT/tcp" --for free --json -t 0.1
	[[ $(jq -r '.ports[0].bindable' <<<"$output") = false ]]
}

@test "a signal ends it, and nothing stays behind" {
	pw load
	waiting w 20001 --for listen
	kill -TERM "$WAITER"
	ends "$WAITER" 1
	await 5 no_readers
	waiting w 20001 --for listen
	kill -KILL "$WAITER"
	await 5 no_readers
	run -0 pw wait 20001 --for free
	await 5 no_readers
}

no_readers() {
	pw status | grep -qE "sent to 0 readers"
}

@test "wait sleeps in poll() and does not wake for events of other ports" {
	local before
	need strace
	pw load
	start traced strace -f -e trace=poll,ppoll,epoll_wait,nanosleep,clock_nanosleep \
		-o "$OUTPUTS/calls" "$PORTWATCH" --pin-dir "$PIN" wait 20040 --for listen
	await 20 grep -q 'poll(' "$OUTPUTS/calls"
	start_fixture a --port 20041
	sleep 0.5
	[[ $(polls) -eq 1 ]]
	start_fixture b --port 20040
	await 10 grep -q 'exited with 0' "$OUTPUTS/calls"
	cat "$OUTPUTS/calls"
	# bind(), listen(), and a look while listen() is under way
	[[ $(polls) -le 5 ]]

	# No wake-up at all, thus no CPU time.
	waiting w 20042 --for listen
	before=$(switches "$WAITER")
	start_fixture c --port 20043
	kill -KILL "$PID"
	sleep 2
	[[ $(switches "$WAITER") = "$before" ]]
}

polls() {
	grep -cE 'poll\(|epoll_wait\(|nanosleep\(' "$OUTPUTS/calls"
}

switches() {
	grep ^voluntary_ctxt_switches "/proc/$1/status"
}

@test "the tracker is unloaded: wait says so at once, for nobody tells any more" {
	own_tracker
	pw -q load
	waiting w 20050 --for listen
	pw -q unload
	pw -q load # another one is not what it waits for
	ends "$WAITER" 5
	grep -qx "portwatch: the tracker in $PIN was unloaded: start again" "$OUTPUTS/w.err"
}

@test "wait returns at the event, and then bind() and connect() succeed" {
	need python3
	pw load
	in_ns python3 "$WAITING" "$PORTWATCH" "$PIN" prompt 100
}

@test "a listener with many connections that nobody accepted: free is when bind() succeeds" {
	need python3
	all_ports
	pw load
	in_ns python3 "$WAITING" "$PORTWATCH" "$PIN" crowd 5
}

@test "TIME-WAIT: free at the moment that bind() succeeds" {
	need python3
	pw load
	in_ns python3 "$WAITING" "$PORTWATCH" "$PIN" timewait 5
}
