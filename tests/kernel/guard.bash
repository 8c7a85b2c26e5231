# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of guards: a namespace in which every port is everybody's, cgroups of a test's own ($MINE), and whatever is guarded
# undone at the end.

BINDER=${PORTWATCH_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/binder

KILLAT=${BINDER%/*}/killat

prepare() {
	local failure
	CGROUP=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[[ -n $CGROUP ]] || skip "cgroup2 is mounted nowhere"
	# Cgroups of this test alone, the innermost last
	CGROUPS=()
	MINE=$CGROUP/portwatch$$x$BATS_TEST_NUMBER.slice
	# So that users may bind what only root may as a rule
	in_ns sh -c 'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start'
	[[ ! -e $BATS_FILE_TMPDIR/works ]] || return 0
	failure=$(pw -q guard 1 --user 0 2>&1) || {
		[[ $failure != *"this kernel cannot"* && $failure != *"not permitted"* ]] || skip "$failure"
		echo "$failure"
		return 1
	}
	pw -q unguard 1
	: >"$BATS_FILE_TMPDIR/works"
}

teardown() {
	local i
	# skipped before anything was set up
	[[ ! -v OUTPUTS || -z ${CGROUP-} ]] || pw -q unguard --all || true
	rm -rf "$PIN-guard"
	kernel_teardown
	for ((i = ${#CGROUPS[@]} - 1; i >= 0; i--)); do
		[[ ! -d ${CGROUPS[i]} ]] || rmdir "${CGROUPS[i]}" 2>/dev/null || await 5 rmdir "${CGROUPS[i]}"
	done
}

# cgroup NAME: make one below this test's own; its path is left in RET
cgroup() {
	local name path=$MINE
	for name in "" ${1//\// }; do
		path=$path${name:+/$name}
		[[ -d $path ]] || { mkdir "$path"; CGROUPS+=("$path"); }
	done
	RET=$path
}

# binds RESULT KEY...: what a bind() ends in
binds() {
	local wanted=$1
	shift
	run -0 in_ns "$BINDER" one "$@"
	[[ $output = "$wanted" ]] || { echo "$*: $output, not $wanted"; return 1; }
}

reserved() {
	in_ns cat /proc/sys/net/ipv4/ip_local_reserved_ports
}

# guards FILTER: what jq says of the guards
guards() {
	pw guard --json | jq -rc "$1"
}
