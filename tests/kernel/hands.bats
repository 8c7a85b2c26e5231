#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run command lines with real sockets: the words of other tools, filters that
# exclude, -t, -q, ranges, and a COMMAND behind wait. tests/cli/hands.bats has the words alone.

load lib

prepare() {
	start_fixture server --addr 127.0.0.1
	server=$PID
}

@test "hands: -t, -ti:PORT and --pids print the holders' numbers, in any order" {
	for words in "-t $PORT" "$PORT -t" "-ti:$PORT" "-ti :$PORT" "--pids tcp:$PORT" \
		"list --netns self -t $PORT" "list -t --netns self --pid $server" "free -n --pids $PORT"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr pw $words
		echo "$words: $status $output $stderr"
		[[ $output = "$server" && -z $stderr ]]
	done
	run -1 --separate-stderr pw -t 1/tcp
	[[ -z $output$stderr ]]
}

@test "hands: -q prints nothing and answers with its status" {
	run -0 --separate-stderr pw "$PORT" -q
	[[ -z $output$stderr ]]
	run -1 --separate-stderr pw -q 1/tcp
	[[ -z $output$stderr ]]
	run -0 --separate-stderr pw list -q --netns self "$PORT"
	[[ -z $output$stderr ]]
	run -1 --separate-stderr pw list -q --netns self 1
	[[ -z $output$stderr ]]
	run -0 --separate-stderr pw free -q "$PORT"
	[[ -z $output$stderr ]]
	dead "$server"
}

@test "hands: what is pasted finds the server" {
	for words in "localhost:$PORT" "http://localhost:$PORT/a,b?c=1" "tcp:$PORT" ":$PORT" "*:$PORT" \
		"0.0.0.0:$PORT" "[::]:$PORT"; do
		run --separate-stderr pw "$words"
		echo "$words: $output"
		[[ $status -eq 0 && $output = *"portfix[$server]"* ]]
	done
	run -1 pw "http://[::2]:$PORT"
}

@test "hands: kill and 8000 --free end it, also with -9 behind" {
	run --separate-stderr pw kill -9 "$PORT/tcp"
	echo "$output$stderr"
	[[ $status -eq 0 && $output = *"portfix[$server] KILL, gone"* ]]
	start_fixture again --addr 127.0.0.1
	run --separate-stderr pw "$PORT/tcp" --free -y
	[[ $status -eq 0 && $output = *"portfix[$PID] TERM, gone"* ]]
	start_fixture behind --addr 127.0.0.1
	run --separate-stderr pw "$PORT/tcp" -k -9
	[[ $status -eq 0 && $output = *"portfix[$PID] KILL, gone"* ]]
	start_fixture third --addr 127.0.0.1
	run --separate-stderr pw -ki "$PORT/tcp" <<<n
	[[ $status -eq 1 && $output = *"portfix[$PID] left running"* ]]
	run ! dead "$PID"
}

@test "hands: list: alternatives, exclusion, and a line when nothing matches" {
	list() { run --separate-stderr pw list --netns self --no-header "$@"; }
	list --comm "nobody,portfix"
	[[ $status -eq 0 && $output = *"portfix[$server]"* ]]
	list --comm '!nobody' "$PORT"
	[[ $status -eq 0 && $output = *"portfix[$server]"* ]]
	for words in "--comm !portfix" "--port !$PORT" "--pid !$server" "--state !LISTEN" "--proto !tcp" \
		"--user !root"; do
		# shellcheck disable=SC2086 # words
		list $words
		echo "$words: $status $output $stderr"
		[[ $status -eq 1 && -z $output ]]
		[[ $stderr = "portwatch: nothing matches --netns self $words" ]]
	done
	list --json 1
	[[ $status -eq 1 && $(jq -c .sockets <<<"$output") = "[]" ]]
	start_fixture client --connect "127.0.0.1:$PORT"
	list --peer 127.0.0.0/8 --pid "$PID"
	[[ $status -eq 0 && $output = *"portfix[$PID]"* ]]
	list --peer '!127.0.0.0/8' --pid "$PID"
	[[ $status -eq 1 ]]
}

@test "hands: list | grep finds the line, with all of it" {
	start_fixture workers --addr 127.0.0.1 --workers 3
	run -0 bash -c '"$@" | grep portfix' bash nsenter --net="/run/netns/$NETNS" \
		"$PORTWATCH" --pin-dir "$PIN" list --netns self "$PORT"
	echo "$output"
	[[ ${#lines[@]} -eq 1 && $output = *"127.0.0.1:$PORT "*"portfix[$PID],portfix["*"--workers 3" ]]
}

@test "hands: list --sort pid, and -l, -u, --tcp, --udp of ss" {
	start_fixture udp --proto udp --addr 127.0.0.1
	local udp=$PID
	start_fixture client --connect "127.0.0.1:$(field port "$(cat "$OUTPUTS/server")")"
	numbers() { pw list --netns self --no-header --columns pid "$@" | tr -d ' ' | paste -sd,; }
	[[ $(numbers --sort pid --comm portfix) = "$(printf '%s\n' "$server" "$udp" "$PID" | sort -n | paste -sd,)" ]]
	[[ $(numbers -l --tcp) = "$server" ]]
	[[ $(numbers -u) = "$udp" && $(numbers --udp) = "$udp" ]]
	[[ $(numbers --tcp --sort pid --comm portfix) = "$(printf '%s\n' "$server" "$PID" | sort -n | paste -sd,)" ]]
}

@test "hands: --pid, --comm and --user alone answer and end" {
	for words in "--pid $server" "--comm portfix" "--user root --port $PORT"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr pw --netns self $words
		echo "$words: $status $output $stderr"
		[[ $status -eq 0 && $output = *"127.0.0.1:$PORT "*"portfix[$server]"* ]]
	done
}

@test "hands: names of services, and 8000 who, which is no rlogin" {
	for port in 80 5432 513; do
		start_fixture "server$port" --addr 127.0.0.1 --port "$port"
	done
	for words in http postgres; do
		# Not every machine has the names of /etc/services.
		port=$(getent services "$words" | grep -oE '[0-9]+/tcp') || continue
		run --separate-stderr pw --netns self "$words"
		echo "$words: $output"
		[[ $status -eq 0 && $output = *"$port: in use by portfix"* ]]
	done
	run --separate-stderr pw --netns self 80 who
	[[ $status -eq 0 && $output = *"80/tcp: in use by portfix"* && $output != *[!0-9]513[/\ ]* ]]
}

@test "hands: of a range the busy ports, and one line for the rest" {
	run --separate-stderr pw "$((PORT - 2))-$((PORT + 2))"
	echo "$output"
	[[ $status -eq 0 && $output = *"$PORT/tcp: in use by portfix (pid $server)"* ]]
	[[ $(grep -c ': free' <<<"$output") -eq 0 ]]
	[[ ${lines[-1]} = "$((PORT - 2))-$((PORT + 2)): the other 4 ports are not in use" ]]
	# Other tests have DNS and DHCP in namespaces of their own.
	run --separate-stderr pw 1-50
	[[ $status -eq 1 && $output = "1-50: none of these 50 ports is in use" ]]
	run --separate-stderr pw --json 1-3
	[[ $(jq '.ports | length' <<<"$output") -eq 6 ]]
}

@test "hands: wait means listen, and runs a COMMAND in its place" {
	run -0 --separate-stderr pw wait "$PORT" -q -- echo ran
	[[ $output = ran ]]
	run -127 --separate-stderr pw wait "$PORT" -q -- /nonexistent
	[[ $stderr = "portwatch: the port is listened on, but /nonexistent cannot be run: No such file or directory" ]]
	run -1 --separate-stderr pw wait 1/tcp -t 0.1 -- echo ran
	[[ -z $output && $stderr = "portwatch: 1/tcp: still not listening after 0.1 s" ]]
	run -7 pw wait "$PORT" -q -- sh -c 'exit 7'
}

connect() {
	in_ns bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null || true
}

@test "hands: 8000 -f and watch 8000 are a stream of that port" {
	local words port=$PORT
	for words in "$port -f" "$port -w" "--follow $port" "watch $port" "stream :$port"; do
		# shellcheck disable=SC2086 # words
		start stream "$PORTWATCH" --pin-dir "$PIN" --json $words
		# To another port first, of which nothing must be heard. Nobody accepts: not too many.
		await 60 eval 'connect 1; connect $port; sleep 0.5; [[ -s $OUTPUTS/stream ]]'
		kill "$RET"
		wait "$RET" || true
		jq -es "all(.local.port == $port)" "$OUTPUTS/stream" >/dev/null
	done
}
