#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A user without rights is told which rights are missing. Nothing is loaded by these tests.

load lib

# As nobody, without any capability.
unprivileged() {
	if [ "$(id -u)" -eq 0 ]; then
		run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups \
			--inh-caps=-all --bounding-set=-all "$PORTWATCH" "$@"
	else
		run --separate-stderr "$PORTWATCH" "$@"
	fi
	echo "$*: status $status, stdout: $output, stderr: $stderr"
}

setup() {
	# The program may lie where nobody else may look.
	[ "$(id -u)" -ne 0 ] || setpriv --reuid=65534 --clear-groups --regid=65534 \
		test -x "$PORTWATCH" || skip "$PORTWATCH cannot be run by another user"
	nowhere=/sys/fs/bpf/portwatch-test-none
}

@test "without rights: no tracker, one line naming the capabilities" {
	unprivileged --pin-dir "$nowhere" load
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	one_error_line "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN: sudo portwatch .*load"
}

@test "without rights: an answer all the same" {
	unprivileged --pin-dir "$nowhere" --json 1/tcp
	[ "$status" -eq 1 ]
	[[ $output = *'"source":"snapshot"'*'"sockets":"sock_diag"'*'"unknown":['*'"why":"'* ]]
	[ -z "$stderr" ]
	unprivileged --pin-dir "$nowhere" list
	[ "$status" -eq 0 ]
}

@test "without rights: help, version, wrong usage and replay work" {
	unprivileged --help
	[ "$status" -eq 0 ]
	unprivileged 65536
	[ "$status" -eq 2 ]
	"$MKRECORD" story >"$BATS_TEST_TMPDIR/story"
	chmod a+r "$BATS_TEST_TMPDIR/story"
	unprivileged --json --replay /dev/stdin <"$BATS_TEST_TMPDIR/story"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 11 ]
}
