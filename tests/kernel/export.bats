#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `portwatch export`: what it says next to what the fixtures have made, as text and by HTTP.

load lib
load agree
load export
ONE_TRACKER=1

prepare() {
	need jq curl promtool "$PYTHON"
}

@test "export: without a tracker a snapshot, which says so" {
	start_fixture f --comm web
	metrics --netns self
	same "$(value portwatch_tracker_loaded)" 0
	same "$(value portwatch_listener_info "port=\"$PORT\"" 'comm="web"' 'addr="0.0.0.0"' 'netns="self"')" 1
	same "$(value portwatch_sockets 'proto="tcp"' 'state="LISTEN"')" "$(in_ns ss -Htln | wc -l)"
	# No counter is a tracker's. Two are kept by the kernel itself.
	same "$(grep ' counter$' "$OUTPUTS/metrics" | grep -vE 'portwatch_(listener_drops|netns_timewait_overflows) ')" ''
}

@test "export: owners, their processes, and since when" {
	pw load
	before=$(date +%s)
	start_fixture f --comm web --workers 3 --family 6 --addr ::
	metrics --top 10000 --listeners 100000
	same "$(value portwatch_listener_info "port=\"$PORT\"" 'comm="web"' 'addr="::"' 'user="root"')" 1
	same "$(rows portwatch_listener_info "port=\"$PORT\"")" 1
	same "$(value portwatch_listener_processes "port=\"$PORT\"")" 4
	since=$(value portwatch_listener_start_time_seconds "port=\"$PORT\"")
	((${since%.*} >= before - 1 && ${since%.*} <= $(date +%s)))
	# A client's socket is nobody's to connect to.
	start_fixture udp --proto udp --sendto "127.0.0.1:$PORT"
	client=$PORT
	start_fixture served --proto udp
	metrics --top 10000 --listeners 100000
	same "$(rows portwatch_listener_info 'proto="udp"' "port=\"$client\"")" 0
	same "$(rows portwatch_listener_info 'proto="udp"' "port=\"$PORT\"")" 0
	same "$(value portwatch_port_sockets 'proto="udp"' 'port="ephemeral"' 'netns="self"' 'state="UNCONN"')" 2
	start_fixture served2 --proto udp --port 45353
	metrics --top 10000 --listeners 100000
	same "$(value portwatch_listener_info 'proto="udp"' 'port="45353"')" 1
}

@test "export: connections taken, TIME-WAIT entered and ended by port and process, true counters" {
	pw load
	start_fixture server --port 28100 --comm keeper
	metrics --top 10000 --listeners 100000
	same "$(value portwatch_accepts_total 'port="28100"')" 0
	start_fixture first --conn-churn 30 --comm churner
	await_line first ^done 60
	port=$PORT
	start_fixture second --conn-churn 12 --comm churner --side client
	await_line second ^done 60
	destination=$PORT
	start_fixture client --connect 127.0.0.1:28100 --conns 5
	metrics --top 10000 --listeners 100000
	same "$(value portwatch_accepts_total 'port="28100"')" 5
	same "$(value portwatch_port_sockets 'port="28100"' 'state="LISTEN"' 'netns="self"')" 1
	same "$(value portwatch_port_sockets 'port="28100"' 'state="ESTABLISHED"' 'netns="self"')" 5
	same "$(value portwatch_timewait_source_sockets "port=\"$port\"" 'comm="churner"')" 30
	same "$(value portwatch_timewait_source_entered_total "port=\"$port\"" 'comm="churner"')" 30
	same "$(value portwatch_timewait_source_entered_total 'port="ephemeral"' 'comm="churner"')" 12
	same "$(value portwatch_timewait_source_ended_total 'port="ephemeral"' 'comm="churner"')" 0
	# By destination: the ports of the connecting side.
	same "$(value portwatch_ephemeral_ports_used "remote_port=\"$destination\"" 'netns="self"')" 12
	same "$(value portwatch_ephemeral_exhaustion_seconds "remote_port=\"$destination\"" 'netns="self"')" +Inf
	# The connections end before their time, and are counted once, however many programs look.
	end_timewait
	metrics --top 10000 --listeners 100000
	metrics --top 10000 --listeners 100000
	same "$(value portwatch_timewait_source_sockets "port=\"$port\"" 'comm="churner"')" 0
	same "$(value portwatch_timewait_source_entered_total "port=\"$port\"" 'comm="churner"')" 30
	same "$(value portwatch_timewait_source_ended_total "port=\"$port\"" 'comm="churner"')" 30
	same "$(value portwatch_timewait_source_ended_total 'port="ephemeral"' 'comm="churner"')" 12
}

# Eighty ports of a hundred, within seconds.
use_up_ports() {
	in_ns sh -c 'echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range'
	in_ns sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse'
	start_fixture churn --conn-churn 80 --side client
	await_line churn ^done 60
}

# 80 within the ten seconds that a look without counters is about: the other 20 take some 2.5.
forecast_is_seconds() {
	local left
	left=$(value portwatch_ephemeral_exhaustion_seconds "remote_port=\"$PORT\"" 'netns="self"')
	awk -v s="$left" 'BEGIN { exit !(s != "" && s != "+Inf" && s >= 0 && s < 10) }' || { echo "in $left s?"; return 1; }
}

@test "export: seconds to exhaustion" {
	pw load
	use_up_ports
	metrics --top 10000 --listeners 100000
	same "$(value portwatch_ephemeral_ports_used "remote_port=\"$PORT\"" 'netns="self"')" 80
	same "$(value portwatch_ephemeral_ports_limit "remote_port=\"$PORT\"" 'netns="self"')" 100
	forecast_is_seconds
}

@test "export: seconds to exhaustion at every scrape, without a tracker" {
	need curl
	serve 28300 --top 10000
	use_up_ports
	scrape 28300
	forecast_is_seconds
}

@test "export: how many series there are is bounded, and what was left out is told" {
	pw load
	for i in 1 2 3 4; do
		start_fixture "f$i" --comm "owner$i"
	done
	metrics --top 1 --listeners 3
	same "$(rows portwatch_listener_info)" 3
	same "$(rows portwatch_listener_info 'netns="self"')" 3
	same "$(rows portwatch_accepts_total)" 1
	same "$(grep -o '^portwatch_port_sockets{[^}]*,state' "$OUTPUTS/metrics" | sort -u | wc -l)" 1
	(($(value portwatch_dropped_rows 'table="listeners"') >= 1))
	(($(value portwatch_dropped_rows 'table="accepts"') >= 3))
	(($(value portwatch_dropped_rows 'table="ports"') >= 3))
}

@test "export: one network namespace or all" {
	pw load
	make_netns other
	RUN_IN=$RET start_fixture far --comm far
	start_fixture near --comm near
	metrics --top 10000 --listeners 100000
	inode=$(stat -Lc %i "/run/netns/${NAMESPACES[1]}")
	same "$(value portwatch_listener_info 'comm="far"' "netns=\"$inode\"")" 1
	metrics --netns self
	same "$(rows portwatch_listener_info 'comm="far"')" 0
	same "$(rows portwatch_listener_info)" "$(rows portwatch_listener_info 'netns="self"')"
	same "$(value portwatch_listener_info 'comm="near"')" 1
}

@test "export: hostile names break no line, and stay apart" {
	pw load
	start_fixture a --comm $'x"} 1\n# EOF'
	start_fixture b --comm $'\xff\xfe\\'
	start_fixture c --comm $'\xff\xfe\\\\'
	metrics --top 10000 --listeners 100000
	metrics --format prometheus
	same "$(rows portwatch_listener_info 'netns="self"')" 3
	grep -qF 'comm="x\"} 1\\x0a# EOF"' "$OUTPUTS/metrics"
	grep -qF 'comm="\\xff\\xfe\\x5c"' "$OUTPUTS/metrics"
	grep -qF 'comm="\\xff\\xfe\\x5c\\x5c"' "$OUTPUTS/metrics"
}

@test "export: HTTP: formats by choice, only what there is, only reading" {
	pw load
	serve 9737
	get() { in_ns curl -s -o "$OUTPUTS/body" -w '%{http_code} %{content_type}' "$@"; }
	same "$(get http://127.0.0.1:9737/metrics)" '200 text/plain; version=0.0.4; charset=utf-8'
	promtool check metrics <"$OUTPUTS/body"
	same "$(get -H 'Accept: application/openmetrics-text;version=1.0.0' http://127.0.0.1:9737/metrics)" \
		'200 application/openmetrics-text; version=1.0.0; charset=utf-8'
	same "$(tail -n 1 "$OUTPUTS/body")" '# EOF'
	[[ $(get http://127.0.0.1:9737/) = '200 text/html'* ]]
	grep -q 'href="/metrics"' "$OUTPUTS/body"
	[[ $(get http://127.0.0.1:9737/etc/passwd) = 404* ]]
	[[ $(get http://127.0.0.1:9737/metrics/) = 404* ]]
	[[ $(get -d a=b http://127.0.0.1:9737/metrics) = 405* ]]
	[[ $(get -X DELETE http://127.0.0.1:9737/metrics) = 405* ]]
	[[ $(get -I http://127.0.0.1:9737/metrics) = 200* ]]
	# More than it takes: refused, and others are served still.
	[[ $(get -H "X: $(printf %40000s x)" http://127.0.0.1:9737/metrics) = 4* ]]
	[[ $(get http://127.0.0.1:9737/metrics) = 200* ]]
	# On loopback alone.
	same "$(in_ns ss -Htln '( sport = :9737 )' | awk '{ print $4 }')" 127.0.0.1:9737
}

@test "export: HTTP: only for hosts that are ours" {
	serve 9746 --allow-host web1,web2 --allow-host 192.0.2.7
	get() { in_ns curl -s -o "$OUTPUTS/body" -w '%{http_code}' "$@" http://127.0.0.1:9746/metrics; }
	for host in 127.0.0.1:9746 localhost web1 web2:80 192.0.2.7 '[::1]'; do
		same "$host $(get -H "Host: $host")" "$host 200"
	done
	for host in evil.example web11 192.0.2.8; do
		same "$host $(get -H "Host: $host")" "$host 421"
		same "$(wc -l <"$OUTPUTS/body")" 1
	done
	same "$(get -H 'Host:')" 400
}

# The labels decide who learns what.
labels() {
	grep -v '^#' "$OUTPUTS/metrics" | grep -oE '[{,][a-z_]+=' | tr -d '{,=' | sort -u
}

@test "export: other hosts are told no names, unless they shall be" {
	pw load
	start_fixture f --comm secretive --workers 2
	port=$PORT
	start_fixture churn --conn-churn 5 --comm secretive --port 28301 --reuseaddr
	await_line churn ^done 60
	for address in 0.0.0.0 '[::]' '[::ffff:0.0.0.0]'; do
		start serve "$PORTWATCH" --pin-dir "$PIN" export --listen "$address:9747" --top 10000
		await 20 grep -q '^serving.*without names' "$OUTPUTS/serve.err"
		scrape 9747
		same "$(labels | grep -xE 'comm|user|unit|container')" ''
		run ! grep -q secretive "$OUTPUTS/metrics"
		same "$(value portwatch_listener_info "port=\"$port\"")" 1
		same "$(rows portwatch_timewait_source_sockets 'port="28301"')" 1
		kill -KILL "$RET"
		await 5 dead "$RET"
	done
	start serve "$PORTWATCH" --pin-dir "$PIN" export --listen 0.0.0.0:9748 --names --top 10000
	await 20 grep -q '^serving' "$OUTPUTS/serve.err"
	scrape 9748
	same "$(value portwatch_listener_info 'comm="secretive"' 'user="root"')" 1
	same "$(value portwatch_timewait_source_sockets 'comm="secretive"' 'port="28301"')" 5
	# On loopback they are there, as alerts and dashboard need them.
	serve 9749 --top 10000
	scrape 9749
	same "$(value portwatch_listener_info 'comm="secretive"' 'user="root"')" 1
}

@test "export: a client that says nothing keeps nobody waiting, and is let go" {
	pw load
	serve 9744
	start silent bash -c 'exec 5<>/dev/tcp/127.0.0.1/9744; echo open; printf "GET /met" >&5; cat <&5; echo closed'
	await_line silent ^open
	for _ in 1 2 3; do
		in_ns curl -sf --max-time 5 -o /dev/null http://127.0.0.1:9744/metrics
	done
	await_line silent closed 30
	# As many as would take every place: whoever comes then takes the place of one of them.
	start crowd bash -c 'for i in {10..60}; do eval "exec $i<>/dev/tcp/127.0.0.1/9744"; done; echo open; sleep 60'
	await_line crowd ^open
	in_ns curl -sf --max-time 2 -o /dev/null http://127.0.0.1:9744/metrics
}

@test "export: requests that go on for ever give their places back" {
	serve 9745
	start trickle "$PYTHON" -c 'import socket, time
alive = [socket.create_connection(("127.0.0.1", 9745)) for _ in range(32)]
for s in alive:
    s.send(b"GET /metrics HTTP/1.1\r\nX-Long: ")
print("open", flush=True)
end = time.time() + 120
while alive and time.time() < end:
    time.sleep(1)
    for s in list(alive):
        try:
            s.send(b"x")
        except OSError:
            alive.remove(s)
print("left", len(alive), flush=True)'
	await_line trickle ^open
	in_ns curl -sf --max-time 2 -o /dev/null http://127.0.0.1:9745/metrics
	await_line trickle '^left 0' 150
	in_ns curl -sf --max-time 20 -o /dev/null http://127.0.0.1:9745/metrics
}

@test "export: what cannot be told is 503 with the reason, and 200 when it can" {
	own_tracker
	serve 9745
	get() { in_ns curl -s -o "$OUTPUTS/body" -w '%{http_code}' http://127.0.0.1:9745/metrics; }
	same "$(get)" 200
	mkdir -p "$PIN/maps"
	bpftool map create "$PIN/maps/meta" type array key 4 value 512 entries 1 name meta
	sleep 1
	same "$(get)" 503
	grep -q 'another version of portwatch: run `portwatch unload' "$OUTPUTS/body"
	grep -q '^portwatch: .*another version' "$OUTPUTS/serve-9745.err"
	run --separate-stderr pw export
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	pw unload
	same "$(get)" 200
}

@test "export: only the capabilities that it needs, and it ends when told to" {
	pw load
	serve 9738
	same "$(capabilities "$SERVER")" cap_bpf,cap_perfmon,cap_sys_admin,cap_sys_ptrace
	same "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$SERVER/status")" 1
	same "$(awk '/^CapBnd/ { print $2 }' "/proc/$SERVER/status")" 0000000000000000
	start_fixture f --comm still
	scrape 9738
	same "$(value portwatch_listener_info 'comm="still"')" 1
	kill -TERM "$SERVER"
	await 5 dead "$SERVER"
	serve 9738 --netns self
	same "$(capabilities "$SERVER")" cap_bpf,cap_perfmon
	scrape 9738
	same "$(value portwatch_listener_info 'comm="still"')" 1
	kill -INT "$SERVER"
	await 5 dead "$SERVER"
}

@test "export: it serves on through unload and load, with and without a tracker" {
	own_tracker
	serve 9739 --top 10000 --listeners 100000
	scrape 9739
	same "$(value portwatch_tracker_loaded)" 0
	pw load
	start_fixture churn --conn-churn 7 --comm churner
	await_line churn ^done 60
	sleep 1
	scrape 9739
	same "$(value portwatch_timewait_source_entered_total 'comm="churner"')" 7
	pw unload
	pw load
	sleep 1
	scrape 9739
	same "$(value portwatch_tracker_loaded)" 1
	same "$(rows portwatch_timewait_source_entered_total 'comm="churner"')" 0
}

@test "export: a socket from systemd" {
	need systemd-socket-activate
	pw load
	start activate systemd-socket-activate -l 127.0.0.1:9740 "$PORTWATCH" --pin-dir "$PIN" export
	await 10 in_ns curl -sf -o "$OUTPUTS/body" http://127.0.0.1:9740/metrics
	grep -q '^portwatch_tracker_loaded 1$' "$OUTPUTS/body"
	kill -TERM "$RET"
	await 5 dead "$RET"
	# Something else, or more than one.
	for fds in 1 2; do
		run bash -c 'exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=$1 exec "$2" export' sh "$fds" "$PORTWATCH"
		[ "$status" -eq 2 ]
		[[ $output = *"one listening stream socket"* ]]
	done
}

@test "export: an address that is taken is an error, said at once" {
	pw load
	start_fixture f --port 9743 --addr 127.0.0.1
	run --separate-stderr pw export --listen :9743
	[ "$status" -eq 5 ]
	same "$stderr" "portwatch: cannot listen on 127.0.0.1:9743: in use by portfix (pid $PID) (portwatch 9743 tells more)"
}
