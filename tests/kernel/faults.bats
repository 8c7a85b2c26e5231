#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Faults are told in one line, with the right exit status, and does no harm.

load lib
ONE_TRACKER=1

# After `run --separate-stderr`: this exit status, and one line on standard error that matches
failed_with() {
	echo "status $status, stdout: $output, stderr: $stderr"
	[[ $status -eq $1 ]]
	[[ ${#stderr_lines[@]} -eq 1 && $stderr = "portwatch: "* && $stderr =~ $2 ]]
}

# `! command` in the middle of a test would be ignored by the shell's -e.
refute() {
	! "$@"
}

# without_btf COMMAND...: where /sys/kernel/btf is an empty directory
without_btf() {
	in_ns unshare --mount --propagation private bash -ec '
		mount --bind "$1" /sys/kernel/btf
		[[ ! -e /sys/kernel/btf/vmlinux ]]
		shift
		exec "$@"' - "$OUTPUTS" "$@"
}

# start_stream NAME ARG...: until it is attached and reading
start_stream() {
	local name=$1
	shift
	start "$name" "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" --json "$@"
	STREAM=$RET
	await 30 eval 'pulse && [[ -s $OUTPUTS/$name ]]'
	: >"$OUTPUTS/$name"
}

# A short connection, of which every stream here sees something
pulse() {
	in_ns "$PORTFIX" --conn-churn 1 >/dev/null
}

events_of() {
	jq -s "[.[] | select($2)] | length" "$OUTPUTS/$1"
}

@test "wrong ports and options: exit 2 and one line, before the kernel is asked" {
	pw -q load
	for port in 0 65536 80-70 abc 8000/sctp 8000/ 1-65536 -- "" 127.0.0.1 "[::1]" 99999999999; do
		run --separate-stderr pw who -- "$port"
		failed_with 2 "$port"
		[[ -z $output ]]
	done
	run --separate-stderr pw 8000 --no-such-option
	failed_with 2 "no-such-option"
	run --separate-stderr pw --pid 0x10
	failed_with 2 "0x10"
}

@test "a kernel without BTF: no tracker and what that needs, but answers" {
	run --separate-stderr without_btf timeout 10 "$PORTWATCH" --pin-dir "$PIN" load
	failed_with 4 "BTF"
	[[ -z $output && ! -e $PIN ]]
	start_fixture other --addr 127.0.0.1
	run --separate-stderr without_btf timeout 10 "$PORTWATCH" --pin-dir "$PIN" "$PORT/tcp"
	echo "$output $stderr"
	[[ $status -eq 0 && $output = *"portfix[$PID]"* ]]
	run --separate-stderr without_btf timeout 10 "$PORTWATCH" --pin-dir "$PIN" list
	[[ $status -eq 0 && $output = *":$PORT "* ]]
	# what needs no program of its own goes on: a tracker that is loaded already
	pw -q load
	start_fixture server --addr 127.0.0.1
	run --separate-stderr without_btf "$PORTWATCH" --pin-dir "$PIN" "$PORT/tcp"
	echo "$output $stderr"
	[[ $status -eq 0 && $output = *"portfix[$PID]"* ]]
}

@test "without the right to use bpf: no tracker, and the capabilities" {
	cp "$PORTWATCH" "$OUTPUTS/portwatch"
	chmod 755 "$OUTPUTS" "$OUTPUTS/portwatch"
	for words in load unload status; do
		run --separate-stderr timeout 10 setpriv --reuid=nobody --regid=nogroup --clear-groups \
			--inh-caps=-all --bounding-set=-all "$OUTPUTS/portwatch" --pin-dir "$PIN_ROOT/portwatch-test" $words
		case $words in
		status) [[ $status -eq 1 && $stderr = "portwatch: not loaded at "* ]] && continue ;;
		unload) [[ $status -eq 0 && $stderr = "nothing is loaded at "* ]] && continue ;;
		esac
		failed_with 3 "CAP_BPF"
		[[ -z $output ]]
	done
	# some are there, one is missing
	run --separate-stderr setpriv --bounding-set=-perfmon,-sys_admin --inh-caps=-perfmon,-sys_admin \
		"$PORTWATCH" --pin-dir "$PIN" load
	failed_with 3 "has taken CAP_PERFMON from root"
	[[ $stderr != *sudo* ]]
}

@test "a stream whose reader goes away ends quietly, also when nothing happens" {
	run --separate-stderr in_ns bash -c '
		"$@" | head -n 3 >/dev/null
		exit "${PIPESTATUS[0]}"' - timeout 120 bash -c '
		"$1" --pin-dir "$2" --json & stream=$!
		while kill -0 $stream 2>/dev/null; do
			"$3" --bind-only --addr 127.0.0.1 --until-eof </dev/null >/dev/null
		done
		wait $stream' - "$PORTWATCH" "$PIN" "$PORTFIX"
	echo "$status $stderr"
	[[ $status -eq 0 && -z $stderr ]]

	# nobody binds anything, and yet it hears that nobody listens
	mkfifo "$OUTPUTS/pipe"
	(exec nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" --json --port 1 >"$OUTPUTS/pipe" 2>"$OUTPUTS/err" 3>&-) &
	stream=$!
	STARTED+=("$stream")
	exec 5<"$OUTPUTS/pipe"
	await 30 eval 'grep -q anon_inode:bpf-map <(ls -l /proc/$stream/fd)'
	sleep 0.3
	exec 5<&-
	await 30 dead "$stream"
	wait "$stream"
	[[ ! -s $OUTPUTS/err ]]
}

@test "a full disk under --record is told with exit 5" {
	run --separate-stderr in_ns timeout 20 "$PORTWATCH" --pin-dir "$PIN" -q --record /dev/full
	failed_with 5 "/dev/full.*No space left"
	# one that fills up later
	mkdir "$OUTPUTS/small"
	mount -t tmpfs -o size=64k none "$OUTPUTS/small"
	start stream "$PORTWATCH" --pin-dir "$PIN" -q --record "$OUTPUTS/small/record"
	await 30 eval 'pulse; [[ $(stat -c %s $OUTPUTS/small/record 2>/dev/null || echo 0) -gt 200 ]]'
	in_ns "$PORTFIX" --conn-churn 500 >/dev/null
	await 30 dead "$RET"
	run wait "$RET"
	cp "$OUTPUTS/small/record" "$OUTPUTS/record"
	umount "$OUTPUTS/small"
	cat "$OUTPUTS/stream.err"
	[[ $status -eq 5 ]]
	[[ $(cat "$OUTPUTS/stream.err") = "portwatch: "*"No space left"* ]]
	# what came before is a recording still
	run --separate-stderr "$PORTWATCH" --json --replay "$OUTPUTS/record"
	[[ ${#lines[@]} -gt 100 ]]
}

@test "a corrupt recording: what is whole is shown, the damage is told" {
	start stream "$PORTWATCH" --pin-dir "$PIN" -q --record "$OUTPUTS/record"
	await 30 eval 'pulse; [[ $(stat -c %s $OUTPUTS/record 2>/dev/null || echo 0) -gt 200 ]]'
	in_ns "$PORTFIX" --conn-churn 20 >/dev/null
	kill -INT "$RET" || true
	kill -TERM "$RET" 2>/dev/null || true
	await 30 dead "$RET"
	run -0 "$PORTWATCH" --json --replay "$OUTPUTS/record"
	whole=${#lines[@]}
	[[ $whole -gt 100 ]]

	size=$(stat -c %s "$OUTPUTS/record")
	head -c $((size - 1)) "$OUTPUTS/record" >"$OUTPUTS/cut"
	run --separate-stderr "$PORTWATCH" --json --replay "$OUTPUTS/cut"
	[[ ${#lines[@]} -eq $((whole - 1)) ]]
	failed_with 5 "damaged or cut short"

	cp "$OUTPUTS/record" "$OUTPUTS/bad"
	printf 'X' | dd of="$OUTPUTS/bad" bs=1 seek=$((size / 2)) conv=notrunc status=none
	run --separate-stderr "$PORTWATCH" --json --replay "$OUTPUTS/bad"
	[[ ${#lines[@]} -lt $whole && ${#lines[@]} -gt 10 ]]
	failed_with 5 "damaged or cut short"

	for file in /dev/null /etc/passwd "$PORTWATCH"; do
		run --separate-stderr "$PORTWATCH" --replay "$file"
		failed_with 5 "not a recording"
	done
	run --separate-stderr "$PORTWATCH" --replay "$OUTPUTS/none"
	failed_with 5 "No such file"
	run --separate-stderr "$PORTWATCH" --replay "$OUTPUTS"
	failed_with 5 "directory"
}

# Port 7 ends a count: once the stream shows it, it has shown all before it.
markers() {
	grep -c '"event":"close".*"port":7}' "$OUTPUTS/$1" || true
}

more_markers() {
	(($(markers "$1") > $2))
}

marker() {
	local before
	before=$(markers "$1")
	in_ns "$PORTFIX" --bind-only --addr 127.0.0.1 --port 7 --until-eof </dev/null >/dev/null
	await 30 more_markers "$1" "$before"
}

# shown STREAM: the events that it has printed so far, but for those of the marker
shown() {
	grep -vc '"port":7}' "$OUTPUTS/$1" || true
}

# churn STREAM N: the number of events that the stream prints for N short connections
churn() {
	local before
	before=$(shown "$1")
	in_ns "$PORTFIX" --conn-churn "$2" >/dev/null
	marker "$1"
	echo $(($(shown "$1") - before))
}

@test "a reader that is stopped loses events, and every one lost is counted" {
	own_tracker
	need jq
	pw -q load
	# every kind whose number follows from the number of connections (that of the states does
	# not quite: now and then both ends close at the same time)
	kinds=bind,listen,connect,accept,close
	start_stream slow --netns "$NETNS" --event "$kinds"
	slow=$STREAM
	start_stream fast --netns "$NETNS" --event state --state ESTABLISHED
	marker slow
	a=$(churn slow 100)
	b=$(churn slow 300)
	made=$((a + (b - a) * 19900 / 200))
	((made > 50000))
	# the other one has shown all of this, too, once it shows both ends of the next
	in_ns "$PORTFIX" --conn-churn 1 --port 7777 >/dev/null
	await 30 eval '(($(grep -c "\"port\":7777[,}]" "$OUTPUTS/fast") == 2))'
	marker slow

	before=$(wc -l <"$OUTPUTS/slow")
	before_fast=$(wc -l <"$OUTPUTS/fast")
	kill -STOP "$slow"
	all_ports
	in_ns "$PORTFIX" --conn-churn 20000 >/dev/null
	sleep "${SUSPEND_SECONDS:-0}"
	lost=$(pw --json status | jq .events.lost)
	kill -CONT "$slow"
	await 30 grep -q '"lost"' "$OUTPUTS/slow"
	marker slow
	tail -n "+$((before + 1))" "$OUTPUTS/slow" | grep -v '"port":7}' >"$OUTPUTS/after"
	told=$(jq -s 'map(select(.event == "lost").count) | add' "$OUTPUTS/after")
	received=$(events_of after '.event != "lost"')
	echo "100: $a, 300: $b, so 20000: $made; received $received, lost $lost, told $told"
	((lost > 1000 && told == lost))
	((received + lost == made))
	# the other reader lost nothing: both ends of each connection
	await 30 eval '(($(wc -l <"$OUTPUTS/fast") - before_fast >= 40000))'
	(($(wc -l <"$OUTPUTS/fast") - before_fast == 40000))
	refute grep -q '"lost"' "$OUTPUTS/fast"
}

@test "a stream killed by SIGKILL leaves nothing, with and without a tracker" {
	need jq
	start_stream own --netns "$NETNS"
	kill -KILL "$STREAM"
	await 5 dead "$STREAM"
	[[ ! -e $PIN ]]
	pw -q load
	start_stream pinned --netns "$NETNS"
	[[ $(pw --json status | jq .events.readers) = 1 ]]
	kill -KILL "$STREAM"
	await 5 dead "$STREAM"
	await 5 eval '[[ $(pw --json status | jq .events.readers) = 0 ]]'
	before=$(pw --json status | jq .events.sent)
	in_ns "$PORTFIX" --conn-churn 100 >/dev/null
	[[ $(pw --json status | jq .events.sent) = "$before" ]]
}

@test "closed standard descriptors are no trouble" {
	pw -q load
	start_fixture server --addr 127.0.0.1
	run in_ns bash -c '"$@" <&- 2>&-' - "$PORTWATCH" --pin-dir "$PIN" "$PORT/tcp"
	[[ $status -eq 0 && $output = *"portfix[$PID]"* ]]
	run --separate-stderr in_ns bash -c '"$@" >&-' - "$PORTWATCH" --pin-dir "$PIN" "$PORT/tcp"
	failed_with 5 "standard output"
}

@test "too few descriptors or too little memory: one line, no crash" {
	pw -q load
	start_fixture server --addr 127.0.0.1
	for limit in 5 7 9 11 13; do
		for words in "$PORT/tcp" list status; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr in_ns bash -c "exec 3>&-; ulimit -n $limit; exec \"\$@\"" - \
				"$PORTWATCH" --pin-dir "$PIN" $words
			echo "$limit: $words"
			[[ $status -eq 0 ]] || failed_with 5 "."
		done
	done
	run --separate-stderr in_ns bash -c 'exec 3>&-; ulimit -n 12; exec "$@"' - "$PORTWATCH" --pin-dir "$PIN-none" 8000
	[[ $status -eq 1 && $output = *"8000/tcp: free"* ]] || failed_with 5 "."
}

@test "the question of a reader that is killed does not stay in the kernel" {
	need bpftool
	pw load
	start_fixture crowd --crowd 40:50
	local i
	for ((i = 0; i < 60; i++)); do
		in_ns timeout -s KILL "0.0$((i % 10))$((i % 7))" "$PORTWATCH" --pin-dir "$PIN" list --json >/dev/null 2>&1 || true
	done
	questions() { bpftool map dump pinned "$PIN/maps/queries" -j | jq length; }
	await 10 eval '[ "$(questions)" = 0 ]'
}
