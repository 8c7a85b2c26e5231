#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The readers without BPF (src/tables), on real sockets: what they say is compared with what the
# fixture knows and with ss, fuser and lsof. They need no tracker.

load lib

setup() {
	netns_setup
	need ss
	FLOOR=${PORTWATCH_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/floor
}

floor() {
	in_ns "$FLOOR" "$@"
}

# one PATTERN FIELD=VALUE...: of the output's lines exactly one matches, and it has these
one() {
	local pattern=$1 want
	shift
	[[ $(grep -cE -- "$pattern" <<<"$output") = 1 ]] || { echo "not one '$pattern' in: $output"; return 1; }
	LINE=$(grep -E -- "$pattern" <<<"$output")
	for want; do
		[[ " $LINE " = *" $want "* ]] || { echo "no $want in: $LINE"; return 1; }
	done
}

# Of the sockets of $PORT, as ss -e shows it: the number behind ino:, uid: or sk:
shown() {
	in_ns ss -Hane "${@:2}" "( sport = :$PORT )" | grep -o "$1:[0-9a-f]*" | head -n 1 | cut -d: -f2
}

inode_of() {
	floor sockets "$PORT" | grep -o 'inode=[1-9][0-9]*' | head -n 1 | cut -d= -f2
}

netns_inode() {
	stat -L -c %i "/run/netns/$1"
}

@test "floor: a listener, its user, backlog, cookie and holder" {
	start_fixture f --addr 127.0.0.1 --listen 7 --dup 1
	run floor holders "$PORT"
	one '^tcp' family=4 state=LISTEN "local=127.0.0.1:$PORT" "remote=0.0.0.0:0" backlog=7 socket=1 uid=0 \
		"inode=$(shown ino -t)" "netns=$(netns_inode "$NETNS")"
	[ "$(printf '%x' "$(field cookie "$LINE")")" = "$(shown sk -t)" ]
	[ "$(grep -c "^holder pid=$PID .* alive=1 comm=portfix" <<<"$output")" = 2 ]
	[ "$(grep -c ^holder <<<"$output")" = 2 ]
	[[ $(grep -o 'fd=[0-9]*' <<<"$output" | tr '\n' ' ') = \
		$(in_ns ss -Htlnp "( sport = :$PORT )" | grep -o 'fd=[0-9]*' | sort -t= -nk2 | tr '\n' ' ') ]]
	[[ $(in_ns fuser "$PORT/tcp" 2>/dev/null) = *" $PID"* ]]
	[ "$(in_ns lsof -nP -t "-iTCP:$PORT" -sTCP:LISTEN)" = "$PID" ]
	run floor holders "$PORT" "$PID"
	[ "$(grep -c ^holder <<<"$output")" = 2 ]
	one ^blind processes=1 unreadable=0
	run floor procnet 0 "$PORT"
	one '^tcp' state=LISTEN "local=127.0.0.1:$PORT" "inode=$(shown ino -t)" uid=0 \
		"netns=$(netns_inode "$NETNS")"
}

@test "floor: a socket that is only bound" {
	start_fixture f --addr 127.0.0.1 --bind-only
	if kernel_is 6.8; then
		[ "$(floor shows-bound)" = 1 ]
		run floor holders "$PORT"
		one '^tcp' state=BOUND "local=127.0.0.1:$PORT" socket=1
		one "^holder pid=$PID"
		local cookie
		cookie=$(field cookie "$(grep ^tcp <<<"$output")")
		[ "$(floor alive "$PORT" 13 "$cookie")" = 1 ]
		kill -KILL "$PID"
		await 5 dead "$PID"
		await 5 eval '[ "$(floor alive "$PORT" 13 "$cookie")" = 0 ]'
	else
		[ "$(floor shows-bound)" = 0 ]
		run floor alive "$PORT" 13 1
		[[ $status = 1 && $output = *"not supported"* ]]
	fi
}

@test "floor: UDP with and without a peer" {
	start_fixture server --proto udp --addr 127.0.0.1
	local server=$PORT
	run floor holders "$PORT"
	one '^udp' state=UNCONN "local=127.0.0.1:$PORT" "remote=0.0.0.0:0" "inode=$(shown ino -u)"
	one "^holder pid=$PID"
	start_fixture client --proto udp --connect "127.0.0.1:$server"
	run floor holders "$PORT"
	one '^udp' state=ESTABLISHED "local=127.0.0.1:$PORT" "remote=127.0.0.1:$server"
	one "^holder pid=$PID"
	run floor procnet 0 "$PORT"
	one '^udp' state=ESTABLISHED "local=127.0.0.1:$PORT" "remote=127.0.0.1:$server"
	start_fixture six --proto udp --family 6 --addr ::1
	run floor sockets "$PORT"
	one '^udp' family=6 state=UNCONN "local=::1:$PORT"
	run floor procnet 0 "$PORT"
	one '^udp' family=6 state=UNCONN "local=::1:$PORT"
}

@test "floor: IPv6, dual-stack and v6only, and a mapped connection" {
	start_fixture dual --family 6 --v6only 0 --accept 1
	local server=$PORT
	run floor sockets "$PORT"
	one 'state=LISTEN' family=6 "local=:::$PORT"
	[[ $LINE != *v6only* ]]
	start_fixture client --connect "127.0.0.1:$server"
	accepted dual 1
	run floor sockets "$server"
	one 'state=ESTABLISHED' family=6 "local=::ffff:127.0.0.1:$server" "remote=::ffff:127.0.0.1:$PORT"
	run floor procnet 0 "$server"
	one 'state=ESTABLISHED' family=6 "local=::ffff:127.0.0.1:$server" "remote=::ffff:127.0.0.1:$PORT"
	start_fixture only --family 6 --v6only 1 --addr ::1
	run floor sockets "$PORT"
	one '^tcp' family=6 "local=::1:$PORT" v6only=1
}

@test "floor: TIME-WAIT, with the time that is left" {
	start_fixture f --state TIME_WAIT
	run floor small "$PORT"
	one 'timewait=1' state=TIME_WAIT hz=1000 socket=0 inode=0
	local expires
	expires=$(field expires "$LINE")
	((expires > 20000 && expires <= 60000))
	[[ $LINE != *uid=* && $LINE != *released* ]]
	run floor procnet 0 "$PORT"
	one 'timewait=1' state=TIME_WAIT "hz=$(getconf CLK_TCK)"
	((expires / 10 - $(field expires "$LINE") < 1000 && expires / 10 >= $(field expires "$LINE") - 10))
}

@test "floor: TIME-WAIT in its first half is told as such" {
	start_fixture f --state FIN_WAIT2 --orphan
	# The orphan gives way to a small socket at once, tcp_fin_timeout being 60 s (tcp_time_wait).
	run floor small "$PORT"
	one 'state=FIN_WAIT2' timewait=1 hz=1000 socket=0
	run floor procnet 0 "$PORT"
	one 'state=FIN_WAIT2' timewait=1 socket=0
}

@test "floor: SYN_RECV" {
	start_fixture f --state SYN_RECV
	run floor small "$PORT"
	one 'state=SYN_RECV' socket=0 inode=0
	[[ $LINE != *uid=* && $LINE != *timewait* ]]
	run floor procnet 0 "$PORT"
	one 'state=SYN_RECV' socket=0 inode=0
}

@test "floor: an orphan has no descriptor, and is still the same socket" {
	start_fixture f --state FIN_WAIT1
	run floor sockets "$PORT"
	one 'state=FIN_WAIT1' socket=1
	local cookie
	cookie=$(field cookie "$LINE")
	start_fixture g --state FIN_WAIT1 --orphan --drop-listener
	run floor holders "$PORT"
	one 'state=FIN_WAIT1' released=1 socket=0 inode=0
	[[ $output != *holder* ]]
	run floor small "$PORT"
	one 'state=FIN_WAIT1' released=1
	[ "$(floor alive "$PORT" 4 "$(field cookie "$LINE")")" = 1 ]
	[ "$(floor alive "$PORT" 4 "$cookie")" = 0 ]
}

@test "floor: every TCP state" {
	local state
	for state in ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT LAST_ACK CLOSING; do
		start_fixture "$state" --state "$state"
		run floor sockets "$PORT"
		grep -q "state=$state .*local=[^ ]*:$PORT " <<<"$output"
		run floor procnet 0 "$PORT"
		grep -q "state=$state .*local=[^ ]*:$PORT " <<<"$output"
	done
}

@test "floor: is it still there? A listener, by cookie and by inode" {
	start_fixture f --addr 127.0.0.1
	local cookie inode port=$PORT
	inode=$(inode_of)
	cookie=$(field cookie "$(floor sockets "$PORT")")
	[ "$(floor alive "$PORT" 10 "$cookie")" = 1 ]
	[ "$(floor alive "$PORT" 10 $((cookie + 1)))" = 0 ]
	[ "$(floor alive-inode "$PORT" 10 "$inode")" = 1 ]
	[ "$(floor alive-inode "$PORT" 10 $((inode + 1)))" = 0 ]
	kill -KILL "$PID"
	await 5 dead "$PID"
	# another one with the same addresses is not that one
	start_fixture g --addr 127.0.0.1 --port "$port"
	[ "$(floor alive "$PORT" 10 "$cookie")" = 0 ]
	[ "$(floor alive-inode "$PORT" 10 "$inode")" = 0 ]
	run floor alive "$PORT" 10 0
	[ "$status" = 1 ]
}

@test "floor: is it still there? What TIME-WAIT remembers of a socket is not the socket" {
	start_fixture f --state ESTABLISHED --drop-listener
	local before cookie
	before=$(floor sockets "$PORT")
	cookie=$(field cookie "$(grep state=ESTABLISHED <<<"$before")")
	[ "$(floor alive "$PORT" 1 "$cookie")" = 1 ]
	start_fixture g --state TIME_WAIT
	cookie=$(field cookie "$(floor small "$PORT")")
	[ "$cookie" -gt 0 ]
	[ "$(floor alive "$PORT" 1 "$cookie")" = 0 ]
	[ "$(floor alive "$PORT" 6 "$cookie")" = 1 ]
}

@test "floor: is it still there? Each of several on one port" {
	start_fixture f --addr 127.0.0.1 --reuseport-workers 3
	local cookie cookies
	cookies=$(floor sockets "$PORT" | grep -o 'cookie=[0-9]*' | cut -d= -f2)
	[ "$(wc -l <<<"$cookies")" -ge 3 ]
	for cookie in $cookies; do
		[ "$(floor alive "$PORT" 10 "$cookie")" = 1 ]
	done
}

@test "floor: another namespace, with the same port" {
	make_netns other
	local other=$RET first second
	start_fixture a --addr 127.0.0.1 --port 28100
	first=$PID
	RUN_IN=$other start_fixture b --addr 127.0.0.1 --port 28100
	second=$PID
	run in_netns "$other" "$FLOOR" holders 28100
	one ^tcp "netns=$(netns_inode "$other")"
	one "^holder pid=$second"
	# From afar, without entering it.
	run "$FLOOR" procnet "$second" 28100
	one ^tcp "netns=$(netns_inode "$other")"
	run "$FLOOR" holder "$(field inode "$LINE")"
	one "^holder pid=$second"
	run "$FLOOR" netns
	grep -q "^netns=$(netns_inode "$other") pid=$second$" <<<"$output"
	grep -q "^netns=$(netns_inode "$NETNS") pid=$first$" <<<"$output"
	grep -q "^netns=$(netns_inode "$other") name=$other$" <<<"$output"
	[ "$(grep -c "^netns=$(stat -L -c %i /proc/self/ns/net) pid=" <<<"$output")" = 3 ]
}

# tables: names of the tables of TCP that are read for $PORT
tables() {
	in_ns strace -qq -e trace=openat -o "$OUTPUTS/opened" "$FLOOR" procnet 0 "$PORT" >"$OUTPUTS/sockets"
	sed -n 's/.*"\(tcp6\?\)".*/\1/p' "$OUTPUTS/opened" | tr '\n' ' '
}

@test "floor: tables of connections are read where there are some, TIME-WAIT among them" {
	need strace
	PORT=1
	[[ $(tables) = "" ]]
	start_fixture udp --proto udp --addr 127.0.0.1
	[[ $(tables) = "" && $(<"$OUTPUTS/sockets") = *"local=127.0.0.1:$PORT "* ]]
	start_fixture six --family 6 --v6only 1 --addr ::1
	[[ $(tables) = "tcp6 " && $(<"$OUTPUTS/sockets") = *"local=::1:$PORT "* ]]
	start_fixture four --addr 127.0.0.1
	[[ $(tables) = "tcp tcp6 " && $(<"$OUTPUTS/sockets") = *"local=127.0.0.1:$PORT "* ]]
	make_netns left
	NETNS=$RET
	RUN_IN=$NETNS start_fixture left --state TIME_WAIT --drop-listener
	kill -KILL "$PID"
	await 5 dead "$PID"
	[[ $(tables) = "tcp tcp6 " && $(<"$OUTPUTS/sockets") = *"state=TIME_WAIT local=127.0.0.1:$PORT "* ]]
}

# dumps QUESTION...: how often TCP's sockets of this network namespace were asked for. strace, which is in it as well, has
# no names for requests in others.
dumps() {
	in_ns strace -qq -f -e trace=sendto -o "$OUTPUTS/sent" "$PORTWATCH" --pin-dir "$PIN-none" "$@" >"$OUTPUTS/answer" || true
	grep -cE 'TCPDIAG_GETSOCK|IPPROTO_TCP' "$OUTPUTS/sent"
}

@test "floor: a question goes through the connections once, and a socket of its own is not shown" {
	need strace
	[[ $(dumps --netns self 28000/tcp) = 1 && $(<"$OUTPUTS/answer") = "28000/tcp: free"* ]]
	[[ $(dumps list --netns self) = 1 && $(<"$OUTPUTS/answer") != *portwatch* ]]
	start_fixture bound --addr 127.0.0.1 --bind-only
	[[ $(dumps --netns self "$PORT/tcp") = 1 && $(<"$OUTPUTS/answer") = *portfix* ]]
}

# Where sock_diag is refused at home it is tried again, in the namespace that the question leads to.
@test "floor: no socket is bound in a network namespace that is only visited" {
	need strace
	strace -qq -f -e trace=setns,bind -o "$OUTPUTS/calls" "${FLOOR%/*}/refuse" sock_diag -- \
		"$PORTWATCH" --pin-dir "$PIN-none" --netns "/run/netns/$NETNS" 28000/tcp || true
	grep -q 'setns(.*= 0' "$OUTPUTS/calls"
	# There and back, and so on.
	[ "$(awk '/setns\(.*= 0/ { away = !away } away && /bind\(.*AF_INET/' "$OUTPUTS/calls")" = "" ]
}

@test "floor: a thread with descriptors of its own" {
	start unshared "$FLOOR" unshared 2
	await_line unshared '^ready.*'
	await 5 eval '[ "$(grep -c ^ready "$OUTPUTS/unshared")" = 2 ]'
	local line
	while read -r line; do
		PORT=$(field port "$line") PID=$(field pid "$line")
		run floor holders "$PORT"
		one "^holder pid=$PID" "fd=$(field fd "$line")"
		[ -z "$(in_ns fuser "$PORT/tcp" 2>/dev/null)" ]
	done <"$OUTPUTS/unshared"
}

@test "floor: an inherited descriptor is held by each" {
	start_fixture f --addr 127.0.0.1 --workers 2
	run floor holders "$PORT"
	[ "$(grep -o '^holder pid=[0-9]*' <<<"$output" | cut -d= -f2 | sort -n | tr '\n' ' ')" = \
		"$(in_ns ss -Htlnp "( sport = :$PORT )" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -n | tr '\n' ' ')" ]
	[ "$(grep -c ^holder <<<"$output")" = 3 ]
}

@test "floor: nobody holds a socket in flight" {
	start_fixture f --addr 127.0.0.1 --hold-inflight
	run floor holders "$PORT"
	one ^tcp state=LISTEN socket=1
	[[ $output != *holder* ]]
}

@test "floor: without privileges, others are counted" {
	start_fixture f --addr 127.0.0.1
	run floor holders "$PORT"
	local inode
	inode=$(field inode "$(grep ^tcp <<<"$output")")
	run in_ns setpriv --reuid 65534 --regid 65534 --clear-groups "$FLOOR" holders "$PORT"
	one ^tcp state=LISTEN "inode=$inode" uid=0
	[[ $output != *holder* ]]
	one ^blind
	(($(field unreadable "$LINE") > 0))
	local pid
	pid=$(field pid "$LINE")
	[ "$(stat -c %u "/proc/$pid")" = "$(field uid "$LINE")" ]
	run in_ns setpriv --reuid 65534 --regid 65534 --clear-groups "$FLOOR" holder "$inode" "$PID"
	one ^blind processes=1 unreadable=1 "pid=$PID" uid=0
	run in_ns setpriv --reuid 65534 --regid 65534 --clear-groups "$FLOOR" procnet "$PID" "$PORT"
	one ^tcp "inode=$inode" netns=0
	# In which namespace root's processes live cannot be read; that there is another can.
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$FLOOR" netns
	[[ $(grep '^netns=0 pid=' <<<"$output") = *"pid=$PID"* ]]
}

@test "floor: a process in its own user's hands, read by that user" {
	start f setpriv --reuid 65534 --regid 65534 --clear-groups "$PORTFIX" --addr 127.0.0.1
	await_line f ^ready
	PORT=$(field port "$RET") PID=$(field pid "$RET")
	run in_ns setpriv --reuid 65534 --regid 65534 --clear-groups "$FLOOR" holders "$PORT"
	one ^tcp uid=65534
	one "^holder pid=$PID" uid=65534 alive=1
}

@test "floor: a /proc that hides processes says so" {
	start_fixture f --addr 127.0.0.1
	local inode
	inode=$(inode_of)
	# shellcheck disable=SC2016 # expanded there
	run unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$1" holder "$2"' sh "$FLOOR" "$inode"
	[ "$status" = 0 ]
	one ^blind concealed=1
	run "$FLOOR" holder "$inode"
	one ^blind concealed=0
	# shellcheck disable=SC2016
	run unshare -m sh -c 'mount -t tmpfs none /proc && exec "$1" holder "$2"' sh "$FLOOR" "$inode"
	[ "$status" = 1 ]
	# shellcheck disable=SC2016
	run unshare -m sh -c 'mount -t tmpfs none /proc && exec "$1" procnet 0' sh "$FLOOR"
	[ "$status" = 1 ]
}

@test "floor: a process that does not exist" {
	run floor procnet 4194304
	[ "$status" = 1 ]
	start_fixture f --addr 127.0.0.1
	run floor holders "$PORT" 4194304
	[ "$status" = 0 ]
	[[ $output != *holder* ]]
}

@test "floor: 300 sockets of one process, with and without a port asked for" {
	start_fixture f --addr 127.0.0.1 --accept 300
	local server=$PORT
	start_fixture c --connect "127.0.0.1:$server" --conns 300
	accepted f 300
	[ "$(floor sockets "$server" | wc -l)" = 301 ]
	[ "$(floor procnet 0 "$server" | wc -l)" = 301 ]
	run floor holders "$server"
	[ "$(grep -c ^holder <<<"$output")" = 301 ]
	[ "$(floor sockets | wc -l)" = "$(in_ns ss -Hanut state all | wc -l)" ]
	[ "$(floor listeners | wc -l)" = 1 ]
	[ "$(floor small | wc -l)" = 0 ]
}
