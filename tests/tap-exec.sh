#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run one test file so that it speaks TAP on standard output, for prove --exec. UNDER is a command
# in front of the programs under test, such as valgrind's.

set -uo pipefail
# End a test that hangs with all it started, and not the whole run with it.
limit=(timeout --kill-after=10 "${TEST_TIMEOUT:-1200}")

# in_slot COMMAND...: with a number in TEST_SLOT that no file has that runs at this time. flock holds
# the number and not the command, whose children may outlive it.
in_slot() {
	local slot status taken=200 folder=${XDG_RUNTIME_DIR:-/tmp}/portwatch-tests-$UID
	mkdir -p "$folder"
	while :; do
		for slot in {0..7}; do
			TEST_SLOT=$slot flock --nonblock --conflict-exit-code $taken --close "$folder/$slot" "$@"
			status=$?
			[[ $status -eq $taken ]] || exit $status
		done
		sleep 0.5
	done
}

case $1 in
*.bats)
	in_slot "${limit[@]}" bats --tap "$1" </dev/null
	;;
*.sh)
	exec "${limit[@]}" bash "$1" </dev/null
	;;
*)
	# cmocka 1.1.5 reports a skipped test as one that failed, and its group as a comment.
	read -ra under <<<"${UNDER-}"
	CMOCKA_MESSAGE_OUTPUT=TAP "${limit[@]}" "${under[@]}" "$1" </dev/null |
		sed -u -e '/^# ok - /d' -e 's/^not ok \([0-9]* *\)# SKIP \(.*\)/ok \1- \2 # SKIP by the test/'
	;;
esac
