#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tracker comes into the kernel whole, stays without a process, and goes without a trace.

load lib
load sized

prepare() {
	sized_setup
}

load_tracker() {
	pw load --max-sockets "$SIZE" "$@"
}

# Every process that runs the program with this test's pin directory
processes_of_ours() {
	local exe
	for exe in /proc/[0-9]*/exe; do
		if [[ $exe -ef $PORTWATCH ]]; then
			grep -saF -- "$PIN" "${exe%exe}cmdline" || true
		fi
	done
}

# Loaded, complete, and right about a new socket.
tracker_works() {
	[[ $(pw --json status | jq -c '[.loaded, .degraded]') = '[true,false]' ]]
	start_fixture "probe-$RANDOM" --addr 127.0.0.1
	[[ $(pw --netns self --json who "$PORT/tcp" | jq -c '[.source, .sockets[0].state, .sockets[0].owners[0].pid]') = \
		"[\"tracker\",\"LISTEN\",$PID]" ]]
}

# After `run --separate-stderr`: this exit status, and one line on standard error that matches
failed_with() {
	echo "status $status, stdout: $output, stderr: $stderr"
	[[ $status -eq $1 ]]
	[[ -z $output ]]
	[[ ${#stderr_lines[@]} -eq 1 && $stderr = "portwatch: "* && $stderr =~ $2 ]]
}

meta_change_abi() {
	local meta=$PIN/maps/meta value
	value=$(bpftool -j map lookup pinned "$meta" key 0 0 0 0 | jq -r '.value | map(ltrimstr("0x")) | .[1:] | join(" ")')
	# shellcheck disable=SC2086 # words
	bpftool map update pinned "$meta" key hex 0 0 0 0 value hex 63 $value
}

@test "load, status and unload; then nothing is left" {
	need bpftool jq
	run --separate-stderr pw status
	failed_with 1 "not loaded.*portwatch load"
	[[ $(pw --json status | jq -c .loaded) = false ]]

	load_tracker
	[[ $(maps_of_ours) = 1 ]]
	pw status
	tracker_works

	pw unload
	nothing_left
	run -1 pw status
	run -0 pw unload
	[[ $output = *"nothing is loaded"* ]]
}

# Since when, in ms: each process measures anew how far the clocks are apart.
since() {
	date -d "$(pw --json status | jq -r .since)" +%s%3N
}

@test "loaded twice: exit 0, it says so, and nothing changes" {
	need bpftool jq
	load_tracker
	before=$(since)
	run -0 pw load --max-sockets 77
	[[ $output = *"already loaded"* ]]
	after=$(since)
	echo "$before, $after"
	((after - before <= 10 && before - after <= 10))
	[[ $(pw --json status | jq .sockets.capacity) = "$SIZE" ]]
	[[ $(maps_of_ours) = 1 ]]
}

@test "no process stays, and the tracker follows new sockets" {
	need jq
	load_tracker
	[[ -z $(processes_of_ours) ]]
	start_fixture server --addr 127.0.0.1 --accept 2
	server=$PORT
	server_pid=$PID
	start_fixture client --connect "127.0.0.1:$server" --conns 2
	accepted server 2
	run -0 pw --netns self --json who "$server/tcp"
	[[ $(jq -c '[.source, .sockets[0].state, .sockets[0].creator.pid]' <<<"$output") = \
		"[\"tracker\",\"LISTEN\",$server_pid]" ]]
	[[ $(jq '[.sockets[] | select(.state == "ESTABLISHED" and .owners[0].pid == '"$server_pid"')] | length' \
		<<<"$output") = 2 ]]
	[[ -z $(processes_of_ours) ]]
}

@test "loads at the same time: one loads, the others wait and see that it has" {
	need bpftool jq
	for i in 1 2 3 4; do
		start "load$i" "$PORTWATCH" --pin-dir "$PIN" load --max-sockets "$SIZE"
		pids+=("$RET")
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	cat "$OUTPUTS"/load?.err
	[[ $(cat "$OUTPUTS"/load?.err | grep -c "^loaded at") = 1 ]]
	[[ $(cat "$OUTPUTS"/load?.err | grep -c "^already loaded at") = 3 ]]
	[[ $(maps_of_ours) = 1 ]]
	tracker_works
}

@test "loads and unloads at the same time end in one or the other, never between" {
	need bpftool jq
	for i in 1 2 3; do
		start "load$i" "$PORTWATCH" --pin-dir "$PIN" load --max-sockets "$SIZE"
		pids+=("$RET")
		start "unload$i" "$PORTWATCH" --pin-dir "$PIN" unload
		pids+=("$RET")
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	if pw status; then
		tracker_works
		[[ $(maps_of_ours) = 1 ]]
		pw unload
	fi
	nothing_left
}

@test "a tracker of another version is refused with the cure" {
	need bpftool jq
	load_tracker
	meta_change_abi
	for words in load status list "who 80" stream; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr timeout 10 nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" $words
		failed_with 5 "another version.*portwatch unload && portwatch load"
	done
	pw unload
	nothing_left
	load_tracker
	tracker_works
}

@test "so is one whose records have another size" {
	need bpftool
	mkdir -p "$PIN/maps"
	bpftool map create "$PIN/maps/meta" type array key 4 value 512 entries 1 name meta
	for words in load status "who 80"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr pw $words
		failed_with 5 "another version.*portwatch unload && portwatch load"
	done
	pw unload
	[[ ! -e $PIN ]]
}

# The number of bpf() calls of a whole load, the last 25 or so of which pin the tracker. A few more
# or less from one load to the next: libbpf asks again when the verifier was interrupted.
count_bpf_calls() {
	strace -qq -o "$OUTPUTS/calls" -e trace=bpf "$PORTWATCH" --pin-dir "$PIN" load --max-sockets "$SIZE"
	grep -c '^bpf(' "$OUTPUTS/calls"
	pw unload
}

# load_killed SYSCALL N SIGNAL: a load that gets the signal at its Nth such call
load_killed() {
	strace -qq -o /dev/null -e trace="$1" -e inject="$1:signal=$3:when=$2" \
		env --default-signal=INT "$PORTWATCH" --pin-dir "$PIN" load --max-sockets "$SIZE"
}

@test "killed by SIGKILL anywhere in a load: the next load or unload cleans up" {
	need bpftool jq strace
	all=$(count_bpf_calls)
	((all > 60))
	first_pin=$(grep -n -m1 BPF_OBJ_PIN "$OUTPUTS/calls" | cut -d: -f1)
	((first_pin > 30 && first_pin < all))
	n=0
	for at in 40 "$((first_pin + 1))" "$((first_pin + 14))" "$((all - 12))"; do
		echo "killed at call $at of $all"
		run load_killed bpf "$at" KILL
		[[ $status -eq 137 ]]
		if ((++n % 2)); then
			load_tracker
			[[ $(maps_of_ours) = 1 ]]
			tracker_works
		elif [[ -e $PIN/maps/meta ]]; then
			run --separate-stderr pw status
			failed_with 5 "did not finish.*portwatch load"
		fi
		pw unload
		nothing_left
	done
}

@test "killed between the directories of the pins: the next load cleans up" {
	need bpftool jq strace
	for at in 2 4; do
		run load_killed mkdirat "$at" KILL
		[[ $status -eq 137 ]]
		# a question in the meantime is answered by a snapshot, or told what to do
		run pw --netns self who 1/tcp
		[[ $status -eq 1 ]]
	done
	load_tracker
	tracker_works
	pw unload
	nothing_left
}

@test "SIGTERM and SIGINT in the middle of a load take everything out again" {
	need bpftool strace
	for when in "TERM 10" "INT 45"; do
		# shellcheck disable=SC2086 # signal and number
		set -- $when
		run --separate-stderr load_killed bpf "$2" "$1"
		failed_with 1 "interrupted"
		nothing_left
	done
}

@test "a file in the way of the pin directory is told and left alone" {
	need bpftool
	bpftool map create "$PIN" type array key 4 value 4 entries 1 name in_the_way
	run --separate-stderr pw load
	failed_with 5 "$PIN is in the way"
	run --separate-stderr pw unload
	failed_with 5 "$PIN"
	bpftool map show pinned "$PIN"
	rm "$PIN"
}

@test "a foreign map in the pin directory is not removed" {
	need bpftool jq
	load_tracker
	bpftool map create "$PIN/foreign" type array key 4 value 4 entries 1 name foreign
	run --separate-stderr pw unload
	failed_with 5 "cannot remove $PIN"
	bpftool map show pinned "$PIN/foreign"
	await 5 eval '[[ $(maps_of_ours) = 0 ]]'
	rm "$PIN/foreign"
	pw unload
	nothing_left
}

@test "a pin directory must be on bpffs, and its parent must exist" {
	run --separate-stderr pw --pin-dir "$OUTPUTS/pins" load
	failed_with 5 "not on a BPF file system"
	[[ ! -e $OUTPUTS/pins ]]
	run --separate-stderr pw --pin-dir "$PIN/a/b" load
	failed_with 5 "does not exist"
	[[ ! -e $PIN ]]
	run --separate-stderr pw --pin-dir "$PIN_ROOT/$(printf 'x%.0s' {1..5000})" load
	failed_with 5 ""
	run --separate-stderr pw --pin-dir "" load
	echo "$status $stderr"
	[[ $status -eq 1 || $status -eq 2 ]]
	[[ ${#stderr_lines[@]} -eq 1 ]]
}

@test "a slash at the end of the pin directory makes no difference" {
	need bpftool jq
	"$PORTWATCH" --pin-dir "$PIN/" load --max-sockets "$SIZE"
	tracker_works
	"$PORTWATCH" --pin-dir "$PIN/" unload
	nothing_left
}

@test "bpffs that is not mounted gets mounted" {
	need jq
	# In a mount namespace of its own, whose bpffs goes with it.
	run unshare --mount --propagation private bash -euc '
		umount -l /sys/fs/bpf
		if mountpoint -q /sys/fs/bpf; then exit 1; fi
		"$1" --pin-dir "$2" load
		[[ $(stat -fc %T /sys/fs/bpf) = bpf_fs ]]
		"$1" --pin-dir "$2" --json status | jq -e .loaded
		"$1" --pin-dir "$2" unload
		[[ ! -e $2 ]]
	' - "$PORTWATCH" "$PIN"
	echo "$output"
	[[ $status -eq 0 ]]
	[[ ! -e $PIN ]]
}

@test "cgroup2 that is mounted nowhere is no obstacle" {
	need jq
	run unshare --mount --propagation private bash -euc '
		while read -r _ where type _; do
			[[ $type != cgroup2 ]] || umount -l "$where"
		done </proc/mounts
		if grep " cgroup2 " /proc/mounts; then exit 1; fi
		"$1" --pin-dir "$2" load
		if grep " cgroup2 " /proc/mounts; then exit 1; fi
	' - "$PORTWATCH" "$PIN"
	echo "$output"
	[[ $status -eq 0 ]]
	tracker_works
	start_fixture server --addr 127.0.0.1
	kill "$PID"
	await 5 dead "$PID"
	run -1 pw --netns self "$PORT/tcp"
}

@test "two trackers in different directories do not know of each other" {
	need bpftool jq
	load_tracker
	first=$PIN
	PIN=$PIN-second
	load_tracker
	[[ $(maps_of_ours) = 2 ]]
	tracker_works
	pw unload
	PIN=$first
	tracker_works
	[[ $(maps_of_ours) = 1 ]]
}

@test "status tells since when, how full, what was lost, which hooks and how much memory" {
	need jq
	load_tracker --max-timewait 4321
	# the machine's other sockets are counted, too
	start_fixture a --addr 127.0.0.1 --reuseport-workers 9
	run -0 pw --json status
	echo "$output"
	jq -e --arg pin "$PIN" --argjson size "$SIZE" '
		.schema == 1 and .loaded and .pin_dir == $pin and .abi >= 1 and (.version | length) > 0 and
		.degraded == false and .repaired == 0 and
		.sockets.capacity == $size and .sockets.refused == 0 and .sockets.entries >= 9 and
		.timewait.capacity == 4321 and .events.lost == 0 and .events.readers == 0 and
		.map_bytes > 100000 and
		(.hooks | length) == 13 and
		([.hooks[] | select(.need == "bind" or .need == "listen" or .need == "state" or
			.need == "release" or .need == "fork" or .need == "exit") |
			.variant] | length == 6 and all(. != "none"))
	' <<<"$output"
	since=$(date -d "$(jq -r .since <<<"$output")" +%s)
	((EPOCHSECONDS - since >= 0 && EPOCHSECONDS - since < 300))

	run -0 pw status -v
	[[ $output = *"$PIN since "*"complete"*" of $SIZE"*" of 4321"*"dropped"*"MiB"*"release "*"exit "* ]]
}

@test "status tells the run time of the programs when the kernel counts it" {
	need jq
	stats=$(</proc/sys/kernel/bpf_stats_enabled)
	load_tracker
	echo 1 >/proc/sys/kernel/bpf_stats_enabled
	in_ns "$PORTFIX" --conn-churn 50 || true
	run -0 pw --json status
	json=$output
	run -0 pw status -v
	echo "$stats" >/proc/sys/kernel/bpf_stats_enabled
	echo "$json"
	jq -e '[.programs[] | select(.runs > 0 and .run_ns > 0)] | length > 3' <<<"$json"
	[[ $output = *PROGRAM*RUNS*NS/RUN* ]]
	((stats)) || [[ $(pw --json status | jq -c '.programs[0] | has("runs")') = false ]]
}

@test "a full map is stated by all, and the answers are right all the same" {
	need jq
	pw load --max-sockets 64
	start_fixture server --addr 127.0.0.1 --accept 100
	server=$PORT
	server_pid=$PID
	start_fixture client --connect "127.0.0.1:$server" --conns 100
	client_pid=$PID
	accepted server 100
	start_fixture late --addr 127.0.0.1

	run -0 pw --json status
	jq -e '.degraded and .sockets.refused >= 100 and .sockets.capacity == 64' <<<"$output"
	run -0 pw status
	[[ $output = *DEGRADED* ]]

	run -0 pw --json list --proto tcp --netns "$NETNS"
	jq -e --argjson s "$server_pid" --argjson c "$client_pid" '.degraded and
		([.sockets[] | select(.state == "ESTABLISHED" and .owners[0].pid == $s)] | length == 100) and
		([.sockets[] | select(.state == "ESTABLISHED" and .owners[0].pid == $c)] | length == 100)' \
		<<<"$output" >/dev/null
	run -0 pw --netns self --json who "$PORT/tcp"
	jq -e --argjson pid "$PID" '.degraded and (.sockets | length == 1) and
		.sockets[0].owners[0].pid == $pid and .sockets[0].state == "LISTEN"' <<<"$output"
	run -1 pw --netns self --json who 1/tcp
	jq -e '.degraded and .ports[0].why == "free" or .ports[0].why == "privileged"' <<<"$output"
}

@test "a network namespace that comes and goes is followed" {
	need jq
	load_tracker
	make_netns late
	late=$RET
	inode=$(stat -Lc %i "/run/netns/$late")
	RUN_IN=$late start_fixture there --family 6 --addr ::1 --accept 1
	server=$PORT
	server_pid=$PID
	RUN_IN=$late start_fixture client --connect "[::1]:$server" --family 6
	await_line there "accepted pid=$server_pid"
	run -0 pw --json list --netns "$late"
	jq -e --argjson inode "$inode" --argjson pid "$server_pid" \
		'(.sockets | length == 3) and all(.sockets[]; .netns == $inode) and
		([.sockets[] | select(.owners[0].pid == $pid)] | length == 2)' <<<"$output"
	kill -KILL "$server_pid" "$PID"
	await 5 dead "$server_pid"
	await 5 dead "$PID"
	ip netns del "$late"
	NAMESPACES=("$NETNS")
	# all namespaces, for this one has no name any more; another may get its number
	await 5 eval '[[ $(pw --json list --port "$server/tcp" |
		jq "[.sockets[] | select(.netns == $inode)] | length") = 0 ]]'
	tracker_works
}

# bats test_tags=core
@test "a load finds the sockets that were there before it" {
	need jq
	make_netns other
	other=$RET
	start_fixture listening --addr 127.0.0.1 --accept 1
	listening=$PORT
	listening_pid=$PID
	start_fixture client --connect "127.0.0.1:$listening"
	await_line listening "accepted pid=$listening_pid"
	start_fixture bound --bind-only --addr 127.0.0.1
	bound=$PORT
	bound_pid=$PID
	RUN_IN=$other start_fixture udp --proto udp --family 6
	udp=$PORT
	udp_pid=$PID
	# no process is left in this one, only its name and what a process left behind
	make_netns deserted
	deserted=$RET
	RUN_IN=$deserted start_fixture tw --state TIME_WAIT --drop-listener
	tw=$PORT
	kill -KILL "$PID"
	await 5 dead "$PID"
	load_tracker
	run -0 pw --json list
	[[ $(jq .source <<<"$output") = '"tracker"' ]]
	has() {
		jq -e --argjson port "$1" --arg state "$2" --argjson pid "$3" 'any(.sockets[];
			.local.port == $port and .state == $state and .owners[0].pid == $pid)' <<<"$output"
	}
	has "$listening" LISTEN "$listening_pid"
	has "$listening" ESTABLISHED "$listening_pid"
	has "$bound" BOUND "$bound_pid"
	has "$udp" UNCONN "$udp_pid"
	jq -e --argjson port "$tw" --argjson inode "$(stat -Lc %i "/run/netns/$deserted")" 'any(.sockets[];
		.local.port == $port and .state == "TIME_WAIT" and .netns == $inode)' <<<"$output"
}
