#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Members of a group ask without sudo, and may end only what is theirs; nobody else sees anything.
# With users and a group of its own, which are gone afterwards.

load lib
load group

setup() {
	group_setup
}

teardown() {
	group_teardown
}

@test "the program has two capabilities, and only root and the group can run it" {
	[ "$(getcap "$BIN/portwatch" | tr , '\n' | grep -c cap_)" -eq 2 ]
	[ "$(stat -c '%U:%G %a' "$BIN/portwatch")" = "root:portwatch-maps 2750" ]
	getfacl -cp "$BIN/portwatch" | grep -x "group:$GROUP:r-x"
	getfacl -cp "$BIN/portwatch" | grep -x "group::---"
	run as "$OTHER" "$BIN/portwatch" --version
	[ "$status" -ne 0 ]
	[[ $output = *"Permission denied"* ]]
}

@test "a member sees who has a port, of whatever user, as root does" {
	fixture_of "$OTHER"
	run --separate-stderr member --json "$PORT/tcp"
	[ "$status" -eq 0 ]
	jq -e --argjson pid "$PID" '.source == "tracker" and .sockets[0].owners[0].pid == $pid' <<<"$output"
	# Times of day are computed anew by each, to the microsecond; the directory and the program of
	# another user's process are root's to see.
	same='.sockets[0] | del(.resolved, .since, .owners[].start, .owners[].cwd, .owners[].exe)'
	[ "$(jq -c "$same" <<<"$output")" = "$(pw --json "$PORT/tcp" | jq -c "$same")" ]
	member list --json | jq -e --argjson pid "$PID" 'any(.sockets[].owners[]; .pid == $pid)'
	member status --json | jq -e '.loaded and (.events | has("missed") | not)'
	member timewait --once --json | jq -e .total
}

@test "a member learns who had a port" {
	fixture_of "$OTHER"
	kill -TERM "$PID"
	await 5 dead "$PID"
	run --separate-stderr member --json "$PORT/tcp"
	[ "$status" -eq 1 ]
	jq -e --argjson pid "$PID" '.history[0].pid == $pid' <<<"$output"
}

# As before 5.11 with little locked memory, see tests/security/guest.sh.
@test "a member to whom the kernel refuses every map is told what its tables have, and what is missing" {
	fixture_of "$OTHER"
	for words in "$PORT/tcp" "list --port $PORT"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr in_ns "$(dirname "$PORTFIX")/refuse" cmd:MAP_CREATE -- setpriv --reuid="$MEMBER" \
			--regid=nogroup --init-groups sh -c 'exec "$@"' sh "$BIN/portwatch" --pin-dir "$PIN" --json $words
		echo "$words: $status $output $stderr"
		[ "$status" -eq 0 ]
		jq -e --argjson port "$PORT" '.source == "tracker" and (.unknown | index("holders") and index("creator")) and
			.sockets[0].local.port == $port and .sockets[0].state == "LISTEN" and .sockets[0].owners == []' <<<"$output"
	done
	run --separate-stderr in_ns "$(dirname "$PORTFIX")/refuse" cmd:MAP_CREATE -- setpriv --reuid="$MEMBER" \
		--regid=nogroup --init-groups sh -c 'exec "$@"' sh "$BIN/portwatch" --pin-dir "$PIN" free "$PORT/tcp"
	echo "$status $output $stderr"
	[ "$status" -eq 3 ]
	[[ $output = *"in use by a process of $OTHER that you may not inspect"* ]]
	kill -0 "$PID"
}

@test "a member ends what is his" {
	fixture_of "$MEMBER"
	run --separate-stderr member free "$PORT/tcp"
	[ "$status" -eq 0 ]
	[[ $output = *"TERM, gone after"*"$PORT/tcp: free" ]]
	await 5 dead "$PID"
}

@test "a member ends nothing of another user or of root, in no way" {
	for user in "$OTHER" root; do
		fixture_of "$user"
		for how in "" -9 --force --close "--listening -t 0"; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr member free $how "$PORT/tcp"
			echo "$user, $how: $status $output $stderr"
			[ "$status" -eq 3 ]
			[[ $output = *"$PORT/tcp: still in use by portfix (pid $PID)"* ]]
		done
		kill -0 "$PID"
		member "$PORT/tcp"
	done
}

@test "a member does not end TIME-WAIT" {
	start_fixture server --state TIME_WAIT
	run --separate-stderr member free --timewait "$PORT/tcp"
	echo "$status $output $stderr"
	[ "$status" -ne 0 ]
	pw --json "$PORT/tcp" | jq -e 'any(.sockets[]; .state == "TIME_WAIT")'
}

@test "a member neither loads nor unloads, listens nor repairs" {
	mkdir -m 777 "$PIN-member"
	for words in stream "wait 1 --for listen" check "check --repair" unload "--pin-dir $PIN-member load"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr member $words
		echo "$words: $status $output $stderr"
		[ "$status" -eq 3 ]
		# Not for want of a capability that his program could be given
		[[ $stderr = "portwatch: the group may only ask: "*": sudo portwatch --pin-dir $PIN $words" ]]
	done
	[ -z "$(ls "$PIN-member")" ]
	rmdir "$PIN-member"
	pw status
	pw check
}

@test "by other means than our program a member opens nothing" {
	run as "$MEMBER" id -Gn
	[[ $output != *portwatch-maps* ]]
	for map in sockets meta stats queries rings readers claims; do
		run ! as "$MEMBER" test -r "$PIN/maps/$map"
		run ! as "$MEMBER" test -w "$PIN/maps/$map"
	done
	run ! as "$MEMBER" bpftool map dump pinned "$PIN/maps/stats"
	run ! as "$MEMBER" bpftool map update pinned "$PIN/maps/stats" key 0 0 0 0 value 0 0 0 0 0 0 0 0
	run ! as "$MEMBER" ls "$PIN/progs"
	run ! as "$MEMBER" ls "$PIN/links"
	# A lock would stop root's load and unload.
	run ! as "$MEMBER" flock --nonblock "$PIN" true
	run ! as "$MEMBER" flock --nonblock "$PIN/maps" true
	run ! as "$MEMBER" flock --nonblock "$PIN/maps/sockets" true
}

@test "a user who is no member sees nothing of the tracker's, by whatever means" {
	fixture_of "$MEMBER"
	run ! as "$OTHER" ls "$PIN"
	run ! as "$OTHER" cat "$PIN/maps/sockets"
	# /proc and sock_diag tell everybody of the port, and not who has it.
	run --separate-stderr as "$OTHER" "$BIN/plain" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$status $output $stderr"
	[[ $(jq -r .source <<<"$output") != tracker ]]
	[[ $output != *"\"pid\":$PID"* ]]
}

# Iterators follow the addresses in these maps: whoever could make them would read the kernel's memory.
@test "a member's program believes no maps but root's" {
	fixture_of "$OTHER"
	chown "$MEMBER" "$PIN"
	run --separate-stderr member --json "$PORT/tcp"
	[ "$(jq -r .source <<<"$output")" = snapshot ]
	run --separate-stderr member status
	[ "$status" -eq 3 ]
	chown root "$PIN"
	chmod g+w "$PIN"
	run --separate-stderr member status
	[ "$status" -eq 3 ]
	chmod 0710 "$PIN"
	member status
}

@test "a command that a member runs when a port is free has no rights of ours" {
	maps=$(getent group portwatch-maps | cut -d: -f3)
	run --separate-stderr member free 1/tcp -- grep -E 'Cap(Prm|Eff|Amb)|Gid|Groups' /proc/self/status
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^Cap.*:.0000000000000000$' <<<"$output")" -eq 3 ]
	grep -q ^Gid <<<"$output"
	[[ $output != *"$maps"* ]]
}

@test "nor has a file that root has written by the program its group" {
	start rec "$BIN/portwatch" --pin-dir "$PIN" stream --record "$OUTPUTS/recording"
	await 5 test -s "$OUTPUTS/recording"
	[ "$(stat -c %G "$OUTPUTS/recording")" = root ]
}

@test "a file system for root alone is opened to be passed, not to be seen" {
	mnt=$(mktemp -d)
	unshare --mount bash -c '
		mount -t bpf -o mode=0700 bpf "$1" && "$2" --pin-dir "$1/pw" load --group "$3" &&
			stat -c %a "$1" && "$2" --pin-dir "$1/pw" unload
	' bash "$mnt" "$BIN/portwatch" "$GROUP" >"$OUTPUTS/mode"
	[[ $(cat "$OUTPUTS/mode") = *701 ]]
	rmdir "$mnt"
}

@test "load --group refuses a group that is not there" {
	run --separate-stderr "$PORTWATCH" load --group no-such-group
	[ "$status" -eq 2 ]
	[[ $stderr = *"there is no group 'no-such-group'"* ]]
}

@test "load --group refuses a program file that is not set up for it" {
	run --separate-stderr "$PORTWATCH" --pin-dir "$PIN-other" load --group "$GROUP"
	echo "$stderr"
	[ "$status" -eq 5 ]
	[[ $stderr = *"setup-group"* ]]
	[ ! -e "$PIN-other" ]
}

@test "setup-group refuses while the group of the maps has members" {
	usermod --append --groups portwatch-maps "$OTHER"
	run "$SETUP_GROUP" "$GROUP" "$BIN/plain"
	gpasswd --delete "$OTHER" portwatch-maps
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output = *"must not have members"*"$OTHER"* ]]
	[ -z "$(getcap "$BIN/plain")" ]
}
