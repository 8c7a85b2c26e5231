#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# free and who: in which condition a process is, as the kernel has it, decides what is said and how
# long is waited.

load lib
load free
ONE_TRACKER=1

prepare() {
	GROUP=
}

teardown() {
	[[ -z $GROUP ]] || { echo 0 >"$GROUP/cgroup.freeze" || echo THAWED >"$GROUP/freezer.state"; } 2>/dev/null
	kernel_teardown
	[[ -z $GROUP ]] || await 5 rmdir "$GROUP"
}

# took MILLISECONDS COMMAND...: less than that
took() {
	local limit=$1 start=${EPOCHREALTIME/[.,]/}
	shift
	"$@"
	((${EPOCHREALTIME/[.,]/} - start < limit * 1000 * ${PATIENCE:-1})) || {
		echo "took $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms"
		return 1
	}
}

# make_group TYPE OPTION: a cgroup in the tree of that type, left in GROUP
make_group() {
	local mount
	mount=$(awk -v type="$1" -v option="$2" '$3 == type && (option == "" || $4 ~ option) { print $2; exit }' \
		/proc/self/mounts)
	[[ -n $mount ]] || skip "no $1 $2 is mounted"
	GROUP=$mount/pwt-$$-$BATS_TEST_NUMBER
	mkdir "$GROUP"
}

# Many connections take the kernel longer to close than the process takes to drop its descriptors.
body_many() {
	local signal=$1 count=$2
	need python3
	start server python3 -c 'import resource, socket, sys, time
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
s = socket.create_server(("127.0.0.1", 4300), backlog=4000)
keep = []
for _ in range(int(sys.argv[1])):
    keep += [socket.create_connection(("127.0.0.1", 4300)), s.accept()[0]]
print("ready", flush=True)
time.sleep(600)' "$count"
	local pid=$RET
	await_line server ^ready 60
	run --separate-stderr pw free "$signal" 4300/tcp --json
	echo "$output" | jq -c '.processes[] | [.pid, .signals, .result]'
	[ "$(jq -r '.processes[0].result' <<<"$output")" = gone ]
	dead "$pid"
	run pw free 4300/tcp --timewait
	[ "$status" -eq 0 ]
}

@test "a process with very many connections is gone when it is said to be gone" {
	need jq
	local count
	all_ports
	for count in 1 1000 4000; do
		body_many -KILL "$count"
		body_many -TERM "$count"
	done
	pw -q load
	body_many -TERM 4000
}

@test "a stopped process gets CONT behind TERM, and ends at once" {
	start_fixture a --addr 127.0.0.1
	kill -STOP "$PID"
	run pw "$PORT/tcp"
	[[ $output = *stopped* ]]
	free 1 -n "$PORT/tcp"
	[[ ${lines[0]} = *"would get TERM, CONT, then KILL after 3 s; stopped" ]]
	took 2000 free 0 "$PORT/tcp"
	[[ $stderr = *"stopped"* && ${lines[0]} = *" TERM, CONT, gone after"* ]]
	dead "$PID"
}

@test "a process that only HUP was sent to is neither killed nor let go on" {
	start_fixture a --addr 127.0.0.1 --ignore-term
	free 1 -n -HUP "$PORT/tcp"
	[[ ${lines[0]} = *"would get HUP, no KILL after it" ]]
	kill -STOP "$PID"
	took 2000 free 1 -HUP "$PORT/tcp"
	[[ $stderr = *"sending HUP to portfix"* ]]
	[[ ${lines[0]} = *" HUP, still there after"*": stopped" ]]
	grep -q '^State:.T' "/proc/$PID/status"
	# a time says that an end is meant
	free 0 -HUP -t 0.1 "$PORT/tcp"
	[[ ${lines[0]} = *" HUP, KILL, gone after"* || ${lines[0]} = *" HUP, gone after"* ]]
}

@test "STOP stops, and is not waited for" {
	start_fixture a --addr 127.0.0.1
	took 2000 free 1 -STOP "$PORT/tcp"
	[[ ${lines[0]} = *" STOP, still there after"* ]]
	await 5 grep -q '^State:.T' "/proc/$PID/status"
	alive "$PID"
}

@test "a process that ignores TERM is killed without a wait in vain; with -t after the wait" {
	start_fixture a --addr 127.0.0.1 --ignore-term
	free 1 -n "$PORT/tcp"
	[[ ${lines[0]} = *"would get TERM, then KILL at once; ignores TERM" ]]
	took 2000 free 0 "$PORT/tcp"
	[[ ${lines[0]} =~ TERM,\ KILL,\ gone\ after ]]
	start_fixture b --addr 127.0.0.1 --ignore-term
	took 2000 free 1 "$PORT/tcp" --no-escalate
	[[ ${lines[0]} = *" TERM, still there after"*": ignores TERM" ]]
	alive "$PID"
	free 0 -t 0.3 "$PORT/tcp"
	[[ ${lines[0]} =~ TERM,\ KILL,\ gone\ after\ ([0-9]+)\ ms ]]
	((BASH_REMATCH[1] >= 300))
}

@test "a process that a tracer holds is said to be held, and killed at once" {
	need python3
	start_fixture a --addr 127.0.0.1
	start tracer python3 -c 'import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
SEIZE, INTERRUPT = 0x4206, 0x4207
assert libc.ptrace(SEIZE, int(sys.argv[1]), None, None) == 0
assert libc.ptrace(INTERRUPT, int(sys.argv[1]), None, None) == 0
print("ready", flush=True)
time.sleep(600)' "$PID"
	local tracer=$RET
	await_line tracer ^ready
	await 5 grep -q '^State:.t' "/proc/$PID/status"
	run pw "$PORT/tcp"
	[[ $output = *"stopped by a tracer (PID $tracer)"* ]]
	took 2000 free 0 "$PORT/tcp"
	[[ ${lines[0]} = *" TERM, KILL, gone after"* && $stderr = *"stopped by a tracer (PID $tracer)"* ]]
	dead "$PID"
}

@test "a process that is frozen by cgroup.freeze runs no handler: KILL follows at once" {
	make_group cgroup2 ""
	start_fixture a --addr 127.0.0.1 --on-term close
	echo "$PID" >"$GROUP/cgroup.procs"
	echo 1 >"$GROUP/cgroup.freeze"
	await 5 grep -q 'frozen 1' "$GROUP/cgroup.events"
	run pw "$PORT/tcp" --json
	[ "$(jq -c '.sockets[0].owners[0].conditions' <<<"$output")" = '["frozen"]' ]
	free 1 -n "$PORT/tcp"
	[[ ${lines[0]} = *"would get TERM, then KILL at once; frozen by its cgroup" ]]
	took 2000 free 0 "$PORT/tcp"
	[[ ${lines[0]} = *" TERM, KILL, gone after"* ]]
}

@test "a process that version 1's freezer holds: said so, not waited for, and TERM meets it thawed" {
	make_group cgroup freezer
	start_fixture a --addr 127.0.0.1
	echo "$PID" >"$GROUP/cgroup.procs"
	echo FROZEN >"$GROUP/freezer.state"
	await 5 grep -q FROZEN "$GROUP/freezer.state"
	run pw "$PORT/tcp"
	[[ $output = *"frozen by the freezer cgroup"* ]]
	took 2000 free 1 "$PORT/tcp"
	[[ ${lines[0]} = *" TERM, still there after"*": frozen by the freezer cgroup, so nothing ends it until it is thawed" ]]
	run -1 --separate-stderr pw free --json "$PORT/tcp"
	[ "$(jq -c '.processes[0] | [.result, .conditions]' <<<"$output")" = '["alive",["frozen-v1"]]' ]
	echo THAWED >"$GROUP/freezer.state"
	await 5 dead "$PID"
}

@test "a process in state D with KILL pending: said so, and the second look is short" {
	need mkfs.ext4 fsfreeze losetup
	local image=$OUTPUTS/image at=$OUTPUTS/mnt
	truncate -s 16M "$image"
	mkfs.ext4 -q "$image"
	mkdir "$at"
	mount -o loop "$image" "$at" || skip "no loop devices"
	# whatever becomes of this test: nobody is left in state D
	start thaw sh -c "sleep 20; fsfreeze -u $at; umount -l $at"
	start_fixture a --addr 127.0.0.1 --exec sh -c "sleep 1; fsfreeze -f $at; : >$at/file; sleep 600"
	await 5 grep -q '^State:.D' "/proc/$PID/status" || { fsfreeze -u "$at"; umount "$at"; false; }
	local first second
	first=$(pw free -9 "$PORT/tcp" 2>&1) || true
	second=$(took 3000 pw free "$PORT/tcp" 2>&1) || true
	fsfreeze -u "$at"
	await 5 dead "$PID"
	umount "$at"
	echo "$first"
	echo "$second"
	[[ $first = *" KILL, still there after"*": in uninterruptible sleep (D), KILL is pending"* ]]
	[[ $second = *" still there after"*"KILL is pending"* && $second != *took* ]]
}

@test "the first process of a PID namespace that has no handler for TERM is killed at once" {
	start ns unshare --pid --fork --mount-proc "$PORTFIX" --addr 127.0.0.1 --port 4310 --exec sleep 600
	await 10 eval '! bindable 4310'
	await 5 eval 'grep -qs sleep /proc/$(pgrep -P "${STARTED[-1]}")/comm'
	took 2000 free 0 4310/tcp
	[[ $stderr = *"ignores TERM"* && ${lines[0]} = *" TERM, KILL, gone after"* ]]
}

@test "a server that closes its port and goes on working is not called gone" {
	start_fixture a --addr 127.0.0.1 --on-term close
	free 0 "$PORT"
	[[ ${lines[0]} =~ TERM,\ released\ the\ port\ after\ [0-9.]+\ ms,\ still\ running$ ]]
	alive "$PID"
}
