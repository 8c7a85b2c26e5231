#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real servers under real load, between two namespaces, with and without connections that are used
# again: what `timewait` says must be what the kernel has, and name who did it.

load lib
load agree
ONE_TRACKER=1

prepare() {
	need ss jq
	SERVER=$NETNS
	make_netns client
	CLIENT=$RET
	ip link add load netns "$SERVER" type veth peer name load netns "$CLIENT"
	in_netns "$SERVER" sh -c 'ip link set load up; ip addr add 10.77.0.1/24 dev load'
	in_netns "$CLIENT" sh -c 'ip link set load up; ip addr add 10.77.0.2/24 dev load'
	all_ports "$CLIENT"
	all_ports "$SERVER"
	mkdir -p "$OUTPUTS/www"
	echo hello >"$OUTPUTS/www/index.html"
	chmod -R a+rX "$OUTPUTS"
	pw load
}

same() {
	[[ $1 == "$2" ]] || { echo "got '$1', not '$2'"; return 1; }
}

# look NAMESPACE JQ [ARG...]
look() {
	"$PORTWATCH" --pin-dir "$PIN" timewait --once --json --netns "/run/netns/$1" "${@:3}" | jq -c "$2"
}

sockstat() {
	in_netns "$1" awk '$1 == "TCP:" { for (i = 2; i < NF; i++) if ($i == "tw") print $(i + 1) }' /proc/net/sockstat
}

listening() {
	[[ -n $(in_netns "$SERVER" ss -Htln "( sport = :$1 )") ]]
}

# The workers of a server end with the test, too.
adopt() {
	local child
	for child in $(pgrep -P "$1"); do
		STARTED+=("$child")
	done
}

start_nginx() {
	cat >"$OUTPUTS/nginx.conf" <<-EOF
		daemon off;
		worker_processes 2;
		pid $OUTPUTS/nginx.pid;
		error_log $OUTPUTS/nginx.log;
		events { worker_connections 512; }
		http {
			access_log off;
			client_body_temp_path $OUTPUTS/tmp; proxy_temp_path $OUTPUTS/tmp;
			fastcgi_temp_path $OUTPUTS/tmp; uwsgi_temp_path $OUTPUTS/tmp; scgi_temp_path $OUTPUTS/tmp;
			keepalive_requests 100000;
			server { listen 8080; root $OUTPUTS/www; }
		}
	EOF
	start nginx nginx -c "$OUTPUTS/nginx.conf"
	await 10 listening 8080
	adopt "$RET"
}

agreed() {
	[[ $(look "$1" .total.current) = "$(sockstat "$1")" ]]
}

# Both are read while the last connections may still be closing.
agrees() {
	await 20 agreed "$1" || same "$(look "$1" .total.current)" "$(sockstat "$1")"
}

@test "nginx and ab: the server closes, once a request or hardly ever" {
	need nginx ab
	start_nginx
	in_netns "$CLIENT" ab -q -n 2000 -c 8 http://10.77.0.1:8080/index.html >/dev/null
	agrees "$SERVER"
	agrees "$CLIENT"
	same "$(look "$SERVER" '[.by_port[] | [.port, .current]]')" '[[8080,2000]]'
	same "$(look "$SERVER" '[.by_peer[] | [.local_addr, .remote.addr, .remote.port, .current]]')" \
		'[["10.77.0.1","10.77.0.2",null,2000]]'
	same "$(look "$SERVER" '[([.by_process[].comm] | unique), ([.by_process[].current] | add)]')" '[["nginx"],2000]'
	[[ $(look "$CLIENT" .total.current) -le 8 ]] # those that ab no longer needed

	in_netns "$CLIENT" ab -q -k -n 2000 -c 8 http://10.77.0.1:8080/index.html >/dev/null
	agrees "$SERVER"
	agrees "$CLIENT"
	[[ $(look "$CLIENT" .total.current) -le 16 ]]
}

@test "nginx and wrk with Connection: close, then without" {
	need nginx wrk
	start_nginx
	in_netns "$CLIENT" wrk -t 1 -c 8 -d 2 -H 'Connection: close' http://10.77.0.1:8080/index.html >/dev/null
	agrees "$SERVER"
	[[ $(look "$SERVER" '.by_port[0].current') -gt 100 ]]
	same "$(look "$SERVER" '.by_port[0].port')" 8080
	before=$(look "$SERVER" .total.current)
	in_netns "$CLIENT" wrk -t 1 -c 8 -d 2 http://10.77.0.1:8080/index.html >/dev/null
	agrees "$SERVER"
	agrees "$CLIENT"
	[[ $(look "$SERVER" .total.current) -le $((before + 16)) ]]
}

@test "haproxy before nginx: it closes on both sides" {
	need nginx haproxy ab
	start_nginx
	cat >"$OUTPUTS/haproxy.cfg" <<-EOF
		defaults
			mode tcp
			timeout connect 5s
			timeout client 10s
			timeout server 10s
		listen front
			bind 10.77.0.1:8081
			server nginx 10.77.0.1:8080
	EOF
	RUN_IN=$SERVER start haproxy haproxy -db -f "$OUTPUTS/haproxy.cfg"
	haproxy=$RET
	await 10 listening 8081
	in_netns "$CLIENT" ab -q -n 1000 -c 4 http://10.77.0.1:8081/index.html >/dev/null
	agrees "$SERVER"
	agrees "$CLIENT"
	# nginx ends its side first, haproxy then the client's.
	look "$SERVER" . >"$OUTPUTS/look"
	jq -e '[.by_port[] | select(.port == 8080 or .port == 8081) | .current] | length == 2 and all(. > 980)' "$OUTPUTS/look"
	jq -e --argjson pid "$haproxy" '.by_process[] | select(.pid == $pid) | .comm == "haproxy" and .current > 980' "$OUTPUTS/look"
}

@test "a database client that connects for each query fills its ephemeral ports" {
	need redis-server redis-benchmark
	RUN_IN=$SERVER start redis redis-server --bind 10.77.0.1 --port 6379 --protected-mode no --save '' --dir "$OUTPUTS"
	await 10 listening 6379
	RUN_IN=$CLIENT start bench redis-benchmark -h 10.77.0.1 -p 6379 -k 0 -c 4 -n 3000 -t ping_inline -q
	bench=$RET
	await 60 dead "$bench"
	agrees "$CLIENT"
	agrees "$SERVER"
	look "$CLIENT" '.by_peer[0]' >"$OUTPUTS/peer"
	same "$(jq -c '[.local_addr, .remote.addr, .remote.port, .process.pid, .process.comm]' "$OUTPUTS/peer")" \
		"[\"10.77.0.2\",\"10.77.0.1\",6379,$bench,\"redis-benchmark\"]"
	jq -e '.current > 2900 and .ephemeral_used == .current' "$OUTPUTS/peer" >/dev/null
	same "$(look "$CLIENT" '.by_port[0] | [.port, .ephemeral]')" '[null,true]'

	before=$(look "$CLIENT" .total.current)
	in_netns "$CLIENT" redis-benchmark -h 10.77.0.1 -p 6379 -k 1 -c 4 -n 3000 -t ping_inline -q >/dev/null
	agrees "$CLIENT"
	[[ $(look "$CLIENT" .total.current) -le $((before + 16)) ]]
}
