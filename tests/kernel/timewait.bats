#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TIME-WAIT as the kernel has it (ss, sockstat, TcpExt) next to what `timewait` says.

load lib
load agree
ONE_TRACKER=1

prepare() {
	all_ports
	need ss jq "$PYTHON"
}

# look JQ [ARG...]: what one look at the test's namespace says
look() {
	local filter=$1
	shift
	pw timewait --once --json --netns self "$@" | jq -c "$filter"
}

in_kernel() {
	in_ns ss -Htan state time-wait | wc -l
}

# sockstat: TIME-WAIT sockets as the kernel counts them
sockstat() {
	in_ns awk '$1 == "TCP:" { for (i = 2; i < NF; i++) if ($i == "tw") print $(i + 1) }' /proc/net/sockstat
}

same() {
	[[ $1 == "$2" ]] || { echo "got '$1', not '$2'"; return 1; }
}

# Short connections, server or client ending them first; PID of who left them.
churn() {
	start_fixture churn --conn-churn "$@"
	await_line churn "^done" 60
}

# scene WORDS...: of timewait.py, until it has ended; the port of its server in PORT
scene() {
	start scene "$PYTHON" "$BATS_TEST_DIRNAME/timewait.py" "$@"
	PID=$RET
	await_line scene "^ready"
	PORT=$(field port "$RET")
	await_line scene "^(done|failed)" 120
}

# tcp_ext NAME...: the sum of these counters of the kernel
tcp_ext() {
	in_ns awk -v names="$*" '$1 == "TcpExt:" {
		if (!n) { n = split($0, name); next }
		for (i = 2; i <= n; i++) if (index(" " names " ", " " name[i] " ")) sum += $i
	} END { print sum + 0 }' /proc/net/netstat
}

# seen_by VARIANT...: is one of them the hook that tells of a TIME-WAIT? With fentry all are counted.
seen_by() {
	[[ " $* " = *" $(pw status --json | jq -r '.hooks[] | select(.need == "tw-enter") | .variant') "* ]]
}

@test "timewait: without a tracker, what the kernel has" {
	churn 50
	port=$PORT
	churn 30 --family 6 --addr ::1
	same "$(look '[.exact, .total.current, .total.max]')" "[false,80,$(in_ns cat /proc/sys/net/ipv4/tcp_max_tw_buckets)]"
	same "$(in_kernel)" 80
	same "$(look '[.by_port[] | [.port, .current]]')" "[[$port,50],[$PORT,30]]"
	same "$(look '[.by_peer[] | [.local_addr, .remote.addr, .remote.port, .current]]')" \
		'[["127.0.0.1","127.0.0.1",null,50],["::1","::1",null,30]]'
	# The connections were all made within the last seconds, and none within the last tenth of one.
	same "$(look '[.by_process[] | [.pid, .current, .entered_per_s]]' --interval 20)" '[[null,80,4]]'
	sleep 0.3
	same "$(look '.total.entered_per_s' --interval 0.1)" 0
}

both_sides() {
	local family=$1 address=$2 port
	churn 40 --family "$family" --addr "$address"
	same "$(look '[.total.current, (.by_process[] | [.pid, .comm, .current])]')" "[40,[$PID,\"portfix\",40]]"
	same "$(look '[.by_port[] | [.port, .current]]')" "[[$PORT,40]]"
	port=$PORT
	churn 60 --family "$family" --addr "$address" --side client
	same "$(look '[.by_port[] | [.port, .ephemeral, .current]]')" "[[null,true,60],[$port,null,40]]"
	same "$(look '[.by_peer[] | [.local_addr, .remote.addr, .remote.port, .current, .ephemeral_used]]')" \
		"[[\"$address\",\"$address\",$PORT,60,60],[\"$address\",\"$address\",null,40,null]]"
	same "$(look '[.by_peer[0].process.pid, .by_process[0].pid]')" "[$PID,$PID]"
	same "$(look '.total.current')" "$(sockstat)"
}

@test "timewait: left by the server and by the client, IPv4" {
	pw load
	both_sides 4 127.0.0.1
}

@test "timewait: left by the server and by the client, IPv6" {
	pw load
	both_sides 6 ::1
}

@test "timewait: of connections that are reset there is none" {
	pw load
	start_stream events --json --event timewait --netns "/run/netns/$NETNS"
	stream=$RET
	scene reset 200
	end_stream "$stream"
	same "$(sockstat)" 0
	same "$(look '[.total.current, .by_port]')" '[0,[]]'
	same "$(cat "$OUTPUTS/events")" ''
}

@test "timewait: closed by both sides at once, both have one" {
	pw load
	scene simultaneous 20
	same "$(sockstat)" 40
	same "$(look '[.total.current, (.by_port | sort_by(.port)[] | [.port, .current])]')" "[40,[null,20],[$PORT,20]]"
}

@test "timewait: rates are of the interval, by the tracker's counters" {
	pw load
	churn 500
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --interval 1
	looks=$RET
	await_line looks entered
	churn 300 --side client
	last=$(wc -l <"$OUTPUTS/looks")
	await 20 eval '[ "$(wc -l <"$OUTPUTS/looks")" -ge $((last + 2)) ]'
	kill "$looks"
	# The first look has no interval yet. After it what has come is counted, once.
	same "$(jq -s '.[0].total.current' "$OUTPUTS/looks")" 500
	jq -s '.[1:]' "$OUTPUTS/looks" >"$OUTPUTS/later"
	same "$(jq '[.[] | .total.entered_per_s * .interval_s] | add / 10 | round' "$OUTPUTS/later")" 30
	same "$(jq -c '[.[] | .by_process[] | select(.entered_per_s > 0) | .pid] | unique' "$OUTPUTS/later")" "[$PID]"
	same "$(jq '.[-1] | [.total.current, .total.ended_per_s] | add' "$OUTPUTS/later")" 800
}

@test "timewait: rates by a port that the kernel chose are by age, and a pause is not made up for" {
	pw load
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --port 1024-65535 --interval 1
	looks=$RET
	await_line looks entered
	churn 300 --side client
	last=$(wc -l <"$OUTPUTS/looks")
	await 20 eval '[ "$(wc -l <"$OUTPUTS/looks")" -ge $((last + 2)) ]'
	same "$(jq -s '[.[1:][] | .total.entered_per_s * .interval_s] | add / 100 | round' "$OUTPUTS/looks")" 3
	kill -STOP "$looks"
	sleep 5
	last=$(wc -l <"$OUTPUTS/looks")
	kill -CONT "$looks"
	await 20 eval '[ "$(wc -l <"$OUTPUTS/looks")" -ge $((last + 3)) ]'
	kill "$looks"
	# Look once for the pause; further looks are a second apart again.
	jq -se --argjson last "$last" '[.[$last:][].interval_s] | .[0] > 4 and .[1] + .[2] > 1' "$OUTPUTS/looks"
}

@test "timewait: what ended early for a new connection is counted, and none twice" {
	pw load
	start_stream events --json --event timewait,timewait-end --netns "/run/netns/$NETNS"
	stream=$RET
	scene again 5
	end_stream "$stream"
	same "$(look .total.current)" 1
	same "$(grep -c '"timewait"' "$OUTPUTS/events")" 5
	same "$(grep -c '"timewait-end".*"reused":true' "$OUTPUTS/events")" 4
	# connect() takes them over, too: as many as the kernel says.
	start_stream events --json --event timewait-end --netns "/run/netns/$NETNS"
	stream=$RET
	in_ns sh -c 'echo 40000 40999 >/proc/sys/net/ipv4/ip_local_port_range'
	churn 999 --side client
	sleep 1.1
	churn 999 --side client --port "$PORT" --reuseaddr
	end_stream "$stream"
	recycled=$(tcp_ext TWRecycled)
	[[ $recycled -gt 900 ]]
	echo "$recycled, told: $(grep -c '"reused":true' "$OUTPUTS/events") of $(wc -l <"$OUTPUTS/events") $(grep -c lost "$OUTPUTS/events") $(sockstat) $(tcp_ext TW)"
	same "$(grep -c '"reused":true' "$OUTPUTS/events")" "$recycled"
}

@test "timewait: filters hide rows, not the ports that others have taken" {
	pw load
	churn 40 --side client
	other=$PID
	port=$PORT
	churn 25 --side client --port "$port"
	same "$(look '[.total.current, (.by_peer[] | [.current, .ephemeral_used])]' --pid "$other")" "[40,[40,65]]"
	same "$(look '.total.current' --peer "127.0.0.1:$port")" 65
	same "$(look '.total.current' --comm portfix --port 1)" 0
	same "$(look '.total.current' -6)" 0
}

@test "timewait: who takes most ports is named, also by connections that live" {
	pw load
	churn 2 --side client
	port=$PORT
	start_fixture server --addr 127.0.0.1 --port "$port" --reuseaddr --accept 3
	start_fixture client --connect "127.0.0.1:$port" --conns 3 --comm taker
	accepted server 3
	same "$(look ".by_peer[] | select(.remote.port == $port) | [.current, .process.pid, .process.comm]")" "[2,$PID,\"taker\"]"
}

@test "timewait: of a port, older than the tracker, of a process, and of the next process" {
	own_tracker
	churn 50 --reuseaddr
	port=$PORT
	pw load
	churn 30 --reuseaddr --port "$port"
	first=$PID
	same "$(look '[.by_process[] | [.pid, .current]]')" "[[null,50],[$first,30]]"
	churn 20 --reuseaddr --port "$port"
	same "$(look '[.by_process[] | [.pid, .current]]')" "[[null,50],[$first,30],[$PID,20]]"
	same "$(look '[.by_port[] | [.port, .current]]')" "[[$port,100]]"
}

@test "timewait: namespaces are told apart" {
	pw load
	churn 20
	first=$(in_ns stat -Lc %i /proc/self/ns/net)
	make_netns other
	other=$RET
	second=$(in_netns "$other" stat -Lc %i /proc/self/ns/net)
	RUN_IN=$other churn 30
	same "$("$PORTWATCH" --pin-dir "$PIN" timewait --once --json | jq -c \
		"[.by_port[] | select(.netns == $first or .netns == $second) | [.netns, .current]] | sort")" \
		"$(jq -nc "[[$first,20],[$second,30]] | sort")"
	same "$("$PORTWATCH" --pin-dir "$PIN" timewait --once --json --netns "/run/netns/$other" | jq .total.current)" 30
}

@test "timewait: more peers than the map of counters has room for: what is dropped is stated" {
	pw load --max-timewait 1024
	# A look that comes late leaves out what happened before its interval: a long one is met on a busy machine, too.
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --interval 3
	looks=$RET
	await_line looks entered
	scene peers 2000
	last=$(wc -l <"$OUTPUTS/looks")
	await 20 eval '[ "$(wc -l <"$OUTPUTS/looks")" -ge $((last + 2)) ]'
	kill "$looks"
	jq -sc '.[1:]' "$OUTPUTS/looks" >"$OUTPUTS/later"
	# All are there, whoever was counted; and of the rates nothing is silently missing.
	same "$(jq -c '.[-1] | [.total.current, (.by_peer | length)]' "$OUTPUTS/later")" '[2000,2000]'
	jq -e '([.[].tracker.unattributed] | add) as $dropped | $dropped > 0 and
		([.[].by_peer[] | select(.entered_per_s > 0)] | length) + $dropped >= 2000' "$OUTPUTS/later"
}

@test "timewait: tcp_max_tw_buckets is reached" {
	pw load
	in_ns sh -c 'echo 100 >/proc/sys/net/ipv4/tcp_max_tw_buckets'
	churn 90
	same "$(look '[.total.max, .total.overflowed]')" '[100,0]'
	[[ $(look '.warnings[0]') == *'90 of 100 TIME-WAIT sockets'* ]]
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --count 2 --interval 8
	looks=$RET
	await_line looks entered
	churn 50
	await 60 dead "$looks"
	same "$(sed -n 2p "$OUTPUTS/looks" | jq -c '[.total.current, .total.overflowed]')" "[100,40]"
	[[ $(sed -n 2p "$OUTPUTS/looks" | jq '.warnings[0]') == *'40 connections ended without TIME-WAIT'* ]]
	# Connections without room have not entered it; only a hook can know.
	seen_by fentry kprobe || return 0
	same "$(sed -n 2p "$OUTPUTS/looks" | jq '.interval_s * ([.by_process[].entered_per_s] | add) | round')" 10
}

@test "timewait: every one that the kernel has had is counted" {
	local n
	n=$(times 4000 20000)
	pw load
	# Kernels do not agree in which sum one is that ends for another connection.
	in_ns sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse'
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --interval 1
	looks=$RET
	await_line looks entered
	start_fixture churn --conn-churn "$n" --side client
	await_line churn "^done" 600
	await 90 eval '[ "$(sockstat)" = 0 ]'
	sleep 1.5
	kill "$looks"
	entered=$(jq -s '[.[1:][] | .total.entered_per_s * .interval_s] | add | round' "$OUTPUTS/looks")
	had=$(tcp_ext TW TWKilled) refused=$(tcp_ext TCPTimeWaitOverflow)
	echo "# $n connections: $entered; the kernel: $had, refused $refused" >&3
	same $((had + refused)) "$n"
	same "$(look .exact)" "$(seen_by fentry && echo true || echo false)"
	if seen_by fentry; then
		same "$(look '.tracker | [.entered, .ended]')" "[$had,$had]"
		n=$had
	fi
	# Rates are rounded; and without a hook it is not known that one was refused.
	((entered >= had - n / 1000 && entered <= n + n / 1000))
}

@test "timewait: warned of, and by name, before connect() finds no port any more" {
	pw load
	in_ns sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse; cd /proc/sys/net/ipv4
		echo 40000 40999 >ip_local_port_range; echo 40000-40099 >ip_local_reserved_ports'
	start looks "$PORTWATCH" --pin-dir "$PIN" timewait --json --netns self --interval 0.5
	looks=$RET
	await_line looks entered
	scene exhaust 60 1000
	kill "$looks"
	failed=$RET
	[[ $failed == *errno=EADDRNOTAVAIL* ]]
	same "$(field connections "$failed")" 899 # the listener has one
	# Ten seconds before it said so, nearly to the second, with the process and the cure; unless the
	# machine had other things to do, and the rate was another for once.
	jq -s --argjson at "$(field at "$failed")" --argjson pid "$PID" '
		map(. as $look | (.time[0:19] + "Z" | fromdate) + ("0." + .time[20:26] | tonumber) | {at: ., $look})
		| map(select(.at < $at)) | map(.left = $at - .at) as $before
		| $before | map(select(.left > 2 and .left < 10 and (.look.total.entered_per_s | . > 54 and . < 66)))
		| [length > 3,
		   all(.look.by_peer[0] | .ephemeral_total == 900 and .process.pid == $pid and
			(.cure // "" | contains("keep-alive"))),
		   all(.look.warnings[0] // "" | contains("python") and contains("EADDRNOTAVAIL")),
		   all((.look.by_peer[0].exhausted_in_s // 999) - .left | fabs < 2)]' \
		"$OUTPUTS/looks" | tee "$OUTPUTS/judged"
	same "$(jq -c . "$OUTPUTS/judged")" '[true,true,true,true]'
	same "$(look '.by_peer[0] | [.ephemeral_used, .exhausted_in_s]')" '[900,0]'
	# connect() may take them again with tcp_tw_reuse: no forecast then, and that all are in use is said.
	in_ns sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse'
	sleep 1.1
	same "$(look '.by_peer[0].exhausted_in_s')" null
	[[ $(look '.warnings[0]') == *'900 of 900 ephemeral ports in use; connect() takes over 899 of them'* ]]
}
