#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real servers with real clients. Of each, in every phase of its life, `who`, `list` and the stream
# must say what ss says; once with the tracker there first, once with one that finds the server
# running, once without one.

load lib
load agree

setup() {
	kernel_setup
	require ss curl jq "$PYTHON"
	HOME_DIR=$OUTPUTS/home
	mkdir -m 755 "$HOME_DIR"
	chmod 755 "$OUTPUTS"
}

teardown() {
	kernel_teardown
}

# connected PORT...: something listens on each
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
	pw unload
	# TIME-WAIT may be left of the first; the second has a namespace of its own.
	make_netns fresh
	NETNS=$RET
	pw load
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

nginx_start() {
	cat >"$HOME_DIR/nginx.conf" <<-END
		daemon off; worker_processes 2; pid $HOME_DIR/nginx.pid; error_log $HOME_DIR/error.log;
		events { worker_connections 64; }
		http {
			access_log off; client_body_temp_path $HOME_DIR/b; proxy_temp_path $HOME_DIR/p;
			fastcgi_temp_path $HOME_DIR/f; uwsgi_temp_path $HOME_DIR/u; scgi_temp_path $HOME_DIR/s;
			server { listen 8080; listen [::]:8080 ipv6only=on; listen 127.0.0.1:8081 reuseport;
				location / { return 200 "hello\n"; } }
		}
	END
	start nginx nginx -p "$HOME_DIR" -c "$HOME_DIR/nginx.conf"
	NGINX=$RET
	await 5 listening 8080 8081
	await 5 eval '[ "$(pgrep -cP '"$NGINX"')" = 2 ]'
	adopt "$NGINX"
}

nginx_use() {
	local url
	for url in http://127.0.0.1:8080 'http://[::1]:8080' http://127.0.0.1:8081; do
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
	sed -i 's/8081/8082/' <<<"" # the old workers stay for their connections
	await 5 eval '[ "$(pgrep -cP '"$NGINX"')" -ge 2 ] && [ "$(pgrep -P '"$NGINX"')" != "'"$old"'" ]'
	adopt "$NGINX"
	nginx_use() { [ "$(in_ns curl -gsS http://127.0.0.1:8082)" = hello ]; }
}

@test "servers: nginx, a master with workers, and a reload" {
	require nginx
	watched nginx
}
