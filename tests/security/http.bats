#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The exporter's HTTP server against clients that mean ill. It is the server of portwatch-export in a
# program of its own (tests/helpers/pages.c), so that no tracker is needed; on loopback addresses only.

load ../cli/lib

setup() {
	PAGES=$PORTWATCH_BUILD/tests/pages
	[ -x "$PAGES" ] || skip "not built (make tests)"
	PYTHON=/usr/bin/python3
}

teardown() {
	[ ! -v SERVER ] || kill -KILL "$SERVER" 2>/dev/null || true
}

# serve ADDRESS BYTES [HOST...]: on a port of that address that is free, which is left in PORT
serve() {
	local address=$1 bytes=$2
	shift 2
	for PORT in $(shuf -n 20 -i 20000-29999); do
		"$PAGES" "$address:$PORT" "$bytes" "$@" >"$BATS_TEST_TMPDIR/ready" 3>&- &
		SERVER=$!
		disown
		while kill -0 "$SERVER" 2>/dev/null; do
			! grep -qs ready "$BATS_TEST_TMPDIR/ready" || return 0
			sleep 0.01
		done
	done
	return 1
}

attack() {
	timeout 120 "$PYTHON" "$BATS_TEST_DIRNAME/http.py" "$@"
	# The exporter is still alive.
	kill -0 "$SERVER"
}

@test "http: only hosts that are ours, one length, no path but ours" {
	serve 127.0.0.1 1000 web1
	attack 127.0.0.1 "$PORT" requests
}

@test "http: the same by IPv6, and with several allowed hosts" {
	[ -e /proc/sys/net/ipv6 ] || skip "no IPv6"
	serve '[::1]' 1000 'other,192.0.2.7' '[2001:db8::1],web1'
	attack ::1 "$PORT" requests
	for host in other 192.0.2.7 '[2001:db8::1]:80' '[2001:DB8:0::1]'; do
		[ "$(curl -gs -o /dev/null -w '%{http_code}' -H "Host: $host" "http://[::1]:$PORT/")" = 200 ]
	done
	[ "$(curl -gs -o /dev/null -w '%{http_code}' -H 'Host: [2001:db8::2]' "http://[::1]:$PORT/")" = 421 ]
}

@test "http: on the wildcard address each client may name the one it has connected to" {
	serve 0.0.0.0 1000
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.5:$PORT/")" = 200 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H "Host: 0.0.0.0:$PORT" "http://127.0.0.5:$PORT/")" = 421 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: web1' "http://127.0.0.5:$PORT/")" = 421 ]
}

# export PORT ARG...: the exporter itself on a socket that it is handed, as systemd does it; so it stays, also where
# it has nothing to show.
export_on() {
	"$PYTHON" -c 'import os, socket, sys
s = socket.create_server((sys.argv[1], int(sys.argv[2])))
os.dup2(s.fileno(), 9)
os.dup2(9, 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[3], sys.argv[3:])' "$1" "$2" "$PORTWATCH-export" "${@:3}" 3>&- 2>"$BATS_TEST_TMPDIR/err" &
	SERVER=$!
	disown
	for _ in $(seq 500); do
		! grep -qs '^serving' "$BATS_TEST_TMPDIR/err" || return 0
		kill -0 "$SERVER" || break
		sleep 0.02
	done
	cat "$BATS_TEST_TMPDIR/err"
	return 1
}

@test "http: the exporter itself asks for the Host, and says whom it tells no names" {
	[ -x "$PORTWATCH-export" ] || skip "portwatch-export is not built"
	port=$(shuf -n 1 -i 20000-29999)
	export_on 127.0.0.1 "$port" --allow-host web1,web2 --allow-host 192.0.2.7
	code() { curl -s -o /dev/null -w '%{http_code}' "$@" "http://127.0.0.1:$port/"; }
	[ "$(code)" = 200 ]
	for host in web2 192.0.2.7:80 localhost; do
		[ "$(code -H "Host: $host")" = 200 ]
	done
	for host in web3 192.0.2.8 evil.example; do
		[ "$(code -H "Host: $host")" = 421 ]
	done
	run ! grep names "$BATS_TEST_TMPDIR/err"
	kill -KILL "$SERVER"
	export_on 0.0.0.0 $((port + 1))
	grep 'without names, for other hosts can ask' "$BATS_TEST_TMPDIR/err"
	kill -KILL "$SERVER"
	export_on 0.0.0.0 $((port + 2)) --names
	run ! grep 'without names' "$BATS_TEST_TMPDIR/err"
}

@test "http: silent clients keep nobody waiting" {
	serve 127.0.0.1 200000
	attack 127.0.0.1 "$PORT" crowd silent 40
	attack 127.0.0.1 "$PORT" crowd silent 400
}

@test "http: clients that never read keep nobody waiting" {
	serve 127.0.0.1 2000000
	attack 127.0.0.1 "$PORT" crowd deaf 30
	attack 127.0.0.1 "$PORT" crowd deaf 100
}

@test "http: clients that never end a request keep nobody waiting" {
	serve 127.0.0.1 200000
	attack 127.0.0.1 "$PORT" crowd half 100
	attack 127.0.0.1 "$PORT" crowd body 100
}

# A crowd that is gone leaves nothing behind, and connections that are kept are served again.
@test "http: after a crowd of every kind the server has its places and descriptors back" {
	serve 127.0.0.1 200000
	before=$(find "/proc/$SERVER/fd" -mindepth 1 | wc -l)
	for kind in silent deaf half body; do
		attack 127.0.0.1 "$PORT" crowd $kind 60
	done
	for _ in $(seq 100); do
		after=$(find "/proc/$SERVER/fd" -mindepth 1 | wc -l)
		[ "$after" -gt "$before" ] || break
		sleep 0.1
	done
	[ "$after" -le "$before" ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/metrics")" = 200 ]
}
