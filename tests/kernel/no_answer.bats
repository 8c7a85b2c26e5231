#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where the answer cannot be had the status is 5, never that of yes or no.

load lib
load free

body_no_answer() {
	local status=0
	start_fixture "a$1" --addr 127.0.0.1
	pw "$PORT/tcp" >/dev/full 2>"$OUTPUTS/err" || status=$?
	[ "$status" -eq 5 ]
	status=0
	pw free -n "$PORT/tcp" >/dev/full 2>"$OUTPUTS/err" || status=$?
	[ "$status" -eq 5 ]
	for limit in 4 5 6 8; do
		status=0
		(ulimit -n "$limit"; pw "$PORT/tcp") >"$OUTPUTS/out" 2>"$OUTPUTS/err" || status=$?
		echo "with $limit descriptors: $status, $(head -1 "$OUTPUTS/err")"
		# an answer, or none; but not "free"
		[[ $status -ne 1 ]]
		if [ "$status" -ne 0 ]; then
			! grep -q unloaded "$OUTPUTS/err"
		fi
	done
}

@test "no room for the output, no descriptors: 5, and not that the tracker was unloaded" {
	body_no_answer 1
	pw -q load
	body_no_answer 2
}

@test "sudo answers for the user who asked" {
	printf '#!/bin/sh\nSUDO_UID=65534 "$@"\n' >"$OUTPUTS/sudo"
	chmod +x "$OUTPUTS/sudo"
	run in_ns "$OUTPUTS/sudo" "$PORTWATCH" --pin-dir "$PIN" 80/tcp
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output = *"ports below 1024 need CAP_NET_BIND_SERVICE: user 65534 needs sudo to start the server as well"* ]]
	# a shell of root's that sudo started asks for root
	run in_ns env SUDO_UID=65534 "$PORTWATCH" --pin-dir "$PIN" 80/tcp
	[[ $status -eq 1 && $output = *"80/tcp: free"* && $output != *CAP_NET* ]]
}
