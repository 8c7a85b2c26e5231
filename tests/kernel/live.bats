#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Events without BPF: by a trace instance of our own, and by comparing what sock_diag shows.

load lib

LIVEVIEW=${PORTWATCH_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/liveview

setup() {
	netns_setup
	need jq python3
}

# watch NAME WAY [COMMAND...]: the events of this namespace, and of all by the trace; pid in WATCHER
watch() {
	start "$1" "${@:3}" "$LIVEVIEW" "$2"
	WATCHER=$RET
	await 20 grep -qs "^ready $2" "$OUTPUTS/$1.err" || { cat "$OUTPUTS/$1.err"; return 1; }
}

by_trace() {
	grep -qw tracefs /proc/filesystems || skip "this kernel has no tracefs"
	[[ $(cat /sys/kernel/security/lockdown 2>/dev/null) != *'[confidentiality]'* ]] || skip "lockdown"
	watch "$1" tracefs
}

ended() {
	kill -INT "$WATCHER"
	await 20 dead "$WATCHER"
}

# told NAME JQ: what is left of each event, a line each
told() {
	jq -r "$2" "$OUTPUTS/$1"
}

# tells NAME JQ [SECONDS]: until an event is as the expression says
tells() {
	await "${3:-5}" eval "[[ -n \$(told '$1' '$2' 2>/dev/null) ]]" || {
		echo "no event like $2, but:"
		tail -n 20 "$OUTPUTS/$1"
		return 1
	}
}

# In a trace buffer of its own, mounted where nobody sees it.
instances() {
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount --make-rprivate / && mount -t tracefs none /mnt && ls /mnt/instances' |
		grep -c "^portwatch-$1\$" || true
}

STORY='[.event, (if .event == "state" then .old + ">" + .new else empty end), .pid,
	(if .inferred then "inferred" else empty end)] | join(" ")'

@test "trace: a connection's whole life, both ends, with the processes" {
	local server client server_port client_port
	by_trace life
	start_fixture server --addr 127.0.0.1 --accept 1
	server=$PID server_port=$PORT
	start_fixture client --connect "127.0.0.1:$server_port"
	client=$PID client_port=$PORT
	await_line server accepted
	kill -USR1 "$client"
	await_line client closed
	await 5 eval 'in_ns ss -Htan state close-wait | grep -q ":$server_port "'
	kill -USR1 "$server"
	await_line server closed
	tells life "select(.local.port == $server_port and .event == \"close\" and (.remote | not))"
	ended
	diff -u - <(told life "select(.local.port == $client_port or (.event == \"connect\" and .pid == $client)) | $STORY") <<-END
		connect $client
		state SYN_SENT>ESTABLISHED $client
		close $client
		state ESTABLISHED>FIN_WAIT1 $client
		state FIN_WAIT1>FIN_WAIT2 $client
		timewait $client
	END
	diff -u - <(told life "select(.local.port == $server_port and .remote) | $STORY") <<-END
		state SYN_RECV>ESTABLISHED $server inferred
		accept $server
		state ESTABLISHED>CLOSE_WAIT $server
		close $server
		state CLOSE_WAIT>LAST_ACK $server
		state LAST_ACK>CLOSE $server
	END
	diff -u - <(told life "select(.local.port == $server_port and (.remote | not)) | $STORY") <<-END
		bind $server
		listen $server
		state LISTEN>CLOSE $server
		close $server
	END
	[ "$(told life "select(.pid == $server) | [.comm, .uid, .netns] | join(\" \")" | sort -u)" = \
		"portfix 0 $(stat -Lc %i "/run/netns/$NETNS")" ]
	[ "$(told life "select(.event == \"listen\" and .pid == $server).backlog")" = 128 ]
}

@test "trace: bound TCP, UDP, IPv6 and ports that the kernel chose" {
	by_trace binds
	start_fixture bound --bind-only --addr 127.0.0.1 --port 7001
	tells binds "select(.event == \"bind\" and .local.port == 7001 and .pid == $PID)"
	kill "$PID"
	if kernel_is 6.8; then
		tells binds 'select(.event == "close" and .local.port == 7001)'
	fi
	start_fixture udp --proto udp --family 6 --port 7002
	tells binds "select(.event == \"bind\" and .proto == \"udp\" and .local.port == 7002 and .pid == $PID)"
	kill "$PID"
	tells binds 'select(.event == "close" and .proto == "udp" and .local.port == 7002)'
	start_fixture chosen --no-bind
	tells binds "select(.event == \"listen\" and .local.port == $PORT and .pid == $PID)"
}

@test "trace: a bind() that failed, with its process and error" {
	by_trace failed
	start_fixture holder --addr 127.0.0.1 --port 7003
	start loser "$PORTFIX" --addr 127.0.0.1 --port 7003
	await 5 dead "$RET"
	tells failed "select(.event == \"bind-failed\" and .error == \"EADDRINUSE\" and .pid == $RET)"
	# The trace does not tell the port, and nobody guesses.
	[ "$(told failed "select(.event == \"bind-failed\" and .pid == $RET).local")" = null ]
	# Other sockets' binds are not ours.
	in_ns python3 -c 'import socket
s = socket.socket(socket.AF_UNIX)
try: s.bind("/proc/none")
except OSError: pass'
	sleep 0.2
	[ "$(told failed 'select(.event == "bind-failed" and .comm == "python3")')" = "" ]
}

@test "trace: fork, exec and exit: whoever closes last, and names after exec" {
	by_trace forks
	start_fixture workers --addr 127.0.0.1 --workers 1
	local first=$PID child
	child=$(field children "$RET")
	tells forks "select(.event == \"listen\" and .pid == $first)"
	kill -KILL "$first"
	await 5 dead "$first"
	kill -KILL "$child"
	tells forks "select(.event == \"close\" and .local.port == $PORT and .pid == $child)"
	# The name is that of the program which listens, not of the shell that it was.
	start exec bash -c "exec $PORTFIX --addr 127.0.0.1 --port 7004"
	await_line exec ready
	tells forks "select(.event == \"listen\" and .local.port == 7004 and .comm == \"portfix\" and .pid == $RET)" ||
		tells forks 'select(.event == "listen" and .local.port == 7004 and .comm == "portfix")'
}

# Run a process that is server and client; it says its port.
CONNECTIONS='import socket, sys
server = socket.create_server(("127.0.0.1", 7010), backlog=128)
for _ in range(int(sys.argv[1])):
    client = socket.create_connection(("127.0.0.1", 7010))
    accepted, _ = server.accept()
    client.close()
    accepted.close()'

@test "trace: 2,000 connections, none is lost, or it is counted" {
	local lost connected
	by_trace many
	in_ns python3 -c "$CONNECTIONS" 2000
	sleep 1
	ended
	count() {
		jq -s "[.[] | select($1)] | length" "$OUTPUTS/many"
	}
	lost=$(jq -s '[.[] | select(.event == "lost").count] | add // 0' "$OUTPUTS/many")
	connected=$(count '.event == "connect" and .remote.port == 7010')
	echo "$connected connections, $lost lost"
	if [[ $lost -eq 0 ]]; then
		[ "$connected" = 2000 ]
		[ "$(count '.event == "accept" and .local.port == 7010 and .comm == "python3"')" = 2000 ]
		[ "$(count '.event == "close" and .local.port == 7010 and .remote')" = 2000 ]
		[ "$(count '.event == "timewait" and .remote.port == 7010')" = 2000 ]
	else
		((connected + lost >= 2000))
	fi
	# in the order of time
	diff <(told many .time) <(told many .time | sort)
}

@test "trace: the instance goes with its process, and after kill -9 with the next" {
	by_trace first
	[ "$(instances "$WATCHER")" = 1 ]
	ended
	[ "$(instances "$WATCHER")" = 0 ]
	by_trace killed
	local killed=$WATCHER
	kill -KILL "$killed"
	await 5 dead "$killed"
	wait "$killed" || true
	[ "$(instances "$killed")" = 1 ]
	by_trace other
	[ "$(instances "$killed")" = 0 ]
	# A trace instance that is in use stays.
	local other=$WATCHER
	by_trace third
	[ "$(instances "$other")" = 1 ]
	kill "$other"
	ended
}

@test "polling: listeners, UDP and connections, with their processes" {
	local server client
	watch polled polling
	start_fixture server --addr 127.0.0.1 --accept 1
	server=$PID
	tells polled "select(.event == \"bind\" and .local.port == $PORT and .pid == $server and .estimated)"
	tells polled "select(.event == \"listen\" and .local.port == $PORT and .pid == $server and .backlog == 128)"
	start_fixture client --connect "127.0.0.1:$PORT"
	client=$PID
	tells polled "select(.event == \"connect\" and .local.port == $PORT and .pid == $client)"
	tells polled "select(.event == \"accept\" and .remote.port == $PORT and .pid == $server)"
	kill -USR1 "$client"
	tells polled "select(.event == \"close\" and .local.port == $PORT and .pid == $client)"
	kill "$server"
	tells polled "select(.event == \"close\" and .pid == $server and (.remote | not))"
	start_fixture udp --proto udp --port 7005
	tells polled "select(.event == \"bind\" and .proto == \"udp\" and .local.port == 7005 and .pid == $PID)"
	kill "$PID"
	tells polled 'select(.event == "close" and .proto == "udp" and .local.port == 7005)'
}

@test "polling: what came and went between two looks is told by its end" {
	watch short polling
	start_fixture server --addr 127.0.0.1 --accept 50
	tells short "select(.event == \"listen\" and .local.port == $PORT)"
	in_ns python3 - "$PORT" <<-'END'
		import socket, sys
		for _ in range(50):
		    socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
	END
	await 5 eval "(( \$(told short 'select(.event == \"close\" and .remote.port == $PORT)' | grep -c close) >= 50 ))"
}

@test "polling: an ordinary user sees sockets, and the processes of his own" {
	watch nobody polling setpriv --reuid nobody --regid nogroup --clear-groups
	start_fixture roots --addr 127.0.0.1 --port 7006
	tells nobody 'select(.event == "listen" and .local.port == 7006)'
	[ "$(told nobody 'select(.event == "listen" and .local.port == 7006).pid')" = null ]
	start own setpriv --reuid nobody --regid nogroup --clear-groups "$PORTFIX" --addr 127.0.0.1 --port 7007
	await_line own ready
	tells nobody "select(.event == \"listen\" and .local.port == 7007 and .comm == \"portfix\")"
}

@test "without tracefs the best way is polling" {
	start best setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$LIVEVIEW" ""
	await_line best.err '^ready polling'
	kill -INT "$RET" 2>/dev/null || true
}

@test "stream of an ordinary user says what it uses, and what it does not see" {
	start stream setpriv --reuid nobody --regid nogroup --clear-groups "$PORTWATCH" --pin-dir "$PIN" stream --json
	await_line stream.err 'events by polling: compares the sockets'
	start_fixture f --addr 127.0.0.1 --port 7008
	tells stream 'select(.event == "listen" and .local.port == 7008)'
	[ "$(wc -l <"$OUTPUTS/stream.err")" = 1 ]
}
