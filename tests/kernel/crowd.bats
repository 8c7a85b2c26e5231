#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many at once, and the ground taken away: readers, frees of one port, namespaces, PIDs that come round,
# a bpffs that is unmounted, a user who does whatever an unprivileged user can.
#
#	CROWD_NETNS=10000 TEST_TIMEOUT=7200 tests/run tests/kernel/crowd.bats

load lib

prepare() {
	need jq
	can_load || skip "needs a tracker that can be pinned"
}

readers() {
	pw --json status | jq .events.readers
}

# Count what a stream has shown of the events that all were asked for
shown() {
	grep -c '"event":"bind"' "$OUTPUTS/$1" || true
}

@test "64 readers: each gets every event, the 65th is told, and all places come back" {
	pw -q load
	local i pids=()
	for i in {1..64}; do
		start "r$i" "$PORTWATCH" --pin-dir "$PIN" --json --event bind --netns "$NETNS"
		pids+=("$RET")
	done
	await 60 eval '[[ $(readers) = 64 ]]'
	run --separate-stderr in_ns timeout 20 "$PORTWATCH" --pin-dir "$PIN" --json --event bind
	echo "$status $stderr"
	[[ $status -eq 5 && ${#stderr_lines[@]} -eq 1 && $stderr = "portwatch: 64 readers listen already"* ]]
	for i in {1..20}; do
		in_ns timeout 20 "$PORTFIX" --bind-only --addr 127.0.0.1 --until-eof </dev/null >/dev/null
	done
	for i in {1..64}; do
		await 30 eval '(($(shown r$i) == 20))'
	done
	# some are killed, some end in peace
	for i in {0..63}; do
		kill "-$( ((i % 2)) && echo KILL || echo TERM)" "${pids[i]}"
	done
	await 30 eval '[[ $(readers) = 0 ]]'
	[[ $(pw --json status | jq -c '[.degraded, .events.lost]') = '[false,0]' ]]
	start again "$PORTWATCH" --pin-dir "$PIN" --json --event bind --netns "$NETNS"
	await 10 eval '[[ $(readers) = 1 ]]'
}

@test "two free one port at the same time: both are right, nobody else is ended" {
	pw -q load
	start_fixture other --addr 127.0.0.1
	local other=$PID round
	for round in 1 2 3; do
		start_fixture server --addr 127.0.0.1 --reuseport-workers 4
		start first "$PORTWATCH" --pin-dir "$PIN" free "$PORT/tcp"
		local first=$RET
		start second "$PORTWATCH" --pin-dir "$PIN" free "$PORT/tcp"
		# the test's own -e: both must end with 0
		wait "$first"
		wait "$RET"
		cat "$OUTPUTS/first" "$OUTPUTS/second"
		grep -q "^$PORT/tcp: free" "$OUTPUTS/first"
		grep -q "^$PORT/tcp: free" "$OUTPUTS/second"
		run -1 pw -q "$PORT/tcp"
	done
	run ! dead "$other"
	[[ $(readers) = 0 ]]
}

# other_netns COUNT: as many namespaces, one after another, each with a listener and a connection in TIME-WAIT
other_netns() {
	in_ns python3 - "$1" <<-'PY'
		import ctypes, os, socket, sys
		for i in range(int(sys.argv[1])):
		    if os.fork() == 0:
		        ctypes.CDLL(None).unshare(0x40000000) # CLONE_NEWNET
		        # the loopback device is down: what is bound to it needs no route
		        s = socket.socket()
		        s.bind(('127.0.0.1', 8000))
		        s.listen()
		        u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		        u.bind(('127.0.0.1', 8000))
		        os._exit(0)
		    pid, status = os.wait()
		    assert not status
	PY
}

@test "namespaces that come and go leave nothing in the tracker" {
	need python3
	pw -q load
	local before after
	other_netns 10
	before=$(pw --json status | jq .sockets.entries)
	other_netns "${CROWD_NETNS:-300}"
	# other tests' and the machine's own sockets come and go, too
	await 20 eval 'after=$(pw --json status | jq .sockets.entries); ((after < before + 200))'
	echo "# ${CROWD_NETNS:-300} namespaces: $before entries before, $after after" >&3
	[[ $(pw --json status | jq .degraded) = false ]]
	start_fixture server --addr 127.0.0.1 --port 8000
	[[ $(pw --json who 8000/tcp --netns "$NETNS" | jq ".sockets[0].owners[0].pid") = "$PID" ]]
}

# A tracker is kept by its pins alone: without them it is gone, as after an unload.
@test "bpffs is unmounted underneath: the tracker ends, and each command says so in one line" {
	need bpftool
	mkdir "$OUTPUTS/bpf"
	local size=$((50000 + $$ % 10000))
	run unshare --mount --propagation private bash -euc '
		mount -t bpf bpf "$2"
		"$1" --pin-dir "$2/pins" -q load --max-sockets "$4"
		"$1" --pin-dir "$2/pins" -q status >/dev/null
		umount -l "$2"
		for words in status check load; do
			s=0
			"$1" --pin-dir "$2/pins" $words >/dev/null 2>"$3/$words.err" || s=$?
			cat "$3/$words.err"
			[[ $s -eq $([[ $words = status ]] && echo 1 || echo 5) && $(wc -l <"$3/$words.err") -eq 1 && $(<"$3/$words.err") = "portwatch: "* ]]
		done
		grep "not loaded" "$3/status.err"
		grep "not on a BPF file system" "$3/load.err"
	' - "$PORTWATCH" "$OUTPUTS/bpf" "$OUTPUTS" "$size"
	echo "$output"
	[[ $status -eq 0 ]]
	await 10 eval '[[ $(bpftool -j map show | jq "[.[] | select(.name == \"sockets\" and .max_entries == $size)] | length") = 0 ]]'
}

# In a PID namespace of its own, whose next number can be chosen.
@test "a PID that comes round is another process" {
	need unshare
	pw -q load
	run in_ns unshare --pid --fork --mount-proc bash -euc '
		numbered() {
			echo 299 >/proc/sys/kernel/ns_last_pid
			"$2" --addr 127.0.0.1 --port "$1" >"$3/numbered" & pid=$!
			[[ $pid -eq 300 ]]
			for i in {1..500}; do
				! grep -q ^ready "$3/numbered" || return 0
				sleep 0.02
			done
			return 1
		}
		numbered 8001 "$2" "$3"
		kill 300
		wait 300 || true
		numbered 8002 "$2" "$3"
		# it never had the first port, and is not ended for it
		"$1" --pin-dir "$4" free 8001/tcp
		kill -0 300
		"$1" --pin-dir "$4" --json who 8002/tcp >"$3/answer"
		"$1" --pin-dir "$4" -q free 8002/tcp
		if kill -0 300; then exit 1; fi
	' - "$PORTWATCH" "$PORTFIX" "$OUTPUTS" "$PIN"
	echo "$output"
	cat "$OUTPUTS/answer"
	[[ $status -eq 0 ]]
	[[ $(jq -c '.sockets[0].owners | map(.pid)' "$OUTPUTS/answer") = '[300]' ]]
}

@test "a user who makes, forks, renames and fills as fast as he can: others' answers stay right, or it is said" {
	need python3
	pw -q load --max-sockets 512
	start_fixture server --addr 127.0.0.1 --port 8000
	local server=$PID
	start hostile setpriv --reuid=nobody --regid=nogroup --clear-groups timeout 90 python3 -c '
import ctypes, os, random, socket, time
libc = ctypes.CDLL(None)
kept, end = [], time.time() + 4
while time.time() < end or (len(kept) < 600 and time.time() < end + 40):
    libc.prctl(15, b"\x1b[2J" + os.urandom(4).replace(b"\0", b"x"))
    if os.fork() == 0:
        for i in range(50):
            s = socket.socket(socket.AF_INET, random.choice((socket.SOCK_STREAM, socket.SOCK_DGRAM)))
            s.bind(("127.0.0.1", 0))
        os._exit(0)
    try:
        for i in range(20):
            s = socket.socket()
            s.bind(("127.0.0.1", 0))
            s.listen()
            if len(kept) < 900: kept.append(s)
    except OSError:
        pass
    os.wait()
print(len(kept), flush=True)
time.sleep(2)
'
	local i answers=0
	while ! dead "$RET"; do
		[[ $(pw --json who 8000/tcp | jq ".sockets[0].owners[0].pid") = "$server" ]]
		answers=$((answers + 1))
	done
	echo "# $answers right answers meanwhile; kept $(<"$OUTPUTS/hostile"); $(pw --json status | jq -c '[.degraded, .sockets]')" >&3
	((answers >= 1))
	[[ $(<"$OUTPUTS/hostile") -gt 500 ]]
	# The map was full, and has everything again now that the user has gone.
	[[ $(pw --json status | jq '.sockets.refused > 0') = true ]]
	await 5 eval '[[ $(pw --json status | jq .degraded) = false ]]'
	run -0 pw check
	run -0 pw --json list --netns "$NETNS"
	jq -e . <<<"$output" >/dev/null
	[[ $(tr -d '[:print:]\n' <<<"$output" | wc -c) -eq 0 ]]
}
