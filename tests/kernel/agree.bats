#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every scene is shown three times, to a snapshot, to a tracker that is loaded after it and to one
# that saw it begin; each time `list` and `who` must say of every socket what ss and /proc say.

load lib
load agree
ONE_TRACKER=1

prepare() {
	need ss "$PYTHON"
}

# fixture ARG...: portfix under the next free name
fixture() {
	SCENE=$((${SCENE:-0} + 1))
	start_fixture "scene$SCENE" "$@"
}

# All side by side: each takes its time to fill windows.
tcp_states() {
	local family=$1 side=$2 state first=$((${SCENE:-0} + 1))
	shift 2
	for state; do
		SCENE=$((${SCENE:-0} + 1))
		start "scene$SCENE" "$PORTFIX" --family "$family" --side "$side" --state "$state"
	done
	for ((; first <= SCENE; first++)); do
		await_line "scene$first" ^ready 10
	done
}

@test "agree: every TCP state of a server, over IPv4" {
	in_every_mode LISTEN=8,ESTABLISHED=4,FIN_WAIT1=1+,FIN_WAIT2=4,CLOSE_WAIT=1+,LAST_ACK=1,CLOSING=1,TIME_WAIT=1+,SYN_RECV=1 \
		tcp_states 4 server ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT LAST_ACK CLOSING TIME_WAIT SYN_RECV
}

@test "agree: every TCP state of a server, over IPv6" {
	in_every_mode LISTEN=8,SYN_RECV=1,CLOSING=1,LAST_ACK=1,TIME_WAIT=1+ \
		tcp_states 6 server ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT LAST_ACK CLOSING TIME_WAIT SYN_RECV
}

@test "agree: every TCP state of a client, over IPv4 and IPv6" {
	both() {
		tcp_states 4 client FIN_WAIT1 FIN_WAIT2 LAST_ACK CLOSING TIME_WAIT SYN_SENT
		tcp_states 6 client FIN_WAIT1 FIN_WAIT2 LAST_ACK CLOSING TIME_WAIT SYN_SENT
	}
	in_every_mode SYN_SENT=2,CLOSING=2,TIME_WAIT=2+ both
}

@test "agree: addresses, wildcard and specific, v6only and dual-stack, port 0 and chosen" {
	addresses() {
		fixture
		fixture --addr 127.0.0.1 --listen 7
		fixture --addr 127.0.0.2 --port 8000
		fixture --addr 127.0.0.3 --port 8000
		fixture --family 6 --v6only 1 --port 8000
		fixture --family 6 --v6only 0 --port 8001
		fixture --family 6 --addr ::1 --port 8002
		fixture --no-bind
		fixture --family 6 --no-bind
		fixture --bind-only --addr 127.0.0.1
		fixture --bind-only --family 6 --port 8003
		fixture --bind-only --reuseaddr --port 8004 --dup 2
		fixture --bind-only --reuseaddr --port 8004
	}
	in_every_mode LISTEN=9,BOUND=4 addresses
}

@test "agree: UDP, bound, connected and bound by the first datagram" {
	udp() {
		fixture --proto udp
		fixture --proto udp --addr 127.0.0.1 --port 5300 --dup 1
		fixture --proto udp --family 6 --v6only 1 --port 5301
		fixture --proto udp --family 6 --v6only 0 --port 5302
		fixture --proto udp --reuseport --port 5303
		fixture --proto udp --reuseport --port 5303
		fixture --proto udp --connect 127.0.0.1:5300 --conns 2
		fixture --proto udp --family 6 --connect '[::1]:5301'
		fixture --proto udp --addr 127.0.0.1 --port 5304 --connect 127.0.0.1:5300
		fixture --proto udp --sendto 127.0.0.1:5300
		fixture --proto udp --family 6 --sendto '[::1]:5301'
	}
	in_every_mode udp/UNCONN=8,udp/ESTABLISHED=4 udp
}

@test "agree: 64 workers with SO_REUSEPORT" {
	in_every_mode LISTEN=64 fixture --reuseport-workers 64
}

@test "agree: one process with 200 sockets on a port, more than the index has places for" {
	crowd() {
		start crowd "$PYTHON" -c '
import signal, socket
kept = []
for i in range(200):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("127.0.0.1", 8000))
    s.listen()
    kept.append(s)
print("ready", flush=True)
signal.pause()'
		await_line crowd ready
	}
	in_every_mode LISTEN=200 crowd
}

@test "agree: connections between processes, one accepting, one forking for each" {
	connections() {
		fixture --addr 127.0.0.1 --port 8000 --reuseaddr --accept 5
		fixture --connect 127.0.0.1:8000 --conns 5
		fixture --family 6 --addr ::1 --port 8001 --reuseaddr --accept 3 --accept-fork
		local forking=scene$SCENE child
		fixture --family 6 --connect '[::1]:8001' --conns 3
		await 5 eval '[ "$(grep -c accepted "$OUTPUTS/'"$forking"'")" = 3 ]'
		while read -r child; do
			STARTED+=("$(field pid "$child")")
		done < <(grep accepted "$OUTPUTS/$forking")
		# dual-stack, and an IPv4 client
		fixture --family 6 --v6only 0 --port 8002 --reuseaddr --accept 1
		fixture --connect 127.0.0.1:8002
		# nobody accepts these
		fixture --addr 127.0.0.1 --port 8003 --reuseaddr
		fixture --addr 127.0.0.1 --connect 127.0.0.1:8003 --conns 2
	}
	in_every_mode LISTEN=4,ESTABLISHED=22 connections
}

@test "agree: orphans, and connections whose listener is gone" {
	orphans() {
		local state
		for state in FIN_WAIT1 CLOSING LAST_ACK; do
			fixture --state "$state" --orphan
		done
		fixture --state FIN_WAIT1 --orphan --drop-listener
		fixture --state FIN_WAIT2 --orphan
		fixture --state ESTABLISHED --drop-listener
		fixture --family 6 --state CLOSE_WAIT --drop-listener
	}
	in_every_mode LISTEN=4,ESTABLISHED=4+,FIN_WAIT1=2+ orphans
}

@test "agree: holders that are not creators" {
	holders() {
		fixture --workers 4 --port 8000
		fixture --workers 1 --port 8001
		kill -KILL "$PID"
		fixture --daemonize
		fixture --leak
		fixture --thread
		fixture --exec sleep 600
		fixture --hold-inflight
		fixture --bind-only --daemonize
		fixture --proto udp --daemonize
		fixture --proto udp --leak
		SCENE=$((SCENE + 1))
		start "scene$SCENE" "$PORTFIX" --send-fd "$OUTPUTS/socket$SCENE"
		fixture --recv-fd "$OUTPUTS/socket$SCENE"
		await_line "scene$((SCENE - 1))" sent
	}
	in_every_mode LISTEN=8,BOUND=1,UNCONN=2 holders
}

@test "agree: a name that ss and JSON must quote" {
	names() {
		fixture --comm 'a "b\c'
		fixture --comm $'tab\there'
	}
	in_every_mode LISTEN=2 names
}

@test "agree: sockets with a past" {
	past() {
		start odd "$PYTHON" -B "$HERE/odd.py"
		await_line odd ready
		STARTED+=("$(field children "$RET")")
	}
	in_every_mode LISTEN=10,BOUND=4,ESTABLISHED=12+ past
}

@test "agree: two namespaces with the same port, and a holder that has moved" {
	make_netns other
	local other=$RET
	same_port() {
		fixture --port 8000
		fixture --proto udp --port 8000
		fixture --state TIME_WAIT --reuseaddr --port 8001
		RUN_IN=$other fixture --port 8000 --addr 127.0.0.1
		RUN_IN=$other fixture --state TIME_WAIT --reuseaddr --port 8001
		# opened here, and its holder there
		fixture --port 8005 --exec nsenter --net="/run/netns/$other" sleep 600
		await 5 eval '[ "$(cat /proc/'"$PID"'/comm)" = sleep ]'
	}
	both_agree() {
		agree "$1" LISTEN=3,TIME_WAIT=1+
		AGREE_IN=$other agree "$1" LISTEN=2,TIME_WAIT=1+
		# from outside, with only the namespace's number to tell them apart
		local name inode count
		for name in "$NETNS" "$other"; do
			inode=$(stat -Lc %i "/run/netns/$name")
			count=$("$PORTWATCH" --pin-dir "$PIN" list --json --port 8000/tcp --netns "/run/netns/$name" |
				jq ".sockets | length as \$n | map(select(.netns == $inode)) | [length, \$n] | @csv")
			[ "$count" = '"1,1"' ]
		done
	}
	same_port
	both_agree snapshot
	pw load
	both_agree tracker
	clear_scene
	same_port
	both_agree tracker
}
