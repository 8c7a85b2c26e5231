#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Try what members.bats tries of maps in a guest, with any kernel and each value of kernel.unprivileged_bpf_disabled.
# A value of 1 stays until the machine is booted again, which no test on a developer's machine may ask for.
#
# Before 5.11 maps and programs count as locked memory, of which a member has little: he is answered all the same.
#
#	tests/vm/exec.sh -t 300 6.1 "bash tests/security/guest.sh" tests/security/guest.sh
#
# QUICK=1: one value and fewer maps, for guests that have other tests to run.

set -euo pipefail
MEMBER=7001 OTHER=7002 ASKERS=7001 MAPS=7002
SYSCTL=/proc/sys/kernel/unprivileged_bpf_disabled
BIN=/run/bin
PIN=/sys/fs/bpf/tracker
FS=/run/anybody

fail() {
	printf 'FAILED: %s\n' "$*"
	exit 1
}

# The file system of the guest's root keeps no attributes: capabilities need tmpfs.
lay_programs() {
	chmod 755 /run
	mkdir -p "$BIN" "$FS"
	cp /src/build/portwatch /src/build/tests/portfix /src/build/tests/pinattack "$BIN"
	cp "$BIN/pinattack" "$BIN/lent"
	chmod 755 "$BIN"/*
	printf 'askers:x:%s:\nportwatch-maps:x:%s:\n' $ASKERS $MAPS >>/etc/group
	chown 0:$MAPS "$BIN/portwatch" "$BIN/lent"
	chmod 2755 "$BIN/portwatch" "$BIN/lent"
	# cap_bpf (39), cap_perfmon (38) =ep: struct vfs_cap_data, linux/capability.h
	python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 0, 0, 1 << 7 | 1 << 6, 0))' "$BIN/portwatch"
	mount -t bpf -o mode=1777 bpf "$FS"
	chmod 1777 "$FS"
}

# as UID COMMAND...: the member is in his group, the other in none. Through a shell: setpriv would execute it with
# root's right to execute anything.
as() {
	local uid=$1 groups=--clear-groups
	shift
	[[ $uid != "$MEMBER" ]] || groups=--groups=$ASKERS
	setpriv --reuid="$uid" --regid=65534 "$groups" sh -c 'exec "$@"' sh "$@"
}

# opens_no_map COMMAND...: what runs our attack on a map
opens_no_map() {
	local map said
	for map in "${maps[@]}"; do
		said=$("$@" "$BIN/pinattack" reopen "$PIN/maps/$map" "$FS/mine" 2>&1) && fail "$map, $*: $said"
		case $said in
		# where bpf() itself is closed to him, and where there are no user namespaces
		"open to read: Permission denied" | "open to read: Operation not permitted") tried=$((tried + 1)) ;;
		unshare:*) refused=$((refused + 1)) ;;
		*) fail "$map, $*: $said" ;;
		esac
	done
	[[ ! -e $FS/mine ]] || fail "pinned by $*"
}

# ask KIB: what the member is answered with so much locked memory, in SAID, and the complaints in /run/complaints
ask() {
	SAID=$(prlimit --memlock=$(($1 * 1024)):$(($1 * 1024)) setpriv --reuid=$MEMBER --regid=65534 --groups=$ASKERS \
		sh -c 'exec "$@"' sh "$BIN/portwatch" --pin-dir "$PIN" --json "$port/tcp" 2>/run/complaints) ||
		fail "no answer with $1 KiB: $SAID $(</run/complaints)"
}

is_whole() {
	[[ $(jq -c '[.source, .sockets[0].owners[0].pid, .unknown]' <<<"$SAID") = "[\"tracker\",$pid,null]" ]]
}

# With little memory he may be told less, and then he is told that, and why; never that the port is free.
answers_within_limits() {
	local how=whole
	ask 64
	if ! is_whole; then
		how="said to lack holders"
		jq -e '(.unknown | index("holders") and index("creator")) and .sockets[0].state == "LISTEN" and
			.sockets[0].owners == []' <<<"$SAID" >/dev/null || fail "with 64 KiB: $SAID"
		grep -q '64 KiB of locked memory' /run/complaints || fail "with 64 KiB: $(</run/complaints)"
	fi
	ask 8192
	is_whole || fail "with 8 MiB: $SAID"
	printf '%s, the answer with 64 KiB of locked memory: %s; with 8 MiB: whole\n' "$(uname -r)" "$how"
}

values=(0 2 1) users=("$MEMBER" "$OTHER") maps=(sockets meta stats history records queries)
[[ -z ${QUICK-} ]] || values=(0) users=("$MEMBER") maps=(sockets meta)
lay_programs
"$BIN/portwatch" --pin-dir "$PIN" load --group askers
# Keep the fixture from our output, whose end somebody may wait for, and end it however we end.
as $OTHER "$BIN/portfix" >/run/fixture 2>/dev/null &
trap '[[ ! -v pid ]] || kill "$pid"' EXIT
for _ in {1..300}; do ! grep -qs ^ready /run/fixture || break; sleep 0.1; done
line=" $(grep ^ready /run/fixture)"
[[ $line =~ \ port=([0-9]+) ]] && port=${BASH_REMATCH[1]}
[[ $line =~ \ pid=([0-9]+) ]] && pid=${BASH_REMATCH[1]}

# Proves that the attack succeeds for who can read, before 1 closes that, too.
if [[ -z ${QUICK-} ]]; then
	echo 0 >$SYSCTL
	said=$(as $MEMBER "$BIN/lent" reopen "$PIN/maps/meta" "$FS/mine")
	[[ $said = *"open again: done"*"write: done"* ]] || fail "the attack itself does not work: $said"
	"$BIN/portwatch" --pin-dir "$PIN" unload
	"$BIN/portwatch" --pin-dir "$PIN" -q load --group askers
fi

for value in "${values[@]}"; do
	echo "$value" >$SYSCTL
	[[ $(<$SYSCTL) = "$value" ]] || fail "the sysctl stays $(<$SYSCTL)"
	tried=0 refused=0
	for user in "${users[@]}"; do
		opens_no_map as "$user"
		opens_no_map as "$user" unshare -Ur
		opens_no_map as "$user" unshare -Urm
	done
	# Once more below
	if [[ -z ${QUICK-} ]]; then
		ask 8192
		is_whole || fail "with $value: $SAID"
	fi
	as $OTHER "$BIN/portwatch" --pin-dir "$PIN" --json "$port/tcp" 2>&1 | grep -q '"source":"tracker"' && fail "the other"
	printf '%s, sysctl %s: %s attempts, 0 succeeded; %s without user namespaces\n' \
		"$(uname -r)" "$value" $tried $refused
done
answers_within_limits
"$BIN/portwatch" --pin-dir "$PIN" -q unload
