# SPDX-License-Identifier: GPL-2.0-or-later
#
# Functions that all command tests share. They need no root: events come from recordings that
# mkrecord makes, and everything else fails before it would touch the kernel.

bats_require_minimum_version 1.5.0

: "${PORTWATCH_BUILD:=$BATS_TEST_DIRNAME/../../build}" "${PORTWATCH:=$PORTWATCH_BUILD/portwatch}"
MKRECORD=$PORTWATCH_BUILD/tests/mkrecord
export TZ=UTC LC_ALL=C
unset NO_COLOR

# The arguments are wrong usage: exit status 2, nothing on standard output, and one line on
# standard error that matches the pattern.
wrong_usage() {
	local pattern=$1
	shift
	run --separate-stderr "$PORTWATCH" "$@"
	echo "$* -> status $status, stdout: $output, stderr: $stderr"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	one_error_line "$pattern"
}

# After `run --separate-stderr`: one line "portwatch: ..." that matches the pattern.
one_error_line() {
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ ${stderr_lines[0]} == "portwatch: "* ]]
	[[ ${stderr_lines[0]} =~ $1 ]]
}
