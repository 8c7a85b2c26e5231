#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "Free" means one thing: what free says, exits with, prints as JSON and starts agrees with what a
# bind() by a server does, whatever options spare whom.

load lib
load free

prepare() {
	need python3 jq
}

# leave KIND REUSE PORT: a port with something left on it
leave() {
	start left python3 -u -c '
import os, socket, sys, time
kind, reuse, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def server(family=socket.AF_INET, address="127.0.0.1"):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    s.bind((address, port))
    return s
s = server()
if kind == "bound":
    print("ready"); time.sleep(600)
s.listen(8)
if kind == "listen":
    print("ready"); time.sleep(600)
peer = os.fork()
if peer == 0:                           # the peer, which is in no plan
    s.close()
    c = socket.create_connection(("127.0.0.1", port))
    if kind == "timewait":
        c.recv(1); c.close()
    time.sleep(600)
a = s.accept()[0]
s.close()
if kind == "established":
    print("ready peer=%d" % peer); time.sleep(600)
a.close()                               # first: so the rest is on this side
time.sleep(0.2)
print("ready peer=%d" % peer); time.sleep(600)' "$@"
	local pid=$RET peer
	await_line left ^ready 20
	peer=$(field peer "$RET")
	LEFT=("$pid" ${peer:+"$peer"})
	STARTED+=("${LEFT[@]}")
}

# binds PORT REUSE: by the only judge, a server that binds and listens
binds() {
	in_ns python3 -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(sys.argv[2]))
s.bind(("0.0.0.0", int(sys.argv[1])))
s.listen(1)' "$@" 2>/dev/null
}

# agrees PORT OPTION...: status, JSON, text and COMMAND are what the bind() says
agrees() {
	local port=$1 can=1 reuse=1 status=0 json ran
	shift
	[[ " $* " != *" --strict "* ]] || reuse=0
	json=$(pw free --json "$port/tcp" -4 "$@" </dev/null 2>/dev/null) || status=$?
	binds "$port" "$reuse" && can=0
	echo "free $port $*: $status, bind: $can, $(jq -c '[.free, .ports[0].free, .ports[0].bindable, .ports[0].why]' <<<"$json")"
	[[ $status -eq $can ]]
	[[ $(jq '.free' <<<"$json") = "$([[ $can -eq 0 ]] && echo true || echo false)" ]]
	[[ $(jq '.free == .ports[0].free' <<<"$json") = true ]]
	if binds "$port" 0; then
		[[ $(jq '.ports[0].bindable' <<<"$json") = true ]]
	else
		[[ $(jq '.ports[0].bindable' <<<"$json") = false ]]
	fi
	# a plan runs nothing
	[[ " $* " != *" -n "* ]] || return 0
	ran=$(pw free "$port/tcp" -4 "$@" -- echo COMMAND </dev/null 2>/dev/null) || true
	[[ $can -eq 0 && ${ran##*$'\n'} = COMMAND || $can -ne 0 && $ran != *COMMAND* ]]
	[[ $can -ne 0 || $ran = *"$port/tcp: free"* ]]
}

@test "status, JSON, text and COMMAND agree with bind(), whatever spares whom" {
	local port=4400 kind reuse option
	for kind in timewait finwait established listen bound; do
		for reuse in 1 0; do
			for option in "" --strict --listening "--close" "-n --strict"; do
				# --strict matters only where the option is set
				[[ $reuse -eq 1 || $option != *--strict ]] || continue
				port=$((port + 1))
				leave "$kind" "$reuse" "$port"
				echo "# $kind, SO_REUSEADDR $reuse"
				# shellcheck disable=SC2086 # words
				agrees "$port" $option
				kill -KILL "${LEFT[@]}" 2>/dev/null || true
			done
		done
	done
}

@test "the commonest restart: free, and the server starts" {
	leave timewait 1 4390
	run --separate-stderr pw free 4390/tcp -4
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output = "4390/tcp: free for a server that sets SO_REUSEADDR, as nearly all do; 1 closed connection in TIME-WAIT expires in "*" s (--timewait clears it now)" ]]
	binds 4390 1
	run pw free -4 --strict 4390/tcp
	[ "$status" -eq 1 ]
	[[ $output = *"TIME-WAIT"*"--timewait"* ]]
	run pw free -4 --timewait 4390/tcp
	[[ $status -eq 0 && $output = "4390/tcp: free, 1 TIME-WAIT cleared" ]]
	binds 4390 0
}

# With a longer time than TIME-WAIT's the kernel keeps the whole socket, whose peer may still send.
@test "--timewait leaves a half-closed connection alone" {
	in_ns sysctl -qw net.ipv4.tcp_fin_timeout=90
	leave finwait 1 4391
	run pw free -4 --timewait 4391/tcp
	echo "$output"
	[[ $output != *cleared* ]]
	in_ns ss -Htan state fin-wait-2 'sport = :4391' | grep -q 4391
}

@test "a number alone means the server: a UDP client that has the port by chance is spared" {
	start udp python3 -u -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", 9))
print("port=%d" % s.getsockname()[1])
time.sleep(600)'
	local pid=$RET port
	await_line udp ^port=
	port=${RET#port=}
	run --separate-stderr pw free "$port"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output = *"$port/udp: python3[$pid] left running: a UDP client"* && $output = *"$port/tcp: free"* ]]
	alive "$pid"
	run -1 --separate-stderr pw free -n "$port/udp"
	[[ $output = *"python3[$pid] would get TERM"* ]]
	run -0 --separate-stderr pw free "$port/udp"
	dead "$pid"
}
