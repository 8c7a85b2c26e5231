#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Former owners of a port and how they went, from the tracker, for a port that is free again.

load lib
ONE_TRACKER=1

prepare() {
	need jq
	pw -q load
}

# past PORT FILTER [JQ-ARG...]: the filter is true of the port's history, which is left in $output
past() {
	run --separate-stderr pw --json who --netns self "$1/tcp"
	echo "who $1: $status $output $stderr"
	output=$(jq -c .history <<<"$output")
	shift
	jq -e "$@" <<<"$output" >/dev/null || {
		echo "not true: $*, of $output"
		return 1
	}
}

gone() {
	await 5 dead "$1"
	await 5 eval "! pw -q who --netns self $PORT/tcp >/dev/null"
}

@test "killed, with its command line, and in words" {
	start_fixture server --addr 127.0.0.1 --comm "ser ver"
	kill -KILL "$PID"
	gone "$PID"
	past "$PORT" 'length == 1 and .[0].pid == $pid and .[0].how == "killed" and
		.[0].signal == "KILL" and .[0].comm == "ser ver" and .[0].cmdline[1:] ==
		["--addr", "127.0.0.1", "--comm", "ser ver"] and (.[0] | has("cmdline_cut") | not) and
		.[0].until > .[0].since and .[0].since > .[0].start and .[0].port == $port' \
		--argjson pid "$PID" --argjson port "$PORT"
	run -1 pw --color never who --netns self "$PORT/tcp"
	[[ $output =~ ^"$PORT/tcp: free now; last held by ser ver (pid $PID) \`"[^\`]{40,}"\` until "[0-9.]+" "(ms|s)" ago, killed by SIGKILL"$ ]]
	# the other protocol's port of that number is another
	run -1 pw --json who --netns self "$PORT/udp"
	[[ $(jq -c .history <<<"$output") = "[]" ]]
}

@test "exited with a status; closed by a process that goes on" {
	need python3
	run -3 in_ns python3 -c '
import os, socket
s = socket.socket()
s.bind(("127.0.0.1", 8000))
s.listen()
os._exit(3)'
	past 8000 '.[0].how == "exited" and .[0].status == 3 and (.[0].cmdline[0] | endswith("python3"))'
	start closer python3 -c '
import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 8001))
s.close()
print("ready", flush=True)
time.sleep(60)'
	closer=$RET
	await_line closer ready
	past 8001 'length == 1 and .[0].how == "closed" and .[0].pid == $pid' --argjson pid "$closer"
	# and it stays so when the process ends later
	kill -KILL "$closer"
	await 5 dead "$closer"
	past 8001 'length == 1 and .[0].how == "closed"'
}

@test "the whole command line: its beginning, if it is long; after exec the new one" {
	long=$(printf 'x%.0s' {1..300})
	start_fixture long --addr 127.0.0.1 --exec sleep 0.1 "0.$long" </dev/null || true
	# sleep refuses that argument and exits with 1, the port with it
	gone "$PID"
	past "$PORT" '.[0] | .comm == "sleep" and .how == "exited" and .status == 1 and
		.cmdline[0:2] == ["sleep", "0.1"] and (.cmdline[2] | startswith("0.xxx")) and .cmdline_cut'
	run -1 pw --color never who --netns self "$PORT/tcp"
	[[ $output = *"\`sleep 0.1 0.xxx"*"x…\` until "* ]]
}

@test "a pre-forking server: the last of its workers, and the master that had passed the port on" {
	start_fixture prefork --addr 127.0.0.1 --workers 2
	children=$(field children "$RET" | tr , ' ')
	kill -TERM "$PID"
	await 5 dead "$PID"
	# while the workers have it, it is not free; the master alone has gone
	for child in $children; do
		kill -KILL "$child"
		await 5 dead "$child"
	done
	past "$PORT" 'length == 2 and .[0].pid == $last and .[0].how == "killed" and
		.[1].pid == $master and .[1].until < .[0].until and .[1].how != "passed" and
		.[0].cmdline == .[1].cmdline and (.[0].cmdline | length) > 3' \
		--argjson last "${children##* }" --argjson master "$PID"
	run -1 pw --color never who --netns self "$PORT/tcp"
	[[ ${lines[1]} = "  before that by portfix (pid $PID) "* ]]
}

@test "passed on to another process, by a sender that lives" {
	need python3
	start pair python3 -c '
import os, socket, sys, time
a, b = socket.socketpair(socket.AF_UNIX)
pid = os.fork()
if pid == 0:
    a.close()
    _, fds, _, _ = socket.recv_fds(b, 1, 1)
    b.send(b"x")
    b.recv(1)
    os._exit(0)
b.close()
s = socket.socket()
s.bind(("127.0.0.1", 8000))
s.listen()
socket.send_fds(a, [b"x"], [s.fileno()])
s.close()
a.recv(1)
print(f"ready pid={os.getpid()} child={pid}", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
a.send(b"x")
os.waitpid(pid, 0)
print("done", flush=True)
time.sleep(60)' "$OUTPUTS/go"
	await_line pair ready
	sender=$(field pid "$RET")
	receiver=$(field child "$RET")
	STARTED+=("$receiver")
	# while it is held, who holds it is no history
	past 8000 'all(.[]; .pid != $pid)' --argjson pid "$receiver"
	touch "$OUTPUTS/go"
	await_line pair 'done'
	past 8000 '(map(select(.pid == $r)) | length == 1 and .[0].how == "exited") and
		(map(select(.pid == $s)) | length == 1 and .[0].how == "passed" and (.[0] | has("until") | not))' \
		--argjson r "$receiver" --argjson s "$sender"
}

@test "dropped in flight: whoever had it had passed it on, or ended" {
	start_fixture flight --addr 127.0.0.1 --hold-inflight
	kill -KILL "$PID"
	gone "$PID"
	past "$PORT" 'length == 1 and .[0].pid == $pid and (.[0].how | IN("killed", "passed"))' \
		--argjson pid "$PID"
}

@test "bounded: the last eight of a port, and a client's own port is nobody's" {
	for i in {1..12}; do
		start_fixture "server$i" --addr 127.0.0.1 --port 8000 --reuseaddr
		kill -KILL "$PID"
		gone "$PID"
	done
	past 8000 'length == 8 and .[0].pid == $pid and ([.[].until] | . == (sort | reverse))' \
		--argjson pid "$PID"
	start_fixture server --addr 127.0.0.1 --port 8001 --accept 1
	start_fixture client --connect 127.0.0.1:8001
	own=$(in_ns ss -Hnt "( dport = :8001 )" | awk '{ sub(/.*:/, "", $4); print $4; exit }')
	kill -KILL "$PID"
	await 5 dead "$PID"
	past "$own" 'length == 0'
}

@test "each namespace has its own; a snapshot has none" {
	make_netns other
	RUN_IN=$RET start_fixture there --addr 127.0.0.1 --port 8000
	kill -KILL "$PID"
	await 5 dead "$PID"
	past 8000 'length == 0'
	run --separate-stderr pw --json who --netns "${NAMESPACES[1]}" 8000/tcp
	[[ $(jq -c '[.history[].pid]' <<<"$output") = "[$PID]" ]]
	run --separate-stderr in_ns "$PORTWATCH" --pin-dir "$PIN-none" --json who \
		--netns "${NAMESPACES[1]}" 8000/tcp
	[[ $(jq -c '.history' <<<"$output") = "[]" ]]
}

@test "hostile names do no harm" {
	need perl
	start evil perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => 8000) or die $!;
		open(my $f, ">", "/proc/self/comm") or die $!;
		print $f $ARGV[0];
		close $f;
		kill "KILL", $$;' $'e\e[31m\n\xff"\\x'
	await 5 dead "$RET"
	past 8000 '.[0].how == "killed" and (.[0].comm | test("31m"))'
	run -1 pw --color never who --netns self 8000/tcp
	[[ $output != *$'\e'* && $output != *$'\xff'* && $(grep -c '^[^ ]' <<<"$output") -eq 1 ]]
}

@test "former owners of a network namespace that is gone are not given to the next of its number" {
	local first inode i
	pw load
	make_netns first
	first=$RET
	inode=$(stat -Lc %i "/run/netns/$first")
	RUN_IN=$first start_fixture former --addr 127.0.0.1 --port 8009
	kill "$PID"
	await 5 dead "$PID"
	"$PORTWATCH" --pin-dir "$PIN" who --netns "/run/netns/$first" --json 8009/tcp | jq -e '.history | length == 1'
	ip netns del "$first"
	# The number is given again once the old one has gone, a while after.
	for ((i = 0; i < 50; i++)); do
		make_netns "next$i"
		[[ $(stat -Lc %i "/run/netns/$RET") != "$inode" ]] || break
		ip netns del "$RET"
		sleep 0.2
	done
	[[ $(stat -Lc %i "/run/netns/$RET") = "$inode" ]] || skip "its number was not given again"
	"$PORTWATCH" --pin-dir "$PIN" who --netns "/run/netns/$RET" --json 8009/tcp | jq -e '.history == []'
}
