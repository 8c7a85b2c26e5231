#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Connections that wait at a listener that does not accept: as ss has them (Recv-Q).

load lib
load agree
ONE_TRACKER=1

prepare() {
	need "$PYTHON" jq
	REFUSE=$(dirname "$PORTFIX")/refuse
}

# queued WHAT: servers and clients of queue.py
queued() {
	start queue "$PYTHON" -B "$HERE/queue.py" "$1"
	await_line queue ^ready 10
}

# says FORM PORT WORDS...: what portwatch prints of the port has each of these; !WORDS: has not
says() {
	local form=$1 port=$2
	shift 2
	pw "$form" --netns self "$port" >"$OUTPUTS/said"
	for words; do
		if [[ $words = !* ]]; then
			run ! grep -E -- "${words#!}" "$OUTPUTS/said"
		else
			grep -qE -- "$words" "$OUTPUTS/said" || { cat "$OUTPUTS/said"; return 1; }
		fi
	done
}

# json PORT FILTER: is this true of the answer?
json() {
	pw --json --netns self "$1" | jq -e "$2" >/dev/null
}

five_wait() {
	json 8210/tcp '.sockets[] | select(.state == "LISTEN") | [.queue, .backlog] == [5, 8]'
	json 8210/tcp '.ports[0] | [.accepting, .gave_up] == [true, 2]'
	says --table 8210/tcp '5 of 8 waiting for accept\(\)' '!not accepting'
	says -v 8210/tcp '^  5 connections wait for accept\(\) \(backlog 8\); 2 clients have closed already$' \
		'!not accepting'
}

@test "connections that wait for accept() are counted without a tracker and with one" {
	queued five
	five_wait
	pw load
	five_wait
}

@test "free: connections that wait for accept() are counted, whatever their clients did since" {
	queued five
	pw free -n --netns self 8210/tcp 2>&1 | grep -qx '5 connections wait for accept(), and will be dropped'
	pw free -n --json --netns self 8210/tcp | jq -e '.ports[0] | [.waiting, .closing, .connections] == [5, 0, 0]'
}

no_room() {
	says -v 8212/tcp 'in use by .*, not accepting$' \
		'its queue is full: 3 connections wait for accept\(\) \(backlog 2\); [0-9]+ attempts? to connect turned away'
	says --table 8212/tcp 'not accepting'
	json 8212/tcp '.ports[0].accepting == false'
	json 8212/tcp '.sockets[] | select(.state == "LISTEN").drops > 0'
}

@test "a server whose queue is full is said not to accept, without a tracker and with one" {
	queued full
	no_room
	pw load
	no_room
}

@test "a queue that no source tells of is not said to have room" {
	queued full
	in_ns "$REFUSE" bpf,sock_diag -- "$PORTWATCH" --pin-dir "$PIN" --json --netns self 8212/tcp |
		jq -e '.ports[0] | .why == "held" and (has("accepting") or has("gave_up") | not)'
}

@test "of several listeners on a port one has no room" {
	queued one_of_two
	says -v 8213/tcp '1 of 2 queues full: ' '!in use by .*, not accepting'
	json 8213/tcp '.ports[0].accepting == true'
}

# says_dropped COMMAND...: the command, a portwatch, knows the number that ss shows
says_dropped() {
	[ "$("$@" --json 8211/udp | jq '.sockets[0].drops')" = "$DROPPED" ]
}

@test "datagrams that a socket had no room for are counted, whichever source tells" {
	need ss
	queued flood
	DROPPED=$(in_ns ss -Hunlm 'sport = :8211' | sed -n 's/.*,d\([0-9]*\)).*/\1/p')
	((DROPPED > 0))
	says_dropped pw
	says_dropped in_ns "$REFUSE" bpf -- "$PORTWATCH" --pin-dir "$PIN"
	says_dropped in_ns "$REFUSE" --unhit-ok sock_diag -- "$PORTWATCH" --pin-dir "$PIN"
	pw load
	says_dropped pw
}
