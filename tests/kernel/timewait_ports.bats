#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ephemeral ports between two namespaces: what connect() does is the truth, and ss and TcpExt are.

load lib
load agree
ONE_TRACKER=1

prepare() {
	need ss jq "$PYTHON"
	SERVER=$NETNS
	make_netns client
	CLIENT=$RET
	ip link add ports netns "$SERVER" type veth peer name ports netns "$CLIENT"
	in_netns "$SERVER" sh -c 'ip link set ports up; ip addr add 10.78.0.1/24 dev ports'
	# A FIN that a busy machine sends twice may end in an RST, and that would end a TIME-WAIT (RFC 1337).
	in_netns "$CLIENT" sh -c 'ip link set ports up; ip addr add 10.78.0.2/24 dev ports
		cd /proc/sys/net/ipv4; echo 20000 20255 >ip_local_port_range; echo 0 >tcp_tw_reuse; echo 1 >tcp_rfc1337'
	pw load
}

same() {
	[[ $1 == "$2" ]] || { echo "got '$1', not '$2'"; return 1; }
}

# look JQ [ARG...]: what one look at all namespaces says
look() {
	"$PORTWATCH" --pin-dir "$PIN" timewait --once --json --netns "/run/netns/$CLIENT" "${@:2}" | jq -c "$1"
}

# server WHAT PORT...
server() {
	start server "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" "$1" 10.78.0.1 "${@:2}"
	SERVED=$RET
	await_line server '^ready'
}

# The server has closed, too, what the client has closed.
settled() {
	[[ -z $(in_netns "$CLIENT" ss -Htan state fin-wait-1 state fin-wait-2) ]]
}

# How many of the ports nothing has: the kernel's own count, should a TIME-WAIT have ended all the same
left() {
	echo $((256 - $(of_client ss -Htan | wc -l)))
}

# client NAME WHAT PORT N [FROM]: its last line is left in RET
client() {
	RUN_IN=$CLIENT start "$1" "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" "$2" 10.78.0.1 "${@:3}"
	CLIENT_PID=$RET
	await_line "$1" '^done' 30
	[[ $2 != burst ]] || await 10 settled
}

of_client() {
	in_netns "$CLIENT" "$@"
}

sysctl_of() {
	in_netns "$1" sh -c 'echo "$2" >/proc/sys/net/ipv4/$1' sh "$2" "$3"
}

@test "ports: live connections alone fill the range, and no filter hides that" {
	server serve 5432
	client taker hold 5432 300
	same "$RET" 'done ok=256 failed=44 errno=EADDRNOTAVAIL'
	for filter in "" "--peer 10.78.0.1" "--pid $CLIENT_PID" "--comm $(cat "/proc/$CLIENT_PID/comm")"; do
		# shellcheck disable=SC2086
		same "$(look '[.by_peer[] | [.ephemeral_used, .ephemeral_total, .exhausted_in_s, .process.pid]]' $filter)" \
			"[[256,256,0,$CLIENT_PID]]"
		# shellcheck disable=SC2086
		[[ $(look '.warnings[0]' $filter) == *"network namespace $CLIENT: "*'connect() fails now'* ]]
	done
	same "$(look '[.by_peer, .warnings]' --peer 10.78.0.9)" '[[],[]]'
	[[ $("$PORTWATCH" --pin-dir "$PIN" timewait --once --by peer --peer 10.78.0.1) == *'256 of 256'* ]]
}

@test "ports: nearly all in use is said without any rate" {
	server serve 5432
	client taker hold 5432 240
	sleep 0.3
	same "$(look '.by_peer[] | [.ephemeral_used, .exhausted_in_s]' --interval 0.1)" '[240,null]'
	[[ $(look '.warnings[0]' --interval 0.1) == *'240 of 256 ephemeral ports in use; most belong to'* ]]
}

@test "ports: tcp_tw_reuse without timestamps of the peer takes nothing over" {
	local left
	sysctl_of "$CLIENT" tcp_tw_reuse 1
	sysctl_of "$SERVER" tcp_timestamps 0
	server serve 80
	client burst burst 80 256
	same "$RET" 'done ok=256 failed=0 errno='
	sleep 1.1
	left=$(left)
	((left < 20))
	client more burst 80 20
	same "$RET" "done ok=$left failed=$((20 - left)) errno=EADDRNOTAVAIL"
	same "$(look '.by_peer[] | [.ephemeral_used, .exhausted_in_s]')" '[256,0]'
	[[ $(look '.warnings[0]') == *'connect() fails now'*'net.ipv4.tcp_timestamps=1 at the peer'* ]]
}

@test "ports: tcp_tw_reuse with timestamps takes over, and that is said" {
	server serve 80
	client burst burst 80 256
	sysctl_of "$CLIENT" tcp_tw_reuse 1
	sleep 1.1
	client more burst 80 20
	same "$RET" 'done ok=20 failed=0 errno='
	sleep 1.1
	# connect() may have taken some over already, and chosen other ports for them.
	same "$(look '.by_peer[] | [.ephemeral_used > 230, .exhausted_in_s]')" '[true,null]'
	[[ $(look '.warnings[0]') =~ 2[0-9]+\ of\ 256\ ephemeral\ ports\ in\ use\;\ connect\(\)\ takes\ over\ 2[0-9]+\ of\ them ]]
}

@test "ports: at tcp_max_tw_buckets no more are taken, and no failure is forecast" {
	sysctl_of "$CLIENT" tcp_max_tw_buckets 100
	server serve 80
	client burst burst 80 150
	refused=$(of_client awk '$1 == "TcpExt:" { if (!n) { n = split($0, name); next }
		for (i = 2; i <= n; i++) if (name[i] == "TCPTimeWaitOverflow") print $i }' /proc/net/netstat)
	[[ $refused -ge 49 ]]
	same "$(look '[.by_netns[] | [.max, .overflowed]]')" "[[100,$refused]]"
	current=$((150 - refused))
	same "$(look '.by_peer[] | [.current, .exhausted_in_s, .ephemeral_levels_at]')" "[$current,null,$current]"
	[[ $(look '.warnings[0]') == *"of 100 TIME-WAIT sockets"*'most belong to'*'What helps'* ]]
}

@test "ports: bind() before connect() takes them for every destination" {
	local left
	server serve 80 81 82 83
	for port in 80 81 82; do
		client "burst$port" burst $port 64 10.78.0.2
	done
	left=$(left)
	((left >= 64 && left < 100))
	client last burst 83 100 10.78.0.2
	same "$RET" "done ok=$left failed=$((100 - left)) errno=EADDRINUSE"
	# connect() alone finds none either, wherever it goes.
	client plain burst 80 5
	same "$RET" 'done ok=0 failed=5 errno=EADDRNOTAVAIL'
	same "$(look '[.by_netns[] | .ephemeral_bound]')" '[256]'
	same "$(look '[.by_peer[] | [.ephemeral_used, .exhausted_in_s]] | unique')" '[[256,0]]'
	same "$(look '.warnings | length')" 1
	[[ $(look '.warnings[0]') == *'(256 by bind(), for every destination)'*IP_BIND_ADDRESS_NO_PORT* ]]
}

@test "ports: many short-lived processes are one name, and their number" {
	local i
	server serve 80
	for i in $(seq 12); do
		of_client "$PYTHON" -c 'import socket; open("/proc/self/comm", "w").write("one")
s = socket.create_connection(("10.78.0.1", 80)); s.close()'
	done
	same "$(look '.by_peer[].process')" '{"comm":"one","processes":12,"sockets":12}'
	[[ $("$PORTWATCH" --pin-dir "$PIN" timewait --once --by peer --netns "/run/netns/$CLIENT") =~ one\ [x×]12 ]]
}

@test "ports: who served is told with the clients of a server" {
	server serve 80
	# The server closes first.
	in_netns "$SERVER" "$PYTHON" - <<-EOF &
		import socket
		s = socket.socket(); s.bind(("10.78.0.1", 90)); s.listen(9)
		for i in range(5): s.accept()[0].close()
	EOF
	served=$!
	of_client "$PYTHON" -c 'import socket, time
for i in range(5):
    while True:
        try: s = socket.create_connection(("10.78.0.1", 90)); break
        except ConnectionRefusedError: time.sleep(0.05)
    s.recv(1); s.close()'
	wait "$served"
	same "$("$PORTWATCH" --pin-dir "$PIN" timewait --once --json --netns "/run/netns/$SERVER" |
		jq -c '[.by_peer[] | select(.remote.port == null) | [.current, .process.sockets, (.process.comm | startswith("python"))]]')" '[[5,5,true]]'
}
