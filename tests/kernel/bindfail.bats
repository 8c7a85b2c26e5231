#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Events name another process besides: a bind() that fails those that are in the way, whatever the holder is by
# then; a connection within this host the process at its other end. A call names its thread and descriptor.

load lib
load agree
ONE_TRACKER=1

prepare() {
	pw load
	start stream "$PORTWATCH" --pin-dir "$PIN" stream --event bind-failed --json
	# Failing binds of no interest until one of them is told: then the stream listens.
	start blocker "$PORTFIX" --port 20001
	await_line blocker ^ready
	await 10 is_listening
}

is_listening() {
	fail_to_bind 20001
	grep -q '"port":20001' "$OUTPUTS/stream"
}

# fail_to_bind PORT [FAMILY [ADDR]]
fail_to_bind() {
	! in_ns "$PORTFIX" --port "$1" --family "${2:-4}" ${3:+--addr "$3"} --lifetime 1 >/dev/null 2>&1
}

# blames JQ-FILTER: what the event about $PORT says of the holders
blames() {
	await_line stream "\"port\":$PORT"
	jq -er "$1" <<<"$RET"
}

@test "a listener" {
	start_fixture f
	fail_to_bind "$PORT"
	[[ $(blames '.holders | map("\(.pid) \(.comm) \(.state)") | join(",")') = "$PID portfix LISTEN" ]]
}

@test "a socket that is only bound" {
	start_fixture f --bind-only
	fail_to_bind "$PORT"
	[[ $(blames '.holders[] | "\(.pid) \(.state) \(.left)"') = "$PID BOUND null" ]]
}

# bats test_tags=core
@test "TIME-WAIT: whoever left it" {
	start_fixture f --state TIME_WAIT --drop-listener
	fail_to_bind "$PORT"
	[[ $(blames '.holders[] | "\(.pid) \(.state) \(.left)"') = "$PID TIME_WAIT true" ]]
}

@test "a descriptor in flight: whoever had it last" {
	start_fixture f --hold-inflight
	fail_to_bind "$PORT"
	[[ $(blames '.holders[] | "\(.pid) \(.state) \(.left)"') = "$PID LISTEN true" ]]
}

@test "an orphan: whoever closed it" {
	start_fixture f --state FIN_WAIT1 --orphan --drop-listener
	fail_to_bind "$PORT"
	[[ $(blames '.holders[] | "\(.pid) \(.state) \(.left)"') = "$PID FIN_WAIT1 true" ]]
}

@test "only the processes in the way are named" {
	# Two servers on one port, at two addresses: one bind() fails because of one of them.
	start_fixture one --addr 127.0.0.1
	local first=$PID
	start_fixture two --addr 127.0.0.2 --port "$PORT"
	fail_to_bind "$PORT" 4 127.0.0.2
	[[ $(blames '.holders | map(.pid) | join(",")') = "$PID" ]]
	[[ $first != "$PID" ]]
}

@test "an IPv6 wildcard in the way of IPv4" {
	start_fixture f --family 6
	fail_to_bind "$PORT" 4 127.0.0.1
	[[ $(blames '.holders[].pid') = "$PID" ]]
}

@test "as text" {
	start text "$PORTWATCH" --pin-dir "$PIN" stream --event bind-failed --no-header
	start_fixture f --state TIME_WAIT --drop-listener
	await 10 eval "fail_to_bind $PORT; grep -q ':$PORT' '$OUTPUTS/text'"
	grep -qE "EADDRINUSE, left by portfix\[$PID\] \(TIME_WAIT\)" "$OUTPUTS/text"
}

@test "the process at the other end of a connection" {
	local family address
	for family in 4 6; do
		address=127.0.0.1
		[[ $family = 4 ]] || address=::1
		start_stream "peer$family" --json --netns "/run/netns/$NETNS" --event accept
		local stream=$RET
		start_fixture "server$family" --family "$family" --addr "$address" --accept 1
		[[ $family = 4 ]] || address="[$address]"
		start_fixture "client$family" --family "$family" --connect "$address:$PORT"
		# The peer is asked for when the event is read: the connection has to live until then.
		await_line "peer$family" '"event":"accept"' 30
		end_stream "$stream"
		jq -e ".peer.pid == $PID and .peer.comm == \"portfix\"" "$OUTPUTS/peer$family"
	done
}

# A client that has a server's port as its own, for two servers: each connection has a process at its other end.
@test "the process at the other end, where two connections share a port" {
	start_stream shared --json --netns "/run/netns/$NETNS" --event accept
	local stream=$RET
	start_fixture first --addr 127.0.0.1 --accept 1
	local first=$PORT
	start_fixture second --addr 127.0.0.1 --accept 1
	start client /usr/bin/python3 -c 'import signal, socket, sys
kept = []
for port in sys.argv[1:]:
    s = socket.socket()
    kept.append(s)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 8297))
    s.connect(("127.0.0.1", int(port)))
signal.pause()' "$first" "$PORT"
	local client=$RET
	await 30 eval '[ "$(grep -c "\"event\":\"accept\"" "$OUTPUTS/shared")" = 2 ]'
	end_stream "$stream"
	# A look takes its time: the second may be left out, and neither names another process.
	jq -se --argjson client "$client" 'map(.peer.pid) | any(. == $client) and all(. == null or . == $client)' "$OUTPUTS/shared"
}

# The first thread waits: no event is its own.
THREAD='import socket, threading
def serve():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    kept.append(s)
    print("tid=%d fd=%d port=%d" % (threading.get_native_id(), s.fileno(), s.getsockname()[1]), flush=True)
    kept.append(socket.create_connection(s.getsockname()))
    kept.append(s.accept())
    try:
        socket.socket().bind(s.getsockname())
    except OSError:
        pass
kept = []
t = threading.Thread(target=serve)
t.start()
t.join()
print("done", flush=True)
threading.Event().wait()'

@test "a call names the thread, and a bind and a listen their descriptor" {
	[[ -z ${PORTWATCH_HOOKS-} ]] && kernel_is 6.1 || skip "elsewhere a look at one process is a walk over all"
	start_stream thread --json --netns "/run/netns/$NETNS"
	local stream=$RET
	start server "$PYTHON" -c "$THREAD"
	await_line server ^done
	await_line thread bind-failed 30
	end_stream "$stream"
	local line
	line=$(head -1 "$OUTPUTS/server")
	[ "$(jq -r "select(.tid) | \"\(.event) \(.pid == ${STARTED[-1]}) \(.tid)\"" "$OUTPUTS/thread" | sort)" = \
		"$(printf "%s true $(field tid " $line")\n" accept bind bind-failed connect listen)" ]
	[ "$(jq -r 'select(.fds) | "\(.event) \(.local.port) \(.fds | join(","))"' "$OUTPUTS/thread")" = \
		"$(printf "%s $(field port " $line") $(field fd " $line")\n" bind listen)" ]
}
