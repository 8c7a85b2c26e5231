# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that the tests of free share, loaded after lib.

# bindable PORT [FIXTURE-OPTION...]: by the only judge, a bind() without SO_REUSEADDR
bindable() {
	local port=$1
	shift
	in_ns "$PORTFIX" --addr 127.0.0.1 --bind-only --until-eof --port "$port" "$@" </dev/null >/dev/null 2>&1
}

# free STATUS ARG...: portwatch free, which must exit like that. Its report is in $output, what
# it said before in $stderr.
free() {
	local expected=$1
	shift
	run "-$expected" --separate-stderr pw free "$@"
	echo "free $*:"
	echo "$output"
	echo "$stderr"
}

alive() {
	! dead "$1"
}

# With the tracker loaded and without: run a test's body for each.
in_both_modes() {
	"$@"
	pw load
	"$@"
}
