#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# top in a terminal: keys in, the screen out, with real sockets behind it. How it ends, and on which
# terminals it runs, is in top_terminal.bats; ending processes in top_kill.bats.

load lib
load top
ONE_TRACKER=1

setup() {
	top_setup
}

teardown() {
	top_teardown
}

@test "top: a row for each port, with its owner, user, connections and accepts" {
	start_fixture web --addr 127.0.0.1 --comm web --workers 2
	local web=$PORT master=$PID
	start_fixture dns --proto udp --addr 127.0.0.1 --comm dns
	local dns=$PORT
	start_fixture six --family 6 --addr ::1 --bind-only --comm six
	local six=$PORT
	start_fixture chat --addr 127.0.0.1 --accept 3 --comm chat
	local chat=$PORT
	start_fixture client --connect "127.0.0.1:$chat" --conns 3
	pw load
	COLS=140 top -i 0.3
	shown "^$web/tcp +LISTEN +127.0.0.1 .* root +[0-9]+s .*web\[$master\] \+2 "
	shown "^$dns/udp +UNCONN +127.0.0.1 .* dns\["
	shown "^$six/tcp +BOUND +::1 .* six\["
	shown "^$chat/tcp +LISTEN +127.0.0.1 +3 .* chat\["
	not_on_screen 'no tracker loaded'
}

@test "top: without a loaded tracker it brings its own, says so, and leaves nothing" {
	start_fixture a --addr 127.0.0.1
	top
	shown "^$PORT/tcp +LISTEN"
	shown 'no tracker loaded'
	press q
	ended 0
	[ ! -e "$PIN" ]
}

@test "top: a tracker that is unloaded meanwhile is not believed in silence" {
	own_tracker
	[[ -z ${PORTWATCH_LOADED-} ]] || skip "the tracker is that of all tests"
	pw load
	top -i 0.2
	shown 'no port is in use'
	pw unload
	shown 'the tracker was unloaded'
	pw load
	shown 'the tracker was unloaded'
	press q
	ended 0
}

@test "top: who gets and loses a port shows at once, long before the next interval" {
	pw load
	top -i 600
	shown 'no port is in use'
	start_fixture a --addr 127.0.0.1 --comm first
	shown "^$PORT/tcp +LISTEN .* first\["
	kill "$PID"
	gone "^$PORT/tcp"
	start_fixture b --proto udp --addr 127.0.0.1 --comm second
	shown "^$PORT/udp +UNCONN .* second\["
}

@test "top: a holder that comes without an event on the socket shows by the interval" {
	pw load
	start_fixture a --addr 127.0.0.1 --comm parent --on-term fork
	local old=$PID
	top -i 0.2
	shown "^$PORT/tcp .* parent\[$old\]"
	kill -TERM "$old"
	await_line a '^forked'
	STARTED+=("$(field pid "$RET")")
	shown "^$PORT/tcp .* parent\[$(field pid "$RET")\]"
}

@test "top: accepted connections and TIME-WAIT are counted a second" {
	pw load
	start_fixture a --addr 127.0.0.1 --accept 1000
	top -i 1
	shown "^$PORT/tcp"
	local end=$((SECONDS + 60))
	# connections that the server's side ends last: the client has the TIME-WAIT
	until on_screen "^$PORT/tcp +LISTEN +127.0.0.1 +[0-9]+ +[0-9.]+ "; do
		((SECONDS < end))
		start client "$PORTFIX" --connect "127.0.0.1:$PORT" --conns 5
	done
	shown 'accepts/s'
}

@test "top: sorted by a column, reversed, and by the menu" {
	start_fixture a --addr 127.0.0.1 --port 2001 --accept 1 --comm ccc
	start_fixture b --addr 127.0.0.1 --port 2002 --accept 3 --comm aaa
	start_fixture c --addr 127.0.0.1 --port 2003 --comm bbb
	start_fixture x --connect 127.0.0.1:2001 --conns 1
	start_fixture y --connect 127.0.0.1:2002 --conns 3
	pw load
	top -i 0.3
	in_order 2001 2002 2003
	press C
	in_order 2002 2001 2003
	press P
	in_order 2002 2003 2001
	press I
	in_order 2001 2003 2002
	press N
	in_order 2001 2002 2003
	press N
	in_order 2003 2002 2001
	press F6
	shown '^Sort by'
	press Right Right Right Enter
	in_order 2002 2001 2003
}

@test "top: filtered as one types, in the language of list and in bare words" {
	start_fixture a --addr 127.0.0.1 --port 2101 --comm alpha
	start_fixture b --addr 127.0.0.1 --port 2102 --comm beta
	start_fixture c --proto udp --addr 127.0.0.1 --port 2103 --comm beta
	pw load
	top
	in_order 2101 2102 2103
	press \\
	type_in beta
	in_order 2102 2103
	type_in ' --proto udp'
	in_order 2103
	press Enter
	shown 'filter: beta --proto udp'
	shown '2 hidden'
	press F4 C-u
	type_in 2101
	in_order 2101
	type_in '-2102'
	in_order 2101 2102
	press C-u
	type_in '--port'
	shown 'Filter: --port.*--port'
	type_in ' 2102 --user root'
	in_order 2102
	press Escape # back to what it was
	in_order 2103
	press Escape
	in_order 2101 2102 2103
	press F4
	type_in 'nobody-has-this-name'
	shown 'no port passes the filter'
}

@test "top: filters of the command line hold together with those typed" {
	start_fixture a --addr 127.0.0.1 --port 2111 --comm alpha
	start_fixture b --addr 127.0.0.1 --port 2112 --comm beta
	start_fixture c --proto udp --addr 127.0.0.1 --port 2113 --comm beta
	pw load
	top --proto tcp
	in_order 2111 2112
	press \\
	type_in beta
	in_order 2112
}

@test "top: searched as one types" {
	for name in apple banana cherry bandage; do
		start_fixture "$name" --addr 127.0.0.1 --comm "$name"
		printf -v "$name" '%s' "$PORT"
	done
	pw load
	top --sort process
	press /
	type_in BAN
	press Enter Enter
	shown "banana\[|bandage\["
	shown "^($banana|$bandage)/tcp$"
	press Escape
	press /
	type_in "$cherry"
	press Enter Enter
	shown "^$cherry/tcp$"
	shown 'Events'
	press Escape /
	type_in xyzzy
	shown 'Search: xyzzy.*not found'
}

@test "top: as a tree, children are under the process that has forked them" {
	start_fixture a --addr 127.0.0.1 --comm tree --workers 2
	local children
	children=$(field children "$RET")
	pw load
	top
	press t
	shown "^$PORT/tcp .* tree\[$PID\] "
	shown "└─tree\[${children%%,*}\]"
	shown "└─tree\[${children##*,}\]"
	press t
	gone '└─'
}

@test "top: the port in detail: holders, command line, history, explanation, events as they come" {
	pw load
	start_fixture old --addr 127.0.0.1 --port 2201 --comm former
	local former=$PID
	kill -KILL "$former"
	await 5 dead "$former"
	start_fixture a --addr 127.0.0.1 --port 2201 --comm server --dup 1 --accept 900
	COLS=180 top -i 0.5
	shown '^2201/tcp'
	press Enter
	shown "^2201/tcp: in use by server \(pid $PID\)"
	shown "^tcp +LISTEN .* server\[$PID\] +[0-9]+,[0-9]+ +root"
	shown "server\[$PID\] of root, started .* ago: .*--port 2201"
	shown "former \(pid $former\).* killed by SIGKILL"
	shown 'none yet'
	local server=$PID
	start_fixture client --connect 127.0.0.1:2201
	PID=$server
	shown 'SYN_RECV → ESTABLISHED'
	shown "^tcp +ESTABLISHED +127.0.0.1:2201 +127.0.0.1:"
	gone 'none yet'
	run ! in_ns "$PORTFIX" --addr 127.0.0.1 --port 2201
	shown "bind-failed .* EADDRINUSE, held by server\[$PID\]"
	# more than are kept: the oldest go
	in_ns bash -c 'for ((i = 0; i < 250; i++)); do : >/dev/tcp/127.0.0.1/2201; done'
	start_fixture last --connect 127.0.0.1:2201
	press End
	shown "accept +tcp +127.0.0.1:2201 +127.0.0.1:$PORT +server\[$server\]"
	press Home
	shown '^2201/tcp: in use by'
	press Escape
	shown '^PORT '
	press q
	ended 0
}

# The look that is on the screen is of so many seconds ago.
age_of_look() {
	local look
	look=$(screen | sed -nE 's/^([0-9]{2}:[0-9]{2}:[0-9]{2})  .*TIME-WAIT.*/\1/p' | head -1)
	[[ -n $look ]] || return 1
	echo $((($(date -u +%s) - $(date -u -d "$look" +%s) + 86400) % 86400))
}

@test "top: the view of 100,000 TIME-WAIT is of now" {
	local i age oldest=0
	long
	pw load --max-timewait 200000
	start many python3 "$BATS_TEST_DIRNAME/timewait.py" many 100000
	await_line many '^done' 300
	top
	press w
	shown '[0-9]{4,} TIME-WAIT'
	for i in $(seq 30); do
		sleep 0.5
		age=$(age_of_look)
		((age <= oldest)) || oldest=$age
	done
	echo "# of $(screen | grep -oE '[0-9]+ TIME-WAIT' | head -1), at most $oldest s old" >&3
	# A second more, as the clocks are whole seconds.
	((oldest <= 4))
}

@test "top: TIME-WAIT by ports, peers and processes, with the forecast" {
	pw load
	nsenter --net="/run/netns/$NETNS" sh -c 'echo "40000 40200" >/proc/sys/net/ipv4/ip_local_port_range'
	start_fixture a --addr 127.0.0.1 --port 2301 --accept 1000
	top -i 0.5
	start churn python3 "$BATS_TEST_DIRNAME/timewait.py" many 150
	shown '[0-9]+ TIME-WAIT'
	press w
	shown 'TIME-WAIT of at most'
	# all three at once where there is room
	shown '^PORT +.*TIME-WAIT +NEW/S'
	shown '^LOCAL +PEER'
	shown '^PROCESS +TIME-WAIT'
	not_on_screen 'Ports/Peers/Processes'
	mux resize-window -t top -x 120 -y 8
	shown 'Ports/Peers/Processes'
	shown '^PORT +.*TIME-WAIT +NEW/S'
	not_on_screen '^LOCAL +PEER'
	press Tab
	shown '^LOCAL +PEER'
	press Tab
	shown '^PROCESS +TIME-WAIT'
	press Escape
	shown '^PORT +STATE'
	press q
	ended 0
}

@test "top: paused, nothing changes; then it catches up" {
	pw load
	start_fixture a --addr 127.0.0.1 --port 2401
	top -i 0.2
	shown '^2401/tcp'
	press Space
	shown 'paused'
	start_fixture b --addr 127.0.0.1 --port 2402
	# a key that changes the screen, after which the new port would be there if it were not paused
	press '?'
	shown 'Live ports'
	press Escape
	shown '^2401/tcp'
	not_on_screen '^2402/tcp'
	press Space
	shown '^2402/tcp'
	not_on_screen 'paused'
}

@test "top: help has every key of the bar, and any key leaves it" {
	pw load
	top
	for key in '?' h F1; do
		press "$key"
		shown 'Live ports'
		shown 'filter as you type'
		press x
		shown '^PORT '
	done
}

@test "top: names that are hostile reach the screen as text" {
	start_fixture a --addr 127.0.0.1 --comm $'a\e[2Jb\ac'
	pw load
	top
	shown 'a\\x1b\[2Jb\\x07c\['
	press Enter
	shown 'a\\x1b\[2Jb\\x07c\['
	shown "^$PORT/tcp: in use by"
}
