#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Members of the group that may ask, who mean ill: by their own programs, and by ours with everything about it that
# is theirs to choose.

load ../kernel/lib
load ../kernel/group

setup() {
	group_setup
	need unshare
	cp "$PORTWATCH_BUILD/tests/pinattack" "$BIN"
	chmod 755 "$BIN/pinattack"
	# Anybody may make files in here.
	FS=$(mktemp -d)
	mount -t bpf -o mode=1777 bpf "$FS"
	chmod 1777 "$FS"
	SYSCTL=$(</proc/sys/kernel/unprivileged_bpf_disabled)
}

teardown() {
	[[ ! -v SYSCTL || $SYSCTL = "$(</proc/sys/kernel/unprivileged_bpf_disabled)" ]] ||
		echo "$SYSCTL" >/proc/sys/kernel/unprivileged_bpf_disabled
	[[ ! -v FS ]] || { umount "$FS"; rmdir "$FS"; }
	# A stopped process does not end with the process that started it.
	[[ ! -v MEMBER ]] || pgrep -u "$MEMBER" | xargs -r kill -KILL
	group_teardown
}

# Loaded, asked, and told by the tracker who has the port
sees_the_tracker() {
	[[ $(jq -r '.source, .sockets[0].owners[0].pid' <<<"$1" | xargs) = "tracker $PID" ]]
}

# opens_no_map COMMAND...: what runs our attack on a map
opens_no_map() {
	local map
	for map in sockets meta stats history records queries; do
		run "$@" "$BIN/pinattack" reopen "$PIN/maps/$map" "$FS/mine"
		echo "$output"
		[[ $status -ne 0 && $output = "open to read: Permission denied" ]]
	done
}

# A map that can be read is pinned elsewhere, and opened there for writing.
@test "a member opens no map, whatever bpf() is allowed to him" {
	fixture_of "$OTHER"
	for value in "$SYSCTL" 0; do
		# 1 cannot be taken back
		[[ $SYSCTL -eq 1 || $value -eq "$SYSCTL" ]] ||
			echo "$value" >/proc/sys/kernel/unprivileged_bpf_disabled
		opens_no_map as "$MEMBER"
		opens_no_map as "$MEMBER" unshare -Ur
		opens_no_map as "$MEMBER" unshare -Urm
		opens_no_map as "$OTHER"
		# what our program executes is the member's own
		run as "$MEMBER" "$BIN/portwatch" --pin-dir "$PIN" free 1/tcp -- \
			"$BIN/pinattack" reopen "$PIN/maps/sockets" "$FS/mine"
		[[ $output = *"open to read: Permission denied"* && $output != *done* ]]
	done
	sees_the_tracker "$(member --json "$PORT/tcp")"
}

# The proof that the attack works on whoever can read.
@test "what the file of a map lets him read he could write" {
	cp -p "$BIN/pinattack" "$BIN/lent"
	chown root:portwatch-maps "$BIN/lent"
	chmod 2755 "$BIN/lent"
	run as "$MEMBER" "$BIN/lent" reopen "$PIN/maps/meta" "$FS/mine"
	echo "$output"
	[[ $output = *"write through it: Operation not permitted"*"open again: done"*"write: done"* ]]
	pw unload
}

@test "what is his to choose about our program changes nothing" {
	fixture_of "$OTHER"
	for setting in LD_PRELOAD=/none.so LD_AUDIT=/none.so LD_LIBRARY_PATH=/tmp GCONV_PATH=/tmp LOCPATH=/tmp NLSPATH=/tmp \
		GLIBC_TUNABLES=glibc.malloc.check=3 MALLOC_CHECK_=3 RES_OPTIONS=debug HOSTALIASES=/etc/shadow \
		LOCALDOMAIN=x TZ=/etc/shadow TZDIR=/root TERM=../../etc/shadow TERMINFO=/root NO_COLOR=1 HOME=/root \
		TMPDIR=/root LISTEN_FDS=3 LIBBPF_LOG_LEVEL=debug; do
		run --separate-stderr as "$MEMBER" env "$setting" "$BIN/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
		echo "$setting: $status $stderr"
		# The dynamic loader complains of a library that it would load and cannot find.
		[[ $status -eq 0 && -z $stderr ]]
		sees_the_tracker "$output"
	done
	for limit in --nofile=8 --as=60000000 --memlock=0 --fsize=0 --stack=131072 --nproc=1; do
		run --separate-stderr as "$MEMBER" prlimit "$limit" "$BIN/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
		echo "$limit: $status $stderr"
		[[ $status -ne 0 || -n $output ]]
		[[ $status -lt 128 ]]
		[[ $status -ne 0 ]] || jq -e --argjson pid "$PID" '.sockets[0].owners | length == 0 or .[0].pid == $pid' <<<"$output"
	done
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		run as "$MEMBER" sh -c "exec \"\$0\" --pin-dir \"\$1\" \"\$2\" $closed" "$BIN/portwatch" "$PIN" "$PORT/tcp"
		[[ $status -lt 128 ]]
	done
}

@test "a copy, a link and another name have no rights, and a debugger takes them" {
	fixture_of "$OTHER"
	dir=$(mktemp -d)
	chmod 777 "$dir"
	as "$MEMBER" cp "$BIN/portwatch" "$dir/copy"
	as "$MEMBER" chmod 2755 "$dir/copy"
	run ! as "$MEMBER" ln "$BIN/portwatch" "$dir/hard"
	as "$MEMBER" ln -s "$BIN/portwatch" "$dir/portwatch"
	printf '#!/bin/sh\nid\n' >"$dir/portwatch-top"
	chmod 755 "$dir/portwatch-top"
	# its companions are looked for where the file itself is
	run as "$MEMBER" "$dir/portwatch" --pin-dir "$PIN" top
	[[ $status -ne 0 && $output != *uid=* ]]
	for asker in "$dir/copy" "$BIN/plain"; do
		run --separate-stderr as "$MEMBER" "$asker" --pin-dir "$PIN" --json "$PORT/tcp"
		[[ $(jq -r .source <<<"${output:-null}") != tracker ]]
	done
	sees_the_tracker "$(as "$MEMBER" "$dir/portwatch" --pin-dir "$PIN" --json "$PORT/tcp")"
	run as "$MEMBER" strace -o /dev/null "$BIN/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
	[[ $output != *'"tracker"'* ]]
	rm -r "$dir"
}

@test "in a user namespace of his own it has no rights" {
	fixture_of "$OTHER"
	for how in -U -Ur -Urm -Urpf; do
		run --separate-stderr as "$MEMBER" unshare "$how" "$BIN/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
		echo "$how: $status $output $stderr"
		[[ $output != *'"source":"tracker"'* ]]
		run as "$MEMBER" unshare "$how" "$BIN/portwatch" --pin-dir "$PIN" unload
		[[ $status -ne 0 ]]
	done
	pw -q status >/dev/null
}

@test "pins by another way than their own path are not believed" {
	fixture_of "$OTHER"
	ln -s "$PIN" "$OUTPUTS/link"
	chmod 755 "$OUTPUTS"
	RUN_IN=$NETNS start other setpriv --reuid="$MEMBER" --regid=nogroup --init-groups unshare -Urm sh -c \
		"mount -t tmpfs t /sys/fs && mkdir -p '$PIN' && echo there && exec sleep 60"
	other=$RET
	await 5 grep -qs there "$OUTPUTS/other"
	for dir in "/proc/$other/root$PIN" "/proc/self/root$PIN" "/proc/$$/root$PIN" "$OUTPUTS/link"; do
		run --separate-stderr as "$MEMBER" "$BIN/portwatch" --pin-dir "$dir" status
		echo "$dir: $status $output $stderr"
		[[ $status -eq 3 ]]
		run --separate-stderr as "$MEMBER" "$BIN/portwatch" --pin-dir "$dir" --json "$PORT/tcp"
		[[ $(jq -r .source <<<"$output") != tracker ]]
	done
}

@test "files, namespaces and control groups that a member names are opened with his rights" {
	secret=$(mktemp -d)
	echo 'root:hunter2:' >"$secret/shadow"
	for word in "--netns $secret/shadow" "--cgroup $secret" "--netns /proc/1/ns/net" "--netns /proc/1/root/run/netns/x" \
		"--cgroup /proc/1/root/sys/fs/cgroup" "--netns /run/netns/$NETNS" "--cgroup /../../../etc" "--netns 1" \
		"--pin-dir $secret"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr as "$MEMBER" "$BIN/portwatch" --pin-dir "$PIN" list --json $word
		echo "$word: $status $output $stderr"
		[[ $status -lt 128 && ${#stderr_lines[@]} -le 2 ]]
		[[ $output$stderr != *hunter2* ]]
	done
	run --separate-stderr as "$MEMBER" "$BIN/portwatch" stream --replay "$secret/shadow"
	[[ $status -ne 0 && $stderr != *hunter2* ]]
	run --separate-stderr as "$MEMBER" "$BIN/portwatch" --pin-dir "$PIN" stream --record "$secret/mine"
	[[ $status -ne 0 && ! -e $secret/mine ]]
	rm -r "$secret"
}

# A process that is hidden from him in /proc is not hidden in the tracker: docs/permissions.md says so.
@test "hidepid hides nobody from a member, and breaks nothing" {
	fixture_of "$OTHER"
	run --separate-stderr unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh \
		nsenter --net="/run/netns/$NETNS" setpriv --reuid="$MEMBER" --regid=nogroup --init-groups \
		sh -c 'test ! -e "/proc/$0" && exec "$@"' "$PID" "$BIN/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$status $output $stderr"
	[[ $status -eq 0 ]]
	sees_the_tracker "$output"
}

@test "members that are killed or stopped in the middle leave nothing behind, and keep nobody waiting" {
	fixture_of "$OTHER"
	start members setpriv --reuid="$MEMBER" --regid=nogroup --init-groups \
		"$BIN/pinattack" stop 70 "$BIN/portwatch" --pin-dir "$PIN" list
	await 20 grep -qs stopped "$OUTPUTS/members.err"
	# The questions and the records of others are not theirs to fill.
	[[ $(bpftool -j map dump pinned "$PIN/maps/queries" | jq length) -eq 0 ]]
	# token and time of each
	[[ $(bpftool -j map dump pinned "$PIN/maps/claims" | jq -c '[.[].value | range(0; length; 16) as $at |
		.[$at:$at + 8] | select(any(. != "0x00"))]') = "[]" ]]
	for _ in {1..20}; do
		run -0 --separate-stderr timeout 10 nsenter --net="/run/netns/$NETNS" \
			"$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
		sees_the_tracker "$output"
	done
	run -0 timeout 60 "$PORTWATCH" --pin-dir "$PIN" status
	pw unload
}

@test "a recording has no address of the kernel's in it" {
	start rec nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" stream --record "$OUTPUTS/recording"
	await_listening "$RET"
	in_ns "$PORTFIX" --conn-churn 50
	await 10 eval '(($(stat -c %s "$OUTPUTS/recording") > 8000))'
	kill -INT "$RET"
	await 10 dead "$RET"
	# Kernel addresses end in ...ffff in this byte order; their upper 16 bits are all set.
	run python3 - "$OUTPUTS/recording" <<-'END'
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		values = [struct.unpack_from("<Q", data, i)[0] for i in range(0, len(data) - 7, 4)]
		told = [hex(v) for v in values if 0xffff800000000000 <= v < 0xffffffffff000000]
		print(len(values), told[:4])
		sys.exit(bool(told))
	END
	echo "$output"
	[[ $status -eq 0 ]]
}
