#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# portwatch PORT: one sentence and its facts for every reason that a port can have.

load lib
ONE_TRACKER=1

prepare() {
	pw load
}

# says STATUS LINE...: what `portwatch $ASK` prints under the table has all these lines
says() {
	local status=$1 line
	shift
	run -"$status" pw -v "${ASK:-$PORT/tcp}"
	echo "$output"
	for line; do
		grep -qxE -- "$line" <<<"$output" || { echo "no line '$line'"; return 1; }
	done
}

# never LINE...: and none of these
never() {
	local line
	for line; do
		! grep -qE -- "$line" <<<"$output" || { echo "a line '$line'"; return 1; }
	done
}

# json FILTER: what jq finds in the JSON answer for $PORT
json() {
	run pw --json "${ASK:-$PORT/tcp}"
	jq -er "$1" <<<"$output"
}

@test "held" {
	start_fixture f
	says 0 "$PORT/tcp: in use by portfix \(pid $PID\)" "  SO_REUSEADDR won't help: it is listening"
	never "dual-stack"
	[[ $(json '.ports[0] | "\(.why) \(.bindable)"') = "held false" ]]
}

@test "held by several, and by connections besides" {
	start_fixture f --workers 2
	says 0 "$PORT/tcp: in use by portfix \(pid $PID\) \+2"
	start_fixture g --state ESTABLISHED
	says 0 "  plus 1 open connection"
}

@test "held by a connection only" {
	start_fixture f --state ESTABLISHED --drop-listener
	says 0 "$PORT/tcp: in use by portfix \(pid $PID\), only by a connection \(ESTABLISHED\)" \
		"  SO_REUSEADDR won't help: not every socket there has set it" \
		"  only 127.0.0.1 is in use; other addresses are free"
	start_fixture g --state ESTABLISHED --drop-listener --reuseaddr
	says 0 "  a socket that sets SO_REUSEADDR can bind it now, since those there set it as well"
	[[ $(json '.ports[0].bindable_with | join(" ")') = SO_REUSEADDR ]]
}

@test "a port that the kernel picked for a connection" {
	start_fixture server --addr 127.0.0.1
	local server=$PORT
	start_fixture client --no-bind --connect "127.0.0.1:$server"
	PORT=$(in_ns ss -Htn state established dport = ":$server" | awk '{sub(/.*:/, "", $3); print $3; exit}')
	says 0 "$PORT/tcp: in use by portfix \(pid $PID\), only by a connection \(ESTABLISHED\)" \
		"  the kernel picked this port for a connection to 127.0.0.1:$server; .*would keep it free"
}

@test "an IPv6 wildcard in the way of IPv4" {
	start_fixture f --family 6
	says 0 "$PORT/tcp: in use by portfix \(pid $PID\)" "  dual-stack: \[::\] also covers IPv4"
	ASK=127.0.0.1:$PORT/tcp says 0 "$PORT/tcp: in use by portfix \(pid $PID\)" "  dual-stack: .*"
	run -0 pw -4 "$PORT/tcp"
	start_fixture g --family 6 --v6only 1
	says 0 "$PORT/tcp: in use by portfix \(pid $PID\)" \
		"  only IPv6 is in use; 0.0.0.0 and every IPv4 address are free"
	run -1 pw -4 "$PORT/tcp"
}

@test "-4 and -6 name the other family, whose sockets they do not show" {
	start_fixture f --family 6
	run -0 pw -4 "$PORT/tcp"
	[[ ${lines[1]} = "  only IPv6 has it, at [::]:$PORT, which also covers IPv4" ]]
	start_fixture g --family 4
	run -0 pw -6 "$PORT/tcp"
	[[ ${lines[1]} = "  only IPv4 has it, at 0.0.0.0:$PORT; a server that sets IPV6_V6ONLY can bind [::]:$PORT" ]]
	# And so it can.
	start_fixture h --family 6 --port "$PORT" --v6only 1
}

@test "TIME-WAIT, asked from a time namespace with other clocks" {
	in_ns unshare --time --boottime 1000000 --monotonic 5000 --fork true || skip "no time namespaces here"
	start_fixture f --state TIME_WAIT --drop-listener
	run in_ns unshare --time --boottime 1000000 --monotonic 5000 --fork "$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$output"
	[[ $(jq -r '.ports[0].why' <<<"$output") = timewait ]]
	[[ $(jq '.ports[0].frees_in_ms | . > 20000 and . < 62000' <<<"$output") = true ]]
	# seconds since it was closed, by their clocks and ours
	[[ $(jq '(.time[0:19] + "Z" | fromdate) - now | fabs < 1000' <<<"$output") = true ]]
}

@test "bound, but not listening" {
	start_fixture f --bind-only
	says 0 "$PORT/tcp: bound, but not listening, by portfix \(pid $PID\)" "  .*ss does not show it"
	[[ $(json '.ports[0].why') = bound ]]
	# Nor does it.
	[[ -z $(in_ns ss -Htna sport = ":$PORT") ]]
}

@test "TIME-WAIT: how many, how long, who, and does SO_REUSEADDR help" {
	start_fixture f --state TIME_WAIT --drop-listener
	says 0 "$PORT/tcp: 1 closed connection is in TIME-WAIT, and no process holds the port; SO_REUSEADDR won't help: the closed socket did not set it; free in ([2-5][0-9]|6[0-2]) s" \
		"  left by portfix \(pid $PID\)"
	[[ $(json '.ports[0] | "\(.why) \(.bindable_with)"') = "timewait null" ]]
	(($(json '.ports[0].frees_in_ms') > 20000))
	start_fixture g --state TIME_WAIT --drop-listener --reuseaddr
	says 0 "$PORT/tcp: 1 closed connection is in TIME-WAIT, .*; a server that sets SO_REUSEADDR can bind it now; free in .*"
	start_fixture h --conn-churn 5
	await_line h ^done
	says 0 "$PORT/tcp: 5 closed connections are in TIME-WAIT, and no process holds the port; .*" \
		"  left by portfix \(pid $PID\) \(5\)"
}

@test "an orphaned connection that is closing" {
	start_fixture f --state FIN_WAIT1 --orphan --drop-listener
	says 0 "$PORT/tcp: a connection is still closing \(FIN_WAIT1\), and no process holds the port any more; free in .* min" \
		"  closed by portfix \(pid $PID\)" "  its peer is 127.0.0.1:[0-9]+" \
		"  its peer takes no more data; the kernel gives it up then"
	[[ $(json '.ports[0] | "\(.why) \(.frees_in_ms > 60000)"') = "orphan true" ]]
	[[ $(json '.sockets[0] | "\(.waits_for) \(.expires_ms > 60000)"') = "room true" ]]
	run pw free -n "$PORT/tcp"
	[[ $output = *"; free in "*" s"* ]]
	run pw wait --for free --timeout 0.1 "$PORT/tcp"
	[[ $output = *"not free after 0.1 s: "*"; free in "*" min" ]]
}

@test "in flight" {
	start_fixture f --hold-inflight
	says 0 "$PORT/tcp: open, but no visible process holds it; .*" \
		"  last used by portfix \(pid $PID\)"
	[[ $(json '.ports[0].why') = inflight ]]
}

@test "in flight, with a port that the kernel chose at listen()" {
	start_fixture f --no-bind --hold-inflight
	says 0 "$PORT/tcp: open, but no visible process holds it; .*" "  last used by portfix \(pid $PID\)"
}

# A thread is inside accept(), and its descriptor has been closed: nothing shows the process.
body_in_call() {
	start caller python3 -u -c 'import ctypes, os, socket, threading, time
libc = ctypes.CDLL(None)
libc.accept.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
s = socket.create_server(("127.0.0.1", 20331))
fd = s.detach()
threading.Thread(target=lambda: libc.accept(fd, None, None), daemon=True).start()
time.sleep(0.3)
os.close(fd)
print("ready")
time.sleep(600)'
	local pid=$RET
	await_line caller ^ready
	PORT=20331
	says 0 "$PORT/tcp: open, but no visible process holds it: a thread of python3 \(pid $pid\) is inside accept\(\) on a descriptor that was closed; ending it frees the port: kill $pid"
	kill -KILL "$pid"
	await 5 dead "$pid"
}

@test "a thread that is inside accept() keeps the port, and is named" {
	need python3
	body_in_call
}

# The socket is a registered file of an io_uring, and its descriptor is closed (io_uring_setup 425, io_uring_register
# 427, the same on every architecture).
body_in_ring() {
	start ring python3 -u -c 'import ctypes, os, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)
ring = libc.syscall(425, 8, ctypes.create_string_buffer(120))
if ring < 0:
    sys.exit(print("refused", os.strerror(ctypes.get_errno())))
s = socket.create_server(("127.0.0.1", 20334))
if libc.syscall(427, ring, 2, (ctypes.c_int * 1)(s.fileno()), 1):
    sys.exit(print("refused", os.strerror(ctypes.get_errno())))
s.close()
os.set_inheritable(ring, True)
print("ready")
time.sleep(600)'
	local pid=$RET
	await_line ring '^(ready|refused)'
	! grep refused "$OUTPUTS/ring" || skip "no io_uring here"
	grep -q 'socket:\[[0-9]' "/proc/$pid/fdinfo/"* || skip "this kernel does not number the sockets of an io_uring"
	PORT=20334
	says 0 "$PORT/tcp: open without a descriptor: python3 \(pid $pid\) has it in an io_uring; ending it frees the port: kill $pid"
	kill -KILL "$pid"
	await 5 dead "$pid"
	await 5 ends_free
}

ends_free() {
	run pw "$PORT/tcp"
	[[ $output = "$PORT/tcp: free"* ]]
}

@test "a socket in an io_uring has no descriptor, and its process is named" {
	need python3
	body_in_ring
}

@test "connections that only their peers have closed are told" {
	need python3
	start lazy python3 -u -c 'import socket, time
s = socket.create_server(("127.0.0.1", 20335))
clients = [socket.create_connection(("127.0.0.1", 20335)) for _ in range(3)]
held = [s.accept()[0] for _ in clients]
for c in clients[1:]:
    c.close()
print("ready")
time.sleep(600)'
	await_line lazy ^ready
	PORT=20335
	says 0 "  plus 3 open connections, 2 of them closed by the peer alone \(CLOSE_WAIT\)"
}

@test "a connection that closes without a process has its time" {
	start peer python3 -u -c 'import os, socket, time
s = socket.create_server(("127.0.0.1", 20332))
if os.fork() == 0:
    s.close()
    c = socket.create_connection(("127.0.0.1", 20332))
    print("child=%d" % os.getpid()); time.sleep(60); os._exit(0)
a, _ = s.accept()
os._exit(0)'
	await_line peer ^child=
	STARTED+=("$(field child "$RET")")
	PORT=20332
	await 5 eval '[[ $(json ".ports[0].why") = orphan ]]'
	says 0 "$PORT/tcp: a connection is still closing \(FIN_WAIT2\), and no process holds the port any more; free in [1-6][0-9]* s"
	(($(json '[.sockets[] | select(.local.port == 20332)][0].expires_ms') > 0))
	(($(json '.ports[0].frees_in_ms') > 0))
}

@test "another network namespace only" {
	make_netns other
	RUN_IN=$RET start_fixture f --port 20321
	says 0 "20321/tcp: free here; in another network namespace it is in use by portfix \(pid $PID\)"
	[[ $(json '.ports[0] | "\(.why) \(.bindable)"') = "other-netns true" ]]
	in_ns python3 -c 'import socket; socket.socket().bind(("", 20321))'
}

@test "a SO_REUSEPORT group of another user" {
	need setpriv
	start group setpriv --reuid 4711 --clear-groups "$PORTFIX" --reuseport
	await_line group ^ready
	PORT=$(field port "$RET")
	says 0 "  a SO_REUSEPORT group of user 4711: sockets of user 0 cannot join it"
	[[ $(json '.ports[0] | "\(.bindable_with)"') = null ]]
	start_fixture own --reuseport
	says 0 "  a SO_REUSEPORT group of user 0: sockets of that user that set it can join"
	[[ $(json '.ports[0].bindable_with | join(" ")') = SO_REUSEPORT ]]
}

@test "reserved: the kernel never picks it, a bind() may" {
	in_ns sysctl -qw net.ipv4.ip_local_reserved_ports=20444
	PORT=20444
	says 1 "20444/tcp: free, and reserved .*" "  a bind\(\) that names the port succeeds"
	[[ $(json '.ports[0] | "\(.why) \(.bindable)"') = "reserved true" ]]
	in_ns python3 -c 'import socket; socket.socket().bind(("", 20444))'
}

@test "privileged" {
	need setpriv
	local as=(setpriv --bounding-set -net_bind_service)
	run -1 in_ns "${as[@]}" "$PORTWATCH" --pin-dir "$PIN" 81/tcp
	grep -qx "81/tcp: free, but ports below 1024 need CAP_NET_BIND_SERVICE" <<<"$output"
	run -1 in_ns "${as[@]}" "$PORTWATCH" --pin-dir "$PIN" --json 81/tcp
	[[ $(jq -r '.ports[0] | "\(.why) \(.bindable)"' <<<"$output") = "privileged false" ]]
	run ! in_ns "${as[@]}" python3 -c 'import socket; socket.socket().bind(("", 81))'
}

@test "free" {
	PORT=20555
	says 1 "20555/tcp: free"
	[[ $(json '.ports[0] | "\(.why) \(.bindable)"') = "free true" ]]
}

@test "without a tracker the reasons are the same, but for what only memory knows" {
	local PIN=$PIN-none # nothing is loaded there
	start_fixture f --bind-only
	says 0 "$PORT/tcp: bound, but not listening, by portfix \(pid $PID\)"
	start_fixture g --hold-inflight
	says 0 "$PORT/tcp: open, but no visible process holds it; .*"
	start_fixture h --state TIME_WAIT --drop-listener --reuseaddr
	says 0 "$PORT/tcp: 1 closed connection is in TIME-WAIT, .*SO_REUSEADDR can bind it now.*"
	never "left by"
}
