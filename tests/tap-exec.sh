#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run one test file so that it speaks TAP on standard output, for prove --exec. UNDER is a command
# in front of the programs under test, such as valgrind's.

set -uo pipefail
# A test that hangs ends with all it started, and not the whole run with it.
limit=(timeout --kill-after=10 "${TEST_TIMEOUT:-600}")

case $1 in
*.bats)
	exec "${limit[@]}" bats --tap "$1" </dev/null
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
