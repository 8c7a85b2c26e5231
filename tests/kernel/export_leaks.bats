#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `portwatch export` of what a busy host leaks and queues, next to the kernel's own counters.

load lib
load agree
load export
ONE_TRACKER=1

prepare() {
	need ss jq promtool "$PYTHON"
	pw load
}

# ports NAME WORDS...: of ports.py, on loopback
ports() {
	start "$1" "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" "$2" 127.0.0.1 "${@:3}"
	local pid=$RET
	await_line "$1" '^(ready|done)' 30
	RET=$pid
}

# tcp_ext NAME
tcp_ext() {
	in_ns awk -v wanted="$1" '$1 == "TcpExt:" { if (!n) { n = split($0, name); next }
		for (i = 2; i <= n; i++) if (name[i] == wanted) print $i }' /proc/net/netstat
}

in_state() {
	in_ns ss -Htan state "$1" "( sport = :28400 or dport = :28400 )" | wc -l
}

all_half_closed() {
	[[ $(in_state close-wait) = 30 && $(in_state fin-wait-2) = 30 ]]
}

@test "export: connections left open, by port, state and process" {
	ports server keep 28400
	SERVED=$RET
	ports client half 28400 30
	await 10 all_half_closed
	same "$(pw timewait --once --json --netns self | jq -c '[.half_closed[] | select(.port == 28400) | [.state, .current]]')" \
		'[["CLOSE_WAIT",30]]'
	same "$(pw timewait --once --json --netns self | jq -c '[.half_closed[] | [.port, .state, .current, .pid]]')" \
		"[[null,\"FIN_WAIT2\",30,$RET],[28400,\"CLOSE_WAIT\",30,$SERVED]]"
	pw timewait --once --netns self | grep -qE "^28400 +CLOSE_WAIT +30 +.*\\[$SERVED\\]"
	metrics --netns self
	same "$(value portwatch_half_closed_sockets 'port="28400"' 'state="CLOSE_WAIT"' 'netns="self"')" 30
	same "$(value portwatch_half_closed_sockets 'port="ephemeral"' 'state="FIN_WAIT2"' 'netns="self"')" 30
	same "$(rows portwatch_half_closed_sockets "comm=\"$(cat "/proc/$RET/comm" 2>/dev/null || echo python3)\"")" 2
}

@test "export: queues of listeners, their limit, and what was turned away" {
	start server "$PYTHON" -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 28401)); s.listen(4)
print("ready", flush=True)
time.sleep(300)'
	await_line server '^ready'
	# Nobody accepts: one more than the backlog fits, the rest is turned away.
	start client "$PYTHON" -c 'import socket, time
s = [socket.socket() for i in range(9)]
for x in s: x.setblocking(False); x.connect_ex(("127.0.0.1", 28401))
print("ready", flush=True)
time.sleep(300)'
	await_line client '^ready'
	await 10 eval '[[ $(tcp_ext ListenOverflows) -ge 1 ]]'
	metrics --netns self
	queue=$(in_ns ss -Htln '( sport = :28401 )' | awk '{ print $2, $3 }')
	[[ -n $(matching portwatch_listener_queue_connections 'port="28401"') ]] || skip "no source tells of queues here"
	same "$(value portwatch_listener_queue_connections 'port="28401"') $(value portwatch_listener_queue_limit 'port="28401"')" "$queue"
	same "$queue" '5 4'
	(($(value portwatch_listener_drops_total 'port="28401"') >= 1))
}

@test "export: TIME-WAIT, limit and overflow of each namespace by itself" {
	make_netns other
	other=$RET
	in_netns "$other" sh -c 'echo 20 >/proc/sys/net/ipv4/tcp_max_tw_buckets'
	number=$(in_netns "$other" stat -Lc %i /proc/self/ns/net)
	RUN_IN=$other start_fixture churn --conn-churn 50
	await_line churn '^done' 60
	start_fixture mine --conn-churn 12
	await_line mine '^done' 60
	overflows=$(NETNS=$other tcp_ext TCPTimeWaitOverflow)
	metrics --top 1000
	same "$(value portwatch_netns_timewait_limit "netns=\"$number\"")" 20
	same "$(value portwatch_netns_timewait_overflows_total "netns=\"$number\"")" "$overflows"
	same "$(value portwatch_netns_timewait_sockets "netns=\"$number\"")" $((50 - overflows))
	same "$(value portwatch_netns_timewait_sockets 'netns="self"')" 12
	same "$(value portwatch_netns_info "netns=\"$number\"" "name=\"$other\"")" 1
}

@test "timewait: an unload ends it with a reason, at once, and is no rate of 0" {
	own_tracker
	pw load
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --interval 600
	looks=$RET
	await_line looks entered
	pw unload
	await 10 dead "$looks"
	local status=0
	wait "$looks" || status=$?
	same "$status" 5
	grep -q "was unloaded: start again" "$OUTPUTS/looks.err"
	same "$(wc -l <"$OUTPUTS/looks")" 1
}

@test "timewait: loaded anew meanwhile, it is another tracker, and ends it" {
	own_tracker
	pw load
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --interval 1
	looks=$RET
	await_line looks entered
	kill -STOP "$looks"
	pw unload
	pw load
	kill -CONT "$looks"
	await 10 dead "$looks"
	grep -q "was unloaded: start again" "$OUTPUTS/looks.err"
	same "$(jq -s 'map(select(.total.entered_per_s < 0 or .total.entered_per_s > 100000)) | length' "$OUTPUTS/looks")" 0
}

@test "timewait: --top N bounds each table, and JSON has all" {
	start scene "$PYTHON" "$BATS_TEST_DIRNAME/timewait.py" peers 40
	await_line scene '^done' 60
	pw timewait --once --by peer --top 3 --netns self >"$OUTPUTS/text"
	same "$(grep -c ', any port' "$OUTPUTS/text") $(grep -c '^and 37 more$' "$OUTPUTS/text")" '3 1'
	same "$(pw timewait --once --json --top 3 --netns self | jq '.by_peer | length')" 40
}
