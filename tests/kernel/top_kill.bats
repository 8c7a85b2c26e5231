#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ending processes from the screen of top: only those of a plan that was on the screen and answered with
# y, with the proof of `free`.

load lib
load free
load top
ONE_TRACKER=1

setup() {
	top_setup
	pw load
}

teardown() {
	top_teardown
}

# Waits for the table, and asks for the plan of the only port.
plan() {
	shown '^2601/tcp'
	press "${1:-k}"
	shown 'End these processes\? y/N  2601/tcp'
}

@test "top: k shows the plan, y ends who is in it, and the port is free" {
	start_fixture a --addr 127.0.0.1 --port 2601 --comm victim --accept 2
	local server=$PID
	start_fixture client --connect 127.0.0.1:2601 --conns 2
	local client=$PID
	accepted a 2
	COLS=160 top
	plan
	shown "^2601/tcp: stopping victim \(pid [0-9]+, root\): .*2 open connections will be dropped"
	press y
	shown "^2601/tcp: victim\[[0-9]+\] TERM, gone after [0-9.]+ ms"
	shown '^2601/tcp: (free|.*TIME-WAIT|.*still closing)'
	shown '^Done'
	dead "$server"
	alive "$client"
	press Escape
	gone '^2601/tcp'
}

@test "top: whatever is not y spares them" {
	start_fixture a --addr 127.0.0.1 --port 2601
	top
	for key in n Escape q Enter; do
		plan F9
		press "$key"
		shown '^PORT '
	done
	alive "$PID"
	# typed before the plan was on the screen it is no answer
	mux send-keys -t top k y
	shown 'End these processes'
	press Escape
	shown '^PORT '
	alive "$PID"
}

@test "top: another signal, and no KILL after it" {
	start_fixture a --addr 127.0.0.1 --port 2601 --on-term stay
	top
	plan
	shown 'signal TERM, then KILL'
	press e
	shown 'signal TERM$'
	press y
	shown "TERM, still there after ([3-9][0-9]{3}|[1-9][0-9]{4}) ms" 60
	shown "^2601/tcp: still in use by"
	alive "$PID"
	press Escape
	plan
	press Tab
	shown 'signal KILL$'
	press y
	shown 'KILL, gone after'
	shown '^2601/tcp: free'
	dead "$PID"
}

@test "top: while one waits for them to end it can be called off" {
	start_fixture a --addr 127.0.0.1 --port 2601 --on-term stay
	top
	plan
	press y
	shown '^Ending'
	press Escape
	shown '^Done'
	shown 'still there after'
	alive "$PID"
}

@test "top: a child that takes over the socket is asked about, too" {
	start_fixture a --addr 127.0.0.1 --port 2601 --comm parent --on-term fork
	local parent=$PID child
	top
	plan
	press y
	await_line a '^forked'
	child=$(field pid "$RET")
	STARTED+=("$child")
	shown "parent\[$parent\] TERM, gone"
	shown "End those who joined, too\? y/N .*signal TERM"
	shown "stopping parent \(pid $child, root\)"
	# The signal of the question is the one that is sent: no other now.
	press Tab e
	press Home
	not_on_screen "signal INT"
	on_screen "signal TERM"
	press n
	shown "^2601/tcp: (still )?in use by parent \(pid $child\)|parent\[$child\] left running"
	alive "$child"
	press Escape
	plan
	press y
	shown '^2601/tcp: free'
	dead "$child"
	press Escape
	shown 'no port is in use'
	press q
	ended 0
}

@test "top: PID 1, ancestors and others that free refuses are refused" {
	in_terminal "'$PORTFIX' --addr 127.0.0.1 --port 2601 --exec sh -c \"'$PORTWATCH' --pin-dir '$PIN' ${HOOKS[*]} top --netns self; true\""
	shown '^2601/tcp'
	press k
	shown 'Nothing to end'
	shown 'refused: '
	press y
	press Escape
	shown '^PORT '
	press q
	shown '^ended status=0'
}

@test "top: what goes while the plan is on the screen is not signalled" {
	start_fixture a --addr 127.0.0.1 --port 2601 --on-term close
	top
	plan
	kill -USR1 "$PID" # closes all its sockets, goes on
	await_line a '^closed'
	press y
	shown 'not touched: it had exited or released the port by itself'
	shown '^2601/tcp: free'
	alive "$PID"
}

left() {
	in_ns ss -Htan state time-wait 'sport = :2601' | grep -q .
}

@test "top: w in the plan clears TIME-WAIT, too; and when it is all that is left" {
	need ss
	local way
	for way in plan after; do
		start_fixture "churn-$way" --port 2601 --addr 127.0.0.1 --conn-churn 3 --reuseaddr
		await_line "churn-$way" ^done
		start_fixture "a-$way" --addr 127.0.0.1 --port 2601 --reuseaddr
		left
		top
		plan
		if [[ $way = plan ]]; then
			press w
			shown 'signal TERM, then KILL, clear TIME-WAIT$'
			press w
			gone 'KILL, clear TIME-WAIT$'
			press w
			shown 'signal TERM, then KILL, clear TIME-WAIT$'
			left # not before it is said
			press y
		else
			press y
			shown '^2601/tcp: free for a server '
			shown '\(w clears it now\)'
			left
			press w
		fi
		shown '^2601/tcp: free, 3 TIME-WAITs cleared'
		run ! left
		close_terminal
	done
}

@test "top: the plan has to be seen to its end" {
	start_fixture a --addr 127.0.0.1 --port 2601 --comm many --workers 6
	top
	plan
	mux resize-window -t top -x 40 -y 6
	shown '^2601/tcp'
	press Home
	press y
	shown 'the plan goes on below'
	alive "$PID"
	press End
	press y
	shown '^Done' 60
	dead "$PID"
}
