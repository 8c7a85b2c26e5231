#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# free: what ends with a process, who starts it again, and who must not be ended, is said before.

load lib
load free
ONE_TRACKER=1

prepare() {
	need python3 jq
}

@test "the other ports of the process and their connections are named" {
	start server python3 -u -c 'import socket, time
servers = [socket.create_server(("127.0.0.1", p)) for p in (4501, 4502, 4503)]
c = socket.create_connection(("127.0.0.1", 4502))
a = servers[1].accept()[0]
print("ready")
time.sleep(600)'
	await_line server ^ready
	free 1 -n 4501/tcp
	[[ ${lines[0]} = *"it also serves 4502/tcp 4503/tcp, 2 connections on other ports will be dropped"* ]]
	run --separate-stderr pw free -n --json 4501/tcp
	[ "$(jq -c '.processes[0] | [[.also_serves[].port], .also_serves_total, .also_established]' <<<"$output")" = '[[4502,4503],2,2]' ]
	free 0 4501/tcp
	[[ $stderr = *"it also serves 4502/tcp 4503/tcp"* ]]
}

@test "the same port in another network namespace is another port, and ends as well" {
	make_netns other
	start server python3 -u -c 'import ctypes, os, socket, sys, time
servers = [socket.create_server(("127.0.0.1", 4501))]
ctypes.CDLL(None).setns(os.open(sys.argv[1], os.O_RDONLY), 0)
servers.append(socket.create_server(("127.0.0.1", 4501)))
c = socket.create_connection(("127.0.0.1", 4501))
a = servers[1].accept()[0]
print("ready")
time.sleep(600)' "/run/netns/$RET"
	await_line server ^ready
	free 1 -n 4501/tcp
	[[ ${lines[0]} = *"it also serves 4501/tcp in another network namespace, 2 connections on other ports will be dropped"* ]]
	run --separate-stderr pw free -n --json 4501/tcp
	[ "$(jq -c '.processes[0] | [[.sockets[].local.port], .also_serves_total, .also_established, .established]' <<<"$output")" = '[[4501],1,2,0]' ]
	[ "$(jq '.processes[0].also_serves[0].netns' <<<"$output")" = "$(stat -Lc %i "/run/netns/${NAMESPACES[1]}")" ]
}

@test "the first process of a PID namespace: how many end with it" {
	start ns unshare --pid --fork --mount-proc sh -c \
		"sleep 611 & sleep 612 & exec $PORTFIX --addr 127.0.0.1 --port 4510"
	await_line ns ^ready
	local pids
	pids=$(pgrep -f 'sleep 61[12]')
	free 1 -n 4510/tcp
	[[ ${lines[0]} = *"KILL at once; the first process of a PID namespace, with which 2 others end"* ]]
	[[ ${lines[0]} != *"are left"* ]]
	run --separate-stderr pw free -n --json 4510/tcp
	[ "$(jq -c '.processes[0] | [.children, .ends_with_it]' <<<"$output")" = '[0,2]' ]
	free 0 4510/tcp
	for pid in $pids; do
		await 5 dead "$pid"
	done
}

@test "a loop and a supervisor are named before, a shell is not" {
	start loop bash -c "while :; do $PORTFIX --addr 127.0.0.1 --port 4520; done"
	local loop=$RET
	await_line loop ^ready
	STARTED+=("$(field pid "$RET")")
	free 1 -n 4520/tcp
	[[ ${lines[0]} = *"bash (pid $loop) runs it in a loop"* ]]
	start supervisor python3 -u -c 'import subprocess, sys
while True: subprocess.call(sys.argv[1:])' "$PORTFIX" --addr 127.0.0.1 --port 4521
	local supervisor=$RET
	await_line supervisor ^ready
	free 1 -n 4521/tcp
	[[ ${lines[0]} = *"python3 (pid $supervisor) started it and may start it again"* ]]
	# and watched for, unasked
	free 1 4521/tcp
	[[ $output = *"taken back by portfix (pid "*"started by python3 (pid $supervisor)"* ]]
	kill -KILL "$loop" "$supervisor"
	pw -q free 4520/tcp 4521/tcp || true
	start_fixture a --addr 127.0.0.1
	free 1 -n "$PORT/tcp"
	[[ ${lines[0]} != *"again"* ]]
}

@test "a port whose server nothing can start again is told free at once" {
	start_fixture a --addr 127.0.0.1
	local took said
	run --separate-stderr pw free --json "$PORT/tcp"
	took=$(jq '.processes[0].ms' <<<"$output")
	start_fixture b --addr 127.0.0.1
	said=${EPOCHREALTIME/[.,]/}
	free 0 "$PORT/tcp"
	said=$(((${EPOCHREALTIME/[.,]/} - said) / 1000))
	echo "gone after $took ms, all in all $said ms"
	start_fixture c --addr 127.0.0.1
	took=${EPOCHREALTIME/[.,]/}
	free 0 "$PORT/tcp" --observe 1
	((${EPOCHREALTIME/[.,]/} - took >= 1000000))
	((said < 1000 * ${PATIENCE:-1}))
}

@test "a process that holds another network namespace is refused: it forwards for it" {
	make_netns inside
	start forwarder python3 -u -c 'import os, socket, sys, time
s = socket.create_server(("127.0.0.1", 4530))
fd = os.open(sys.argv[1], os.O_RDONLY)
print("ready")
time.sleep(600)' "/run/netns/$RET"
	local pid=$RET
	await_line forwarder ^ready
	free 1 4530/tcp
	[[ ${lines[0]} =~ refused:\ it\ holds\ network\ namespace\ [0-9]+ ]]
	alive "$pid"
	free 0 4530/tcp --force
}

@test "a process that feeds a tun device of another network namespace is refused" {
	[[ -c /dev/net/tun ]] || skip "no /dev/net/tun"
	make_netns inside
	start forwarder python3 -u -c 'import ctypes, fcntl, os, socket, struct, sys, time
here = os.open("/proc/self/ns/net", os.O_RDONLY)
there = os.open(sys.argv[1], os.O_RDONLY)
setns = ctypes.CDLL(None).setns
assert setns(there, 0) == 0
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"tap0", 0x1002)) # TUNSETIFF: IFF_TAP, IFF_NO_PI
assert setns(here, 0) == 0
os.close(here); os.close(there)
s = socket.create_server(("127.0.0.1", 4531))
print("ready")
time.sleep(600)' "/run/netns/$RET"
	local pid=$RET
	await_line forwarder ^ready
	free 1 4531/tcp
	[[ ${lines[0]} = *"refused: it feeds tap0 of another network namespace"* ]]
	alive "$pid"
}

@test "docker-proxy by its arguments, pasta and slirp4netns by their names" {
	start proxy python3 -u -c 'import socket, time
s = socket.create_server(("127.0.0.1", 4532))
print("ready")
time.sleep(600)' -proto tcp -host-ip 0.0.0.0 -host-port 4532 -container-ip 172.17.0.2 -container-port 80
	await_line proxy ^ready
	free 1 4532/tcp
	[[ ${lines[0]} = *"refused: it forwards the port to a container; use: docker stop "* ]]
	local name
	for name in pasta slirp4netns dockerd; do
		start_fixture b --addr 127.0.0.1 --comm "$name"
		free 1 "$PORT/tcp"
		[[ ${lines[0]} = *"${name}[$PID] refused: "*"use: "*" ps -q --filter publish=$PORT"* ]]
		alive "$PID"
	done
}

@test "a process that was merely handed the descriptor is refused" {
	start holder python3 -u -c 'import os, socket, time
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
pid = os.fork()
if pid == 0:
    os.setuid(65534)
    s = socket.create_server(("127.0.0.1", 4540))
    socket.send_fds(b, [b"x"], [s.fileno()])
    os._exit(0)
got = socket.recv_fds(a, 1, 1)
os.waitpid(pid, 0)
print("ready")
time.sleep(600)'
	local pid=$RET
	await_line holder ^ready
	free 1 4540/tcp
	[[ ${lines[0]} = *"python3[$pid] refused: another user opened the socket"* ]]
	alive "$pid"
	free 0 4540/tcp --force
	dead "$pid"
}
