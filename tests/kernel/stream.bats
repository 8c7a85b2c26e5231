#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load lib
load agree
ONE_TRACKER=1

prepare() {
	need ss jq "$PYTHON"
}

# listen_here NAME ARG...: a stream of this namespace alone, as JSON; pid in STREAM
listen_here() {
	start_stream "$1" --all --json --netns "/run/netns/$NETNS" "${@:2}"
	STREAM=$RET
}

# shown NAME JQ: what is left of each event, a line each
shown() {
	jq -r "$2" "$OUTPUTS/$1"
}

# Print a line for an event: what, from and to which state, by whom, from inference or not.
STORY='[.event, (if .event == "state" then .old + ">" + .new else empty end), .pid,
	(if .inferred then "inferred" else empty end)] | join(" ")'

same_lines() {
	diff -u <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# Otherwise the stream brings a tracker of its own.
load_where_possible() {
	! can_load || pw load
}

one_life() {
	local server client server_port client_port family=$1 address=$2
	listen_here life
	start_fixture server --family "$family" --addr "$address" --accept 1
	server=$PID server_port=$PORT
	[[ $address != *:* ]] || address="[$address]"
	start_fixture client --family "$family" --connect "$address:$server_port"
	client=$PID client_port=$PORT
	await_line server accepted
	# The client closes first, then the server, then its listener with it.
	kill -USR1 "$client"
	await_line client closed
	await 5 eval 'in_ns ss -Htan state close-wait | grep -q ":$server_port "'
	kill -USR1 "$server"
	await_line server closed
	await 5 eval 'in_ns ss -Htan state time-wait | grep -q .'
	sleep 0.1
	# An end before its time, where the kernel can be asked for it.
	in_ns ss -K state time-wait >/dev/null 2>&1 || true
	if [[ -z $(in_ns ss -Htan state time-wait) ]]; then
		await_line life timewait-end 20
	fi
	end_stream "$STREAM"
	[ ! -s "$OUTPUTS/life.err" ]

	# The client's end, told by its local port; a connect may come before it has one.
	same_lines "connect $client
state SYN_SENT>ESTABLISHED $client
close $client
state ESTABLISHED>FIN_WAIT1 $client
state FIN_WAIT1>FIN_WAIT2 $client
timewait $client" "$(shown life "select((.local.port == $client_port or .event == \"connect\") and .event != \"timewait-end\") | $STORY")"
	# The server's end. Who will accept is inferred until somebody has.
	same_lines "state SYN_RECV>ESTABLISHED $server inferred
accept $server
state ESTABLISHED>CLOSE_WAIT $server
close $server
state CLOSE_WAIT>LAST_ACK $server
state LAST_ACK>CLOSE $server" "$(shown life "select(.local.port == $server_port and .remote) | $STORY")"
	# The listener
	same_lines "bind $server
listen $server
close $server
state LISTEN>CLOSE $server" "$(shown life "select(.local.port == $server_port and (.remote | not)) | $STORY")"
	# Nothing else, in order, and with everything that is known about each.
	local all='.time and .proto == "tcp" and .comm == "portfix" and .uid == 0 and .local.addr and .netns'
	same_lines "$(shown life .time)" "$(shown life .time | sort)"
	[ "$(shown life "select(.event != \"timewait-end\") | $all" | sort | uniq -c | xargs)" = "16 true" ]
	[ "$(shown life 'select(.event == "timewait-end") | .pid')" = "" ] ||
		[ "$(shown life 'select(.event == "timewait-end") | .pid')" = "$client" ]
	[ "$(shown life 'select(.event == "listen") | .backlog')" = 128 ]
	[ "$(shown life 'select(.event == "close") | .duration_ms > 0 and .duration_ms < 60000' | sort -u)" = true ]
	# Programs on kprobes cannot make a cookie, tracing programs can from 5.12 on.
	[ "$(bind_hook)" != kprobe ] || return 0
	printf '5.12\n%s\n' "$(uname -r)" | sort -CV || return 0
	[ "$(shown life .cookie | sort -u | wc -l)" = 3 ]
	follow life
}

# bats test_tags=core
@test "stream: one connection's whole life, both ends, IPv4" {
	load_where_possible
	one_life 4 127.0.0.1
}

@test "stream: one connection's whole life, with the stream's own tracker, IPv6" {
	one_life 6 ::1
}

binds() {
	local holder failed udp
	listen_here binds
	start_fixture chosen --addr 127.0.0.1
	local port=$PORT pid=$PID
	start_fixture later --no-bind
	local later_port=$PORT later=$PID
	start_fixture bound --bind-only --port 7001
	local bound=$PID
	start_fixture holder --addr 127.0.0.1 --port 7000
	holder=$PID
	start failed "$PORTFIX" --addr 127.0.0.1 --port 7000
	failed=$RET
	await 5 dead "$failed"
	start failed2 "$PORTFIX" --addr 192.0.2.9 --port 7002
	local failed2=$RET
	await 5 dead "$failed2"
	start_fixture udp --proto udp --addr 127.0.0.1 --port 7003
	udp=$PID
	start_fixture udp6 --proto udp --family 6 --v6only 1
	local udp6=$PID udp6_port=$PORT
	start failed3 "$PORTFIX" --proto udp --addr 127.0.0.1 --port 7003
	local failed3=$RET
	await 5 dead "$failed3"
	# who holds it is asked when the event is read: it has to live until then
	await_line binds "\"event\":\"bind-failed\".*\"pid\":${failed3}[,}]" 30
	start_fixture sender --proto udp --sendto 127.0.0.1:7003
	local sender=$PID sender_port=$PORT
	start_fixture connected --proto udp --connect 127.0.0.1:7003
	local connected=$PID connected_port=$PORT
	kill -USR1 "$udp" "$sender" "$bound"
	await_line udp closed
	await_line sender closed
	await_line bound closed
	end_stream "$STREAM"
	# Where no hook sees the kernel choose a port, it is told when it is known: UDP has an address, too,
	# by then.
	local address=127.0.0.1
	[ "$(bind_hook)" = tracepoint ] || address=0.0.0.0
	same_lines "bind tcp 127.0.0.1:$port $pid
listen tcp 127.0.0.1:$port $pid
bind tcp 0.0.0.0:$later_port $later
listen tcp 0.0.0.0:$later_port $later
bind tcp 0.0.0.0:7001 $bound
bind tcp 127.0.0.1:7000 $holder
listen tcp 127.0.0.1:7000 $holder
bind-failed tcp 127.0.0.1:7000 $failed EADDRINUSE $holder
bind-failed tcp 192.0.2.9:7002 $failed2 EADDRNOTAVAIL
bind udp 127.0.0.1:7003 $udp
bind udp :::$udp6_port $udp6
bind-failed udp 127.0.0.1:7003 $failed3 EADDRINUSE $udp
bind udp 0.0.0.0:$sender_port $sender
bind udp $address:$connected_port $connected
close tcp 0.0.0.0:7001 $bound
close udp 0.0.0.0:$sender_port $sender
close udp 127.0.0.1:7003 $udp" \
		"$(shown binds '"\(.event) \(.proto) \(.local.addr):\(.local.port) \(.pid)\(if .error then " " + .error else "" end)\(if .holders then [" \(.holders[].pid)"] | join("") else "" end)"' |
			awk '/^close/ { ends[n++] = $0; next } 1; END { close("sort"); for (i = 0; i < n; i++) print ends[i] | "sort" }')"
}

# bats test_tags=core
@test "stream: bind, port 0, listen without bind, failed binds with who is in the way, UDP" {
	load_where_possible
	binds
}

@test "stream: the same binds, with the stream's own tracker" {
	binds
}

# How many events a stream says that it has lost
lost() {
	grep '"event":"lost"' "$OUTPUTS/$1" | jq .count | awk '{ n += $1 } END { print n + 0 }'
}

# missing NAME PATTERN=COUNT...: how many lines fewer than that match; never more. Left in MISSING.
missing() {
	local name=$1 word pattern want have
	shift
	MISSING=0
	for word; do
		pattern=${word%=*} want=${word##*=}
		have=$(grep -c "$pattern" "$OUTPUTS/$name") || true
		[ "$have" = "$want" ] || echo "$pattern: $have of $want"
		[ "$have" -le "$want" ]
		MISSING=$((MISSING + want - have))
	done
	echo "$MISSING are missing, $(lost "$name") are said to be lost"
}

# simultaneous NAME: how many connections both ends closed before either heard of it. Both ends pass
# CLOSING then, and both have TIME-WAIT (RFC 9293, 3.6): instead of 7 changes of state there are 6.
simultaneous() {
	echo $((($(grep -c '"new":"CLOSING"' "$OUTPUTS/$1") + 1) / 2))
}

# accounted NAME PATTERN=COUNT...: all are there, each in its order; or it is said that not, by the stream or by the
# tracker. A hook that was missed can cost three: the change, and the TIME-WAIT that nobody heard of has no end either.
accounted() {
	local lost
	missing "$@"
	lost=$(($(lost "$1") + $(pw status --json 2>/dev/null | jq '.events.missed // 0')))
	if [ "$lost" = 0 ]; then
		[ "$MISSING" = 0 ]
		follow "$1"
	else
		[ "$lost" -le 20 ]
		[ "$MISSING" -le $((3 * lost)) ]
	fi
}

# churn_in_rounds ARG...: make N connections in R rounds. A stream that is not scheduled for a while loses
# nothing, because its ring has room for the events of a round: 8 MiB of 136 bytes, 13 events a connection.
churn_in_rounds() {
	local round
	all_ports
	R=$(times 2 8)
	N=$((R * 2500))
	for ((round = 1; round <= R; round++)); do
		start_fixture "churn$round" --conn-churn 2500 "$@"
		await_line "churn$round" "done connections=2500" 60
		await 5 dead "$PID"
		# all but those that may be lost
		await 60 eval '(($(grep -c "\"event\":\"connect\"" "$OUTPUTS/events") >= round * 2500 - 20))'
	done
}

@test "stream: thousands of connections and their TIME-WAIT's ends, every one accounted for" {
	own_tracker
	pw load
	listen_here events
	churn_in_rounds
	# Until the last TIME-WAIT has ended, and a pass has noticed: N, and those of connections that both ends closed.
	await 90 eval '[ -z "$(in_ns ss -Htan state time-wait)" ]'
	await 60 eval '[ "$(grep -c "\"timewait-end\"" "$OUTPUTS/events")" -ge "$(grep -c "\"timewait\"" "$OUTPUTS/events")" ]' || true
	end_stream "$STREAM"
	local both one
	both=$(simultaneous events)
	one=$((N - both))
	accounted events '"event":"bind"'="$R" '"event":"listen"'="$R" '"event":"connect"'="$N" '"event":"accept"'="$N" \
		'"old":"SYN_SENT","new":"ESTABLISHED"'="$N" '"old":"SYN_RECV","new":"ESTABLISHED"'="$N" \
		'"new":"FIN_WAIT1"'="$((N + both))" '"new":"CLOSING"'="$((2 * both))" \
		'"new":"FIN_WAIT2"'="$one" '"new":"CLOSE_WAIT"'="$one" '"new":"LAST_ACK"'="$one" \
		'"new":"CLOSE"'="$((one + R))" '"event":"close"'="$((2 * N + R))" \
		'"event":"timewait"'="$((N + both))" '"event":"timewait-end"'="$((N + both))"
	[ "$(wc -l <"$OUTPUTS/events")" = "$(grep -c '"event":' "$OUTPUTS/events")" ]
	agree tracker
	[ "$(pw status --json | jq .events.lost)" = 0 ]
}

# Their ends are found by comparison with the kernel's table, where no hook tells of them.
@test "stream: who may not enter other namespaces takes no TIME-WAIT there for ended" {
	need setpriv
	local caps=-all,+bpf,+perfmon,+net_admin
	pw load
	make_netns other
	RUN_IN=$RET start watch setpriv --bounding-set="$caps" --inh-caps="$caps" \
		"$PORTWATCH" --pin-dir "$PIN" stream --json --event timewait,timewait-end --netns "$NETNS"
	local watch=$RET
	await 10 eval '[ "$(pw status --json | jq .events.readers)" = 1 ]'
	start_fixture churn --conn-churn 20
	await_line churn "done connections=20" 60
	await 10 eval '[ "$(grep -c "\"timewait\"" "$OUTPUTS/watch")" = 20 ]'
	sleep 5 # two looks at the table, and some
	end_stream "$watch"
	run ! grep "timewait-end" "$OUTPUTS/watch"
}

@test "stream: of TIME-WAIT that a full map has forgotten the end is told all the same" {
	[[ $(hook_of tw-leave) = @(fentry|kprobe) ]] || skip "only a hook hears of it"
	pw load --max-timewait 256
	listen_here events --event timewait,timewait-end
	all_ports
	start_fixture churn --conn-churn 2000
	await_line churn "done connections=2000" 60
	in_ns ss -HKt state time-wait >"$OUTPUTS/killed"
	await 90 eval '[ -z "$(in_ns ss -Htan state time-wait)" ]'
	await 10 eval '[ "$(grep -c "\"timewait-end\"" "$OUTPUTS/events")" = "$(grep -c "\"timewait\"" "$OUTPUTS/events")" ]'
	end_stream "$STREAM"
	[ "$(grep -c '"timewait-end"' "$OUTPUTS/events")" -ge 1990 ]
	[ "$(jq -s 'map(select(.event == "timewait-end" and .pid == null)) | length' "$OUTPUTS/events")" -gt 1000 ]
}

@test "stream: thousands of connections that are reset, with the stream's own tracker" {
	listen_here events
	churn_in_rounds --linger0
	end_stream "$STREAM"
	accounted events '"event":"connect"'=$N '"event":"accept"'=$N '"event":"close"'="$((2 * N + R))" \
		'"old":"SYN_SENT","new":"ESTABLISHED"'=$N '"old":"SYN_RECV","new":"ESTABLISHED"'=$N \
		'"new":"CLOSE"'="$((2 * N + R))" '"event":"timewait'=0 '"event":"bind"'="$R" '"event":"listen"'="$R"
}

@test "stream: a reader that is too slow is told how much it lost" {
	own_tracker
	pw load
	listen_here closing --event state --state CLOSING
	local closing=$STREAM
	listen_here slow --event state
	kill -STOP "$STREAM"
	# More than its ring holds: 8 MiB of 136 bytes.
	all_ports
	start_fixture churn --conn-churn 12000
	await_line churn "done connections=12000" 60
	[ "$(pw status --json | jq .events.lost)" -gt 0 ]
	kill -CONT "$STREAM"
	await_line slow '"event":"lost"' 10
	end_stream "$STREAM"
	end_stream "$closing"
	missing slow '"event":"state"'=$((12000 * 7 + 1 - $(simultaneous closing)))
	[ "$MISSING" -gt 0 ]
	[ "$MISSING" = "$(lost slow)" ]
}

@test "stream: eight at once, each with a filter of its own, get what they ask for and nothing else" {
	pw load
	make_netns other
	local other=$RET name words
	start_fixture early --addr 127.0.0.1 --port 7100 --accept 100
	local early=$PID
	declare -A filter
	filter[port]="--port 7100"
	filter[ports]="--port 7000-7099,7101 --port 7300/udp"
	filter[pid]="--pid $early"
	filter[proto]="--proto udp"
	filter[event]="--event bind,listen,close --event accept"
	filter[state]="--state ESTABLISHED,TIME_WAIT"
	filter[netns]="--netns /run/netns/$other"
	filter[mixed]="--port 7100 --event state --state ESTABLISHED,CLOSE -4"
	# Asks for everything: what the others must show follows from it.
	listen_all() {
		start_stream "$1" --json "${@:2}"
		STREAMS+=("$RET")
	}
	STREAMS=()
	listen_all everything
	for name in "${!filter[@]}"; do
		read -ra words <<<"${filter[$name]}"
		listen_all "$name" "${words[@]}"
	done
	[ "$(pw status --json | jq .events.readers)" = 9 ]
	start_fixture client --connect 127.0.0.1:7100 --conns 20
	start_fixture v6 --family 6 --addr ::1 --port 7101 --accept 1
	start_fixture client6 --family 6 --connect '[::1]:7101'
	accepted early 20
	accepted v6 1
	start_fixture late --no-bind
	start_fixture udp --proto udp --addr 127.0.0.1 --port 7300
	start_fixture udp2 --proto udp --connect 127.0.0.1:7300
	start_fixture udp3 --proto udp --sendto 127.0.0.1:7300
	start failing "$PORTFIX" --addr 127.0.0.1 --port 7100
	await 5 dead "$RET"
	start_fixture churn --conn-churn 300 --port 7050
	await_line churn "done connections=300" 20
	RUN_IN=$other start_fixture far --addr 127.0.0.1 --port 7100 --accept 5
	RUN_IN=$other start_fixture far_client --connect 127.0.0.1:7100 --conns 5
	accepted far 5
	RUN_IN=$other start_fixture far_churn --conn-churn 50
	await_line far_churn "done connections=50" 20
	kill -USR1 "$early"
	await_line early closed
	sleep 0.2
	for name in "${STREAMS[@]}"; do
		end_stream "$name"
	done
	"$PYTHON" -B "$HERE/filters.py" "$OUTPUTS" "$early" "$(stat -Lc %i "/run/netns/$NETNS")" \
		"$(stat -Lc %i "/run/netns/$other")"
}

# accepts_traced PID: how many programs of this process follow the results of accept()
accepts_traced() {
	local id
	sed -n 's/^prog_id:[[:space:]]*//p' /proc/"$1"/fdinfo/* 2>/dev/null | sort -u |
		while read -r id; do bpftool prog show id "$id"; done | grep -cE 'name exit_accept4? ' || true
}

@test "stream: system calls are traced only for readers that want their events" {
	PATH=$PATH:/usr/sbin
	need bpftool
	load_where_possible
	listen_here ends --event close
	[ "$(accepts_traced "$STREAM")" = 0 ]
	listen_here accepts --event accept
	[ "$(hook_of accept)" != syscall ] || [ "$(accepts_traced "$STREAM")" = 2 ]
}

@test "stream: killed with SIGKILL it costs nothing from then on" {
	pw load
	local before
	listen_here first
	listen_here second
	[ "$(pw status --json | jq .events.readers)" = 2 ]
	kill -KILL "$STREAM"
	await 5 dead "$STREAM"
	await 5 eval '[ "$(pw status --json | jq .events.readers)" = 1 ]'
	# Even when nobody is left to see it: the exit itself clears the place.
	local first=${STARTED[0]}
	kill -KILL "$first"
	await 5 dead "$first"
	[ "$(pw status --json | jq .events.readers)" = 0 ]
	before=$(pw status --json | jq .events.sent)
	start_fixture churn --conn-churn 100
	await_line churn "done connections=100" 20
	[ "$(pw status --json | jq .events.sent)" = "$before" ]
	# The place is free for the next one.
	listen_here third
	[ "$(pw status --json | jq .events.readers)" = 1 ]
	start_fixture again --addr 127.0.0.1
	await_line third "\"event\":\"listen\".*\"pid\":$PID"
	end_stream "$STREAM"
	[ "$(pw status --json | jq .events.readers)" = 0 ]
}

# Everything of BPF that a process has: kind and number, a line each.
bpf_objects() {
	sed -n 's/^\(map\|prog\|link\|btf\)_id:[[:space:]]*/\1 /p' /proc/"$1"/fdinfo/* 2>/dev/null | sort -u
}

still_there() {
	local kind id
	while read -r kind id; do
		! bpftool "$kind" show id "$id" >/dev/null 2>&1 || { echo "$kind $id"; return 0; }
	done <"$1"
	return 1
}

@test "stream: its own tracker leaves nothing behind, however it ends" {
	need bpftool
	local signal
	for signal in INT TERM KILL HUP; do
		listen_here "own$signal"
		bpf_objects "$STREAM" >"$OUTPUTS/objects"
		grep -q prog "$OUTPUTS/objects"
		grep -q link "$OUTPUTS/objects"
		still_there "$OUTPUTS/objects"
		start_fixture "work$signal" --addr 127.0.0.1
		kill "-$signal" "$STREAM"
		await 5 dead "$STREAM"
		# The kernel takes them apart a moment later.
		if ! await 5 eval '! still_there "$OUTPUTS/objects"'; then
			echo "after SIG$signal"
			return 1
		fi
		[ ! -e "$PIN" ]
	done
}

@test "stream: killed while its tracker is being loaded it leaves nothing behind" {
	need bpftool
	local i
	for i in 0.05 0.15 0.3 0.5; do
		start "early$i" "$PORTWATCH" --pin-dir "$PIN" stream --json
		sleep "$i"
		bpf_objects "$RET" >"$OUTPUTS/objects"
		kill -KILL "$RET"
		await 5 dead "$RET"
		await 5 eval '! still_there "$OUTPUTS/objects"'
		[ ! -e "$PIN" ]
	done
}

@test "stream: a recording, replayed, gives the JSON that was shown live" {
	pw load
	listen_here live --record "$OUTPUTS/recording"
	start_fixture server --addr 127.0.0.1 --port 7000 --accept 3
	start_fixture client --connect 127.0.0.1:7000 --conns 3
	accepted server 3
	start_fixture udp --proto udp --addr 127.0.0.1
	start_fixture six --family 6 --addr ::1
	start failing "$PORTFIX" --addr 127.0.0.1 --port 7000
	await 5 dead "$RET"
	start_fixture churn --conn-churn 200
	await_line churn "done connections=200" 20
	end_stream "$STREAM"
	[ "$(wc -l <"$OUTPUTS/live")" -gt 2000 ]
	"$PORTWATCH" --json --replay "$OUTPUTS/recording" >"$OUTPUTS/replayed"
	# The holder in the way of a bind is asked for when it happens, and is in no event.
	diff <(jq -c 'del(.holders, .peer, .fds)' "$OUTPUTS/live") "$OUTPUTS/replayed"
	# As text, too.
	"$PORTWATCH" --replay "$OUTPUTS/recording" --event accept --port 7000 >"$OUTPUTS/text"
	[ "$(grep -c accept "$OUTPUTS/text")" = 3 ]
}

@test "stream: Ctrl-C on a terminal ends it with the totals" {
	need script
	pw load
	mkfifo "$OUTPUTS/keys"
	start terminal script -qefc "exec $PORTWATCH --pin-dir $PIN stream --netns /run/netns/$NETNS" /dev/null
	local script=$RET pid
	await 10 eval 'pid=$(pgrep -P '"$script"' portwatch) && grep -qs poll /proc/$pid/wchan'
	pid=$(pgrep -P "$script" portwatch)
	STARTED+=("$pid")
	start_fixture churn --conn-churn 5
	await_line churn "done connections=5"
	await_line terminal listen
	kill -INT "$pid"
	await 5 dead "$pid"
	tail -n 3 "$OUTPUTS/terminal"
	# bind, listen, its close, and per connection: connect, accept, 2 closes, 7 states, TIME-WAIT
	tail -n 3 "$OUTPUTS/terminal" | grep -qE '(^|[^0-9])64 events'
}

@test "a stream that cannot trace system calls says what it will not see" {
	[[ $(bind_hook) = tracepoint ]] || skip "here other hooks tell of it"
	start partial setpriv --reuid=nobody --clear-groups --inh-caps=+bpf,+perfmon,+net_admin \
		--ambient-caps=+bpf,+perfmon,+net_admin "$PORTWATCH" --pin-dir "$PIN" --event bind-failed
	await 30 grep -q "failed binds are not seen" "$OUTPUTS/partial.err" || {
		cat "$OUTPUTS/partial.err"
		return 1
	}
}
