#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real servers with real clients. Of each, in every phase of its life, `who`, `list` and the stream
# must say what ss says; once with the tracker there first, once with one that finds the server
# running, once without one.

load lib
load agree

prepare() {
	need ss curl jq "$PYTHON"
	HOME_DIR=$OUTPUTS/home
	mkdir -m 755 "$HOME_DIR"
	chmod 755 "$OUTPUTS"
}

# listening PORT...: something listens on each of them
listening() {
	local port
	for port; do
		[[ -n $(in_ns ss -Htln "( sport = :$port )") ]] || return 1
	done
}

# The children of a process, and theirs, so that they end with the test.
adopt() {
	local child
	for child in $(pgrep -P "$1"); do
		STARTED+=("$child")
		adopt "$child"
	done
}

# A client that stays connected: bash holds the descriptor, and sleep is what bash becomes.
stay_connected() {
	start "client$RANDOM" bash -c "exec 9<>/dev/tcp/$1/$2; exec sleep 600"
	CLIENT=$RET
	await 5 eval '[ "$(cat /proc/'"$CLIENT"'/comm)" = sleep ]'
}

# watched SERVER: SERVER_start brings the server up, SERVER_use makes traffic and may leave
# connections open, SERVER_change (if there is one) changes something while it runs.
watched() {
	local server=$1 stream end
	# found running
	"${server}_start"
	"${server}_use"
	agree snapshot LISTEN=1+
	pw load
	agree tracker LISTEN=1+
	"${server}_use"
	agree tracker LISTEN=1+
	clear_scene
	agree tracker
	# TIME-WAIT may be left of the first; the second has a namespace of its own, and the tracker is there first.
	make_netns fresh
	NETNS=$RET
	start_stream events --json --netns "/run/netns/$NETNS"
	stream=$RET
	"${server}_start"
	follow events
	agree tracker LISTEN=1+
	"${server}_use"
	agree tracker LISTEN=1+
	follow events
	if declare -F "${server}_change" >/dev/null; then
		"${server}_change"
		"${server}_use"
		agree tracker LISTEN=1+
		follow events
	fi
	for end in "${STARTED[@]}"; do
		[[ $end = "$stream" ]] || kill -KILL "$end" 2>/dev/null || true
	done
	for end in "${STARTED[@]}"; do
		[[ $end = "$stream" ]] || await 5 dead "$end"
	done
	agree tracker
	follow events
	end_stream "$stream"
	[ ! -s "$OUTPUTS/events.err" ]
}

# nginx_configure [on]: on to put itself into the background
nginx_configure() {
	cat >"$HOME_DIR/nginx.conf" <<-END
		daemon ${1:-off}; worker_processes 2; pid $HOME_DIR/nginx.pid; error_log $HOME_DIR/error.log;
		events { worker_connections 64; }
		http {
			access_log off; client_body_temp_path $HOME_DIR/b; proxy_temp_path $HOME_DIR/p;
			fastcgi_temp_path $HOME_DIR/f; uwsgi_temp_path $HOME_DIR/u; scgi_temp_path $HOME_DIR/s;
			server { listen 8080; listen [::]:8080 ipv6only=on; listen 127.0.0.1:8081 reuseport;
				location / { return 200 "hello\n"; } }
		}
	END
}

nginx_start() {
	NGINX_PORT=8081
	nginx_configure
	start nginx nginx -p "$HOME_DIR" -c "$HOME_DIR/nginx.conf"
	NGINX=$RET
	await 5 listening 8080 8081
	await 5 eval '[ "$(pgrep -cP '"$NGINX"')" = 2 ]'
	adopt "$NGINX"
}

nginx_use() {
	local url
	for url in http://127.0.0.1:8080 'http://[::1]:8080' "http://127.0.0.1:$NGINX_PORT"; do
		[ "$(in_ns curl -gsS "$url")" = hello ]
	done
	stay_connected 127.0.0.1 8080
	stay_connected ::1 8080
}

nginx_change() {
	local old
	old=$(pgrep -P "$NGINX")
	sed -i 's/8081 reuseport/8082/' "$HOME_DIR/nginx.conf"
	kill -HUP "$NGINX"
	await 5 listening 8082
	await 5 eval '[ "$(pgrep -cP '"$NGINX"')" -ge 2 ] && [ "$(pgrep -P '"$NGINX"')" != "'"$old"'" ]'
	adopt "$NGINX"
	NGINX_PORT=8082
}

@test "servers: nginx, a master with workers, and a reload" {
	need nginx
	watched nginx
}

# Print the holders of LISTEN sockets on 8080, by PID, in order.
nginx_owners() {
	pw --json who 8080/tcp | jq -r '[.sockets[] | select(.state == "LISTEN").owners[].pid] | unique[]' | xargs
}

# The processes of nginx, by PID, in order
nginx_family() {
	local master
	for master; do
		printf '%s\n' "$master"
		pgrep -P "$master" -f 'worker process'
	done | sort -nu | xargs
}

# nginx_master [OLD]: the one that serves, once it is not OLD and has its two workers
nginx_master() {
	await 10 eval '[[ -s $HOME_DIR/nginx.pid && $(cat "$HOME_DIR/nginx.pid") != "'"${1:-}"'" ]]'
	RET=$(cat "$HOME_DIR/nginx.pid")
	STARTED+=("$RET")
	await 5 eval '[ "$(pgrep -cP '"$RET"' -f "worker process")" = 2 ]'
	adopt "$RET"
}

# nginx_upgrades SOURCE: another master with workers, born of the old one, which inherits the sockets;
# for a while both hold them, then only the new ones.
nginx_upgrades() {
	local new
	in_ns "$(command -v nginx)" -p "$HOME_DIR" -c "$HOME_DIR/nginx.conf" 3>&-
	nginx_master
	NGINX=$RET
	[ "$(nginx_owners)" = "$(nginx_family "$NGINX")" ]
	kill -USR2 "$NGINX"
	nginx_master "$NGINX"
	new=$RET
	[ "$(nginx_owners)" = "$(nginx_family "$NGINX" "$new")" ]
	agree "$1" LISTEN=1+
	kill -QUIT "$NGINX"
	await 10 dead "$NGINX"
	[ "$(nginx_owners)" = "$(nginx_family "$new")" ]
	agree "$1" LISTEN=1+
	[ "$(in_ns curl -gsS http://127.0.0.1:8080)" = hello ]
}

@test "servers: nginx, another binary put in its place while it serves" {
	need nginx pgrep
	nginx_configure on
	nginx_upgrades snapshot
	clear_scene
	make_netns fresh
	NETNS=$RET
	pw load
	nginx_upgrades tracker
}

redis_start() {
	start redis redis-server --port 6379 --bind 127.0.0.1 ::1 --save '' --daemonize no --dir "$HOME_DIR"
	await 5 listening 6379
}

redis_use() {
	[ "$(in_ns redis-cli set key value)" = OK ]
	[ "$(in_ns redis-cli -h ::1 get key)" = value ]
	stay_connected 127.0.0.1 6379
}

@test "servers: redis" {
	need redis-server redis-cli
	watched redis
}

# Also what PostgreSQL keeps to itself: older ones talk to themselves over UDP on ::1.
postgres_start() {
	local bin
	bin=$(echo /usr/lib/postgresql/*/bin | tail -n 1)
	chown postgres "$HOME_DIR"
	if [[ ! -d $HOME_DIR/data ]]; then
		(cd / && runuser -u postgres -- "$bin/initdb" -D "$HOME_DIR/data" -A trust -N) >"$OUTPUTS/initdb" 2>&1 3>&-
	fi
	rm -f "$HOME_DIR/data/postmaster.pid"
	start postgres setpriv --reuid=postgres --regid=postgres --clear-groups \
		"$bin/postgres" -D "$HOME_DIR/data" -k "$HOME_DIR" -p 5432 -c listen_addresses=127.0.0.1,::1
	POSTGRES=$RET
	await 10 eval 'in_ns psql -XAtqc "select 1" -h 127.0.0.1 -U postgres 2>/dev/null | grep -q 1'
	adopt "$POSTGRES"
}

postgres_use() {
	[ "$(in_ns psql -XAtqc 'select 6 * 7' -h 127.0.0.1 -U postgres)" = 42 ]
	[ "$(in_ns psql -XAtqc 'select 6 * 7' -h ::1 -U postgres)" = 42 ]
	# one that stays, with a backend of its own
	start "psql$RANDOM" psql -Xqc 'select pg_sleep(600)' -h 127.0.0.1 -U postgres
	await 5 eval 'pgrep -P '"$POSTGRES"' -fa SELECT | grep -q 127'
	adopt "$POSTGRES"
}

@test "servers: PostgreSQL, a process for each connection" {
	need psql runuser setpriv
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || need postgres
	watched postgres
}

haproxy_start() {
	cat >"$HOME_DIR/haproxy.cfg" <<-END
		global
			nbthread 2
		defaults
			mode http
			timeout connect 5s
			timeout client 600s
			timeout server 600s
		frontend front
			bind 127.0.0.1:8090
			bind :::8091 v6only
			default_backend back
		backend back
			server one 127.0.0.1:8092
	END
	start behind "$PYTHON" -m http.server 8092 --bind 127.0.0.1 --directory "$HOME_DIR"
	start haproxy haproxy -W -f "$HOME_DIR/haproxy.cfg"
	HAPROXY=$RET
	await 5 listening 8090 8091 8092
	adopt "$HAPROXY"
}

haproxy_use() {
	in_ns curl -gsSf http://127.0.0.1:8090/ >/dev/null
	in_ns curl -gsSf 'http://[::1]:8091/' >/dev/null
	stay_connected 127.0.0.1 8090
}

haproxy_change() {
	kill -USR2 "$HAPROXY"
	await 5 eval '[ "$(pgrep -cP '"$HAPROXY"')" = 2 ]'
	await 5 listening 8090 8091
	adopt "$HAPROXY"
}

@test "servers: haproxy, a master that runs itself again" {
	need haproxy
	watched haproxy
}

gunicorn_start() {
	cat >"$HOME_DIR/app.py" <<-END
		def app(environ, start_response):
		    start_response("200 OK", [("Content-Length", "6")])
		    return [b"hello\n"]
	END
	start gunicorn /usr/bin/gunicorn --chdir "$HOME_DIR" --workers 3 --bind 127.0.0.1:8100 --bind '[::]:8101' app:app
	GUNICORN=$RET
	await 10 listening 8100 8101
	await 10 eval '[ "$(pgrep -cP '"$GUNICORN"')" = 3 ]'
	adopt "$GUNICORN"
}

gunicorn_use() {
	[ "$(in_ns curl -gsS http://127.0.0.1:8100)" = hello ]
	[ "$(in_ns curl -gsS 'http://[::1]:8101')" = hello ]
	[ "$(in_ns curl -gsS http://127.0.0.1:8101)" = hello ]
}

# The workers are replaced.
gunicorn_change() {
	local old
	old=$(pgrep -P "$GUNICORN" | head -n 1)
	kill -HUP "$GUNICORN"
	await 10 dead "$old"
	await 10 eval '[ "$(pgrep -cP '"$GUNICORN"')" = 3 ]'
	adopt "$GUNICORN"
}

@test "servers: gunicorn, workers that share a socket" {
	need /usr/bin/gunicorn
	watched gunicorn
}

python_start() {
	start python "$PYTHON" -m http.server 8110 --bind :: --directory "$HOME_DIR"
	await 5 listening 8110
}

python_use() {
	in_ns curl -gsSf http://127.0.0.1:8110/ >/dev/null
	in_ns curl -gsSf 'http://[::1]:8110/' >/dev/null
	stay_connected 127.0.0.1 8110
}

@test "servers: Python's http.server, dual-stack" {
	watched python
}

node_start() {
	start node node -e '
		const http = require("http")
		const serve = (host, port) => http.createServer((q, a) => a.end("hello\n")).listen(port, host)
		serve(undefined, 8120)
		serve("127.0.0.1", 8121)'
	await 10 listening 8120 8121
}

node_use() {
	[ "$(in_ns curl -gsS http://127.0.0.1:8120)" = hello ]
	[ "$(in_ns curl -gsS 'http://[::1]:8120')" = hello ]
	[ "$(in_ns curl -gsS http://127.0.0.1:8121)" = hello ]
	stay_connected 127.0.0.1 8121
}

@test "servers: Node" {
	need node
	watched node
}

# A server that echoes over UDP, and a TCP port beside it, so that there is something in LISTEN.
udp_start() {
	start udp "$PYTHON" -c '
import socket
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
four.bind(("127.0.0.1", 8130))
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.bind(("::1", 8130))
listener = socket.create_server(("127.0.0.1", 8130))
import select
while True:
    for s in select.select([four, six], [], [])[0]:
        data, peer = s.recvfrom(2000)
        s.sendto(data, peer)'
	await 5 listening 8130
}

udp_use() {
	local address how
	for address in 127.0.0.1 ::1; do
		in_ns "$PYTHON" -c '
import socket, sys
family, kind, *_, address = socket.getaddrinfo(sys.argv[1], 8130, type=socket.SOCK_DGRAM)[0]
s = socket.socket(family, kind)
s.settimeout(5)
s.sendto(b"ping", address)
assert s.recv(10) == b"ping"' "$address"
	done
	# one that is connected, one that never is
	start "udp$RANDOM" bash -c 'exec 9<>/dev/udp/127.0.0.1/8130; exec sleep 600'
	how=$RET
	await 5 eval '[ "$(cat /proc/'"$how"'/comm)" = sleep ]'
	start_fixture "udp$RANDOM" --proto udp --sendto 127.0.0.1:8130
}

@test "servers: a UDP server" {
	watched udp
}
