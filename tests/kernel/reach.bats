#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several servers on one port: between whom connections are shared out, and whom localhost reaches; and a
# connection to itself, the classic thief of a server's port.

load lib
load agree

# server ADDRESS: on port 8340, alone in its process; its PID is left in RET
server() {
	start "server-$1-${#STARTED[@]}" "$PYTHON" -u -c 'import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind((sys.argv[1], 8340))
s.listen(5)
print("ready")
time.sleep(600)' "$1"
	await_line "server-$1-$((${#STARTED[@]} - 1))" ^ready
	RET=${STARTED[-1]}
}

@test "whom localhost reaches, and who shares connections: as real connections have it" {
	need jq
	run -0 in_ns "$PYTHON" -B "$HERE/reach.py" 8341 "$PORTWATCH" --pin-dir "$PIN"
	[[ $output =~ ^compared\ [0-9]+$ ]] || { echo "$output"; return 1; }
	((${output#compared } >= 30))
}

@test "the same with a tracker" {
	pw load
	run -0 in_ns "$PYTHON" -B "$HERE/reach.py" 8341 "$PORTWATCH" --pin-dir "$PIN"
	[[ $output =~ ^compared\ [0-9]+$ ]] || { echo "$output"; return 1; }
}

@test "two processes share a port by SO_REUSEPORT" {
	server 127.0.0.1
	local a=$RET b
	server 127.0.0.1
	b=$RET
	run -0 pw 8340/tcp
	grep -qxE "  connections are shared out between python3[^ ]* \(pid $a\) and python3[^ ]* \(pid $b\)" <<<"$output"
	[[ $output != *"localhost reaches"* ]]
	run -1 pw free -n 8340/tcp
	[[ ${lines[2]} = *"; connections are shared out between "*"(pid $a) and "*"(pid $b)" ]]
	run -1 pw free -n --json 8340/tcp
	[ "$(jq -c '.ports[0] | [[.shared_by[].pid], .shared_by_total]' <<<"$output")" = "[[$a,$b],2]" ]
	run --separate-stderr -0 pw free 8340/tcp
	[[ $stderr = *"8340/tcp: connections are shared out between "*"(pid $a) and "*"(pid $b)"* ]]
}

@test "localhost reaches one over IPv6, another over IPv4" {
	server 127.0.0.1
	local a=$RET b
	server ::1
	b=$RET
	for port in 8340/tcp localhost:8340 127.0.0.1:8340; do
		run -0 pw "$port"
		grep -qxE "  localhost reaches python3[^ ]* \(pid $b\) over ::1, python3[^ ]* \(pid $a\) over 127.0.0.1" <<<"$output"
	done
	run -0 pw --json 8340/tcp
	[ "$(jq -c '.ports[0].localhost | map_values(map(.pid))' <<<"$output")" = "{\"127.0.0.1\":[$a],\"::1\":[$b]}" ]
	run -0 pw 127.0.0.2:8340 127.0.0.1:8340
	[[ $output = *"localhost reaches"* ]]
}

@test "a server and its workers with a socket for each are one" {
	start pool "$PYTHON" -u -c 'import os, socket, time
kept = []
for _ in range(2):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("127.0.0.1", 8342))
    s.listen(5)
    kept.append(s)
for i in range(2):
    if not os.fork():
        kept[1 - i].close()
        time.sleep(600)
print("ready")
time.sleep(600)'
	await_line pool ^ready
	mapfile -t -O ${#STARTED[@]} STARTED < <(pgrep -P "${STARTED[0]}")
	((${#STARTED[@]} == 3))
	run -0 pw 8342/tcp
	[[ $output != *"shared out"* && $output != *localhost* ]]
}

@test "connected to itself, by the port that bind() gave it or the kernel chose" {
	in_ns sysctl -qw net.ipv4.ip_local_port_range="40010 40011"
	start self "$PYTHON" -u -c 'import socket, time
kept = [socket.socket()]
kept[0].bind(("127.0.0.1", 8343))
kept[0].connect(("127.0.0.1", 8343))
while len(kept) < 2:
    s = socket.socket()
    try:
        s.connect(("127.0.0.1", 40010))
        kept.append(s)
    except ConnectionRefusedError:
        pass
print("ready")
time.sleep(600)'
	local self=$RET
	await_line self ^ready
	run -0 pw 8343/tcp
	grep -qE "^8343/tcp: in use by python3.* \(pid $self\), only by a connection to itself \(ESTABLISHED\)" <<<"$output"
	grep -qE "connected to itself" <<<"${lines[1]}"
	[[ $output != *"the kernel picked"* ]]
	run -0 pw 40010/tcp
	grep -qxE "  it connected to this port while nobody listened there, and the kernel picked the very port .*" <<<"$output"
	run -0 pw --json 40010/tcp
	[ "$(jq -c '.sockets | map(.connected_to_itself)' <<<"$output")" = "[true]" ]
	run -1 pw free -n 8343/tcp
	[[ ${lines[0]} = *"its connection to itself will be dropped"* ]]
}
