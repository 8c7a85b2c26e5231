#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# free: what is asked, shown, destroyed and run.

load lib
load free
ONE_TRACKER=1

@test "free: -i asks, and no is no" {
	start_fixture a --addr 127.0.0.1
	local answer
	for answer in '' n no x 'y no'; do
		run --separate-stderr pw free -i "$PORT/tcp" <<<"$answer"
		[ "$status" -eq 1 ]
		[[ $output = *"portfix[$PID] left running"* ]]
	done
	run --separate-stderr pw free -i "$PORT/tcp" </dev/null
	[ "$status" -eq 1 ]
	alive "$PID"
	run --separate-stderr pw free -i "$PORT/tcp" <<<y
	[ "$status" -eq 0 ]
	[[ $stderr = *"$PORT/tcp: portfix (pid $PID, root): "*"Stop it with TERM? [y/N]"* ]]
	[[ $stderr != *ending* ]]
	dead "$PID"
}

@test "free: a hostile name gets neither into the question nor into the report" {
	start_fixture a --addr 127.0.0.1 --comm $'a\e[2J\n\xe2\x80\xae'
	run --separate-stderr pw free -i "$PORT/tcp" <<<y
	echo "$output$stderr"
	[[ $status -eq 0 && ${#lines[@]} -eq 2 ]]
	[[ $output$stderr != *$'\e'* && $output$stderr != *$'\xe2\x80\xae'* ]]
	[[ ${lines[0]} = *'a\x1b[2J\x0a\u{202e}['* && $stderr = *'a\x1b[2J\x0a\u{202e} (pid '* ]]
	dead "$PID"
}

@test "free: -i asks for each" {
	start_fixture a --addr 127.0.0.1
	local first=$PID port=$PORT
	start_fixture b --addr 127.0.0.1
	run --separate-stderr pw free -i "$port/tcp" "$PORT/tcp" <<<$'n\ny'
	[ "$status" -eq 1 ]
	alive "$first"
	dead "$PID"
}

@test "free: -i takes neither what was typed before the question nor a line with NUL for a yes" {
	need python3
	start_fixture a --addr 127.0.0.1
	local first=$PID port=$PORT
	start_fixture b --addr 127.0.0.1
	run in_ns python3 "$BATS_TEST_DIRNAME/answers.py" yyy n "$PORTWATCH" --pin-dir "$PIN" free -i "$port/tcp" "$PORT/tcp"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(grep -c "left running" <<<"$output")" -eq 2 ]
	alive "$first"
	alive "$PID"
	for line in 'y\0no\n' 'yes\0 please do not\n' 'y\r\n'; do
		# shellcheck disable=SC2059 # with its escapes
		run --separate-stderr pw free -i "$PORT/tcp" < <(printf "$line")
		[ "$status" -eq 1 ]
		alive "$PID"
	done
	run in_ns python3 "$BATS_TEST_DIRNAME/answers.py" nnn y "$PORTWATCH" --pin-dir "$PIN" free -i "$port/tcp" "$PORT/tcp"
	echo "$output"
	[ "$status" -eq 0 ]
	dead "$first"
	dead "$PID"
}

@test "free: the end is asked for at the question: nobody is ended" {
	start_fixture a --addr 127.0.0.1
	local first=$PID port=$PORT
	start_fixture b --addr 127.0.0.1
	mkfifo "$OUTPUTS/never"
	exec 9<>"$OUTPUTS/never"
	start free sh -c "exec $PORTWATCH --pin-dir $PIN free -i $port/tcp $PORT/tcp <$OUTPUTS/never"
	await 20 grep -q 'y/N' "$OUTPUTS/free.err"
	kill -INT "${STARTED[-1]}"
	await 10 dead "${STARTED[-1]}"
	exec 9>&-
	alive "$first"
	alive "$PID"
}

@test "free: -n touches nobody" {
	start_fixture a --addr 127.0.0.1
	free 1 -n "$PORT/tcp"
	[[ ${lines[0]} = "$PORT/tcp: portfix[$PID] would get TERM, then KILL after 3 s" ]]
	[[ ${lines[1]} = "$PORT/tcp: in use by portfix (pid $PID)" ]]
	alive "$PID"
}

@test "free: children that are left behind are named before" {
	need python3
	start server python3 -c 'import socket, subprocess, time
children = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
server = socket.create_server(("127.0.0.1", 4050))
print("ready", *[c.pid for c in children], flush=True)
time.sleep(60)'
	local pid=$RET
	await_line server ^ready
	read -ra children <<<"${RET#ready }"
	STARTED+=("${children[@]}")
	free 0 4050/tcp
	[[ $stderr = *"python3 (pid $pid"*"2 child processes get no signal"* ]]
	alive "${children[0]}"

	# A handler may end them, as PostgreSQL's does.
	start master python3 -c 'import signal, socket, subprocess, sys
children = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
signal.signal(signal.SIGTERM, lambda *_: [c.kill() for c in children] and sys.exit(0))
server = socket.create_server(("127.0.0.1", 4051))
print("ready", *[c.pid for c in children], flush=True)
signal.pause()'
	await_line master ^ready
	read -ra children <<<"${RET#ready }"
	STARTED+=("${children[@]}")
	free 0 4051/tcp
	[[ $stderr = *"it handles TERM and may end its 2 child processes"* ]]
	await 5 dead "${children[0]}"

	# workers that have the port end as well
	start_fixture a --addr 127.0.0.1 --workers 2
	free 0 "$PORT/tcp"
	[[ $stderr = *"portfix (pid $PID"* && $stderr != *child* ]]
}

@test "free: --json is one document" {
	need jq
	start_fixture a --addr 127.0.0.1
	free 0 --json "$PORT/tcp"
	jq -e --argjson pid "$PID" --argjson port "$PORT" '.schema == 1 and .free and
		(.processes | length) == 1 and .processes[0].pid == $pid and
		.processes[0].signals == ["TERM"] and .processes[0].result == "gone" and
		.processes[0].ms > 0 and .ports == [.ports[0]] and .ports[0].port == $port and
		.ports[0].free and (.ports[0].was_free | not)' <<<"$output"
	free 0 --json "$PORT/tcp"
	jq -e '.free and .processes == [] and .ports[0].was_free' <<<"$output"
}

@test "free: --close ends connections and leaves the process" {
	start_fixture server --state ESTABLISHED --side server --drop-listener
	local port
	port=$(field local "$RET")
	port=${port##*:}
	free 0 "$port/tcp" --close --timewait
	[[ $output = *"keeps running; its sockets were destroyed"* ]]
	alive "$PID"
	bindable "$port"
}

@test "free: --close of a listener says what it cannot do" {
	start_fixture a --addr 127.0.0.1 --port 4060
	free 1 "$PORT/tcp" --close
	[[ $output = *"its sockets were destroyed"* ]]
	[[ $output = *"stays with the open file descriptor"* ]]
	alive "$PID"
	if bindable "$PORT"; then false; fi
	# nobody can connect, but the port is not free
	run in_ns "$PORTFIX" --connect "127.0.0.1:$PORT" --until-eof </dev/null
	[ "$status" -ne 0 ]
}

@test "free: --close of what is only bound says that there is nothing to destroy" {
	need jq
	start_fixture a --addr 127.0.0.1 --port 4062 --bind-only
	free 1 -n --close "$PORT/tcp"
	[[ ${lines[0]} = *"would get its sockets destroyed (1 only bound, which stays)" ]]
	free 1 --close "$PORT/tcp"
	[[ ${lines[0]} = *"keeps running: nothing of it can be destroyed"* ]]
	run -1 --separate-stderr pw free --close --json "$PORT/tcp"
	[ "$(jq -r '.processes[0].result' <<<"$output")" = nothing-to-close ]
	alive "$PID"
}

@test "free: --close and --timewait say what they would do, with counts" {
	start_fixture a --addr 127.0.0.1 --port 4063
	local server=$PID
	start_fixture client --connect 127.0.0.1:4063 --conns 3
	free 1 -n --close 4063/tcp
	[[ ${lines[0]} = *"would get its sockets destroyed (1 that listens)"* ]]
	free 1 --close 4063/tcp --strict
	[[ $stderr = *"3 connections wait for accept(), and will be dropped"* ]]
	[[ ${lines[0]} = *"its sockets were destroyed (1 that listens)"* ]]
	alive "$server"
	start_fixture tw --state TIME_WAIT --side server --drop-listener
	local port
	port=$(field local "$RET")
	port=${port##*:}
	free 1 -n --timewait "$port/tcp"
	[[ $output = *"1 TIME-WAIT would be cleared"* ]]
}

@test "free: --close of SO_REUSEPORT listeners, and of UDP" {
	start_fixture a --addr 127.0.0.1 --port 4061 --reuseport-workers 3
	local workers
	workers=$(field children "$RET" | tr , ' ')
	start_fixture b --proto udp --addr 127.0.0.1 --port 4061
	free 1 4061 --close
	[ "$(grep -c 'its sockets were destroyed' <<<"$output")" -eq 4 ]
	[ "$(grep -c 'stays with the open file descriptor' <<<"$output")" -eq 2 ]
	for pid in $workers; do
		alive "$pid"
	done
	[ -z "$(in_ns ss -Htln 'sport = 4061')" ]
}

@test "free: what is left of a tracker that was unloaded meanwhile proves nothing" {
	own_tracker
	pw -q load
	start_fixture a --state TIME_WAIT --side server --drop-listener
	local port
	port=$(field local "$RET")
	port=${port##*:}
	start free "$PORTWATCH" --pin-dir "$PIN" free "$port/tcp" --timeout 15 -- echo ran
	local freeing=$RET status=0
	await 10 eval '[[ $(pw --json status | jq .events.readers) = 1 ]]'
	pw -q unload
	wait "$freeing" || status=$?
	cat "$OUTPUTS/free" "$OUTPUTS/free.err"
	[[ $status -eq 5 && ! -s $OUTPUTS/free ]]
	grep -q "^portwatch: the tracker in $PIN was unloaded" "$OUTPUTS/free.err"
}

@test "free: TIME-WAIT is not free, and is told with its time" {
	start_fixture a --state TIME_WAIT --side server --drop-listener
	local port
	port=$(field local "$RET")
	port=${port##*:}
	free 1 "$port/tcp"
	[[ $output =~ TIME-WAIT.*free\ in\ [0-9]+\ s.*--timewait ]]
	if bindable "$port"; then false; fi
}

body_timewait() {
	start_fixture "tw$1" --state TIME_WAIT --side server --drop-listener --family "$1"
	local port
	port=$(field local "$RET")
	port=${port##*:}
	if pw free "$port/tcp" --timewait >"$OUTPUTS/tw"; then
		grep -q "$port/tcp: free, 1 TIME-WAIT cleared" "$OUTPUTS/tw"
		bindable "$port"
	else
		[ $? -eq 4 ]
		if kernel_is 6.0; then false; fi
		grep -q 'cannot be cleared' "$OUTPUTS/tw"
	fi
}

# bats test_tags=core
@test "free: --timewait ends it, or says that the kernel cannot" {
	in_both_modes body_timewait 4
	body_timewait 6
}

@test "free: --timeout waits for what goes by itself" {
	# refused, so not ended by us; but it ends meanwhile
	start_fixture a --addr 127.0.0.1 --comm docker-proxy
	start killer sh -c "sleep 0.5; kill -KILL $PID"
	free 0 "$PORT/tcp" --timeout 20
	bindable "$PORT"
}

@test "free: -- COMMAND runs if the port is free, and only then" {
	start_fixture a --addr 127.0.0.1
	free 0 "$PORT/tcp" -- sh -c 'echo "ran $1"' sh --timewait
	[ "${lines[-1]}" = "ran --timewait" ]
	start_fixture b --addr 127.0.0.1 --ignore-term
	free 1 "$PORT/tcp" --grace 0 --no-escalate -- echo ran
	[[ $output != *ran* ]]
	free 2 "$PORT/tcp" --
	free 2 -- echo
}

@test "free: -- COMMAND takes the place, and the port" {
	start_fixture a --addr 127.0.0.1
	local port=$PORT
	start server sh -c "exec $PORTWATCH --pin-dir $PIN free $port/tcp -- $PORTFIX --addr 127.0.0.1 --port $port"
	await_line server '^ready' 20
	[ "$(field pid "$RET")" = "${STARTED[-1]}" ]
}

@test "free: a COMMAND that cannot be run: 127 and 126, as of env and timeout" {
	free 127 1/tcp -- "$OUTPUTS/none"
	[[ $stderr = "portwatch: the port is free, but $OUTPUTS/none cannot be run: No such file or directory" ]]
	free 126 1/tcp -- "$OUTPUTS"
}

@test "free: -n runs no command, even where the port is free" {
	free 0 -n 1/tcp -- echo ran
	[[ $output = "1/tcp: free" ]]
}

@test "free: a reader of the loaded tracker leaves nothing behind" {
	pw load
	start_fixture a --addr 127.0.0.1
	free 0 "$PORT/tcp" -- true
	[[ $(pw --json status | jq .events.readers) = 0 ]]
}
