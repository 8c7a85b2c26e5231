#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# portwatch guard under what should break it: SIGKILL at any system call, hostile binds, a full table, the clock.

load lib
source "$BATS_TEST_DIRNAME/guard.bash"

# one_of_two: TCP and UDP are either both guarded or neither, and after the next command the port is reserved
# just as it is guarded
one_of_two() {
	local tcp udp list
	tcp=$(in_ns "$BINDER" one port=443) udp=$(in_ns "$BINDER" one proto=udp port=443)
	[[ $tcp = "$udp" ]] || { echo "TCP: $tcp, UDP: $udp"; return 1; }
	list=$(pw guard 2>&1) || true
	[[ $(in_ns "$BINDER" one port=443) = "$tcp" ]] || { echo "another answer after a list: $list"; return 1; }
	if [[ $tcp = EPERM ]]; then
		[[ $(reserved) = 443,5000 ]]
	else
		[[ $(reserved) = 5000 && ! -e $PIN-guard ]]
	fi || { echo "$tcp, reserved $(reserved), $(ls "$PIN-guard" 2>&1)"; return 1; }
	RET=$tcp
}

# killed_anywhere BEFORE STEP COMMAND...: kill the command at a stop at a system call, then at each STEPth later, and see
# what is left. BEFORE is done first.
killed_anywhere() {
	local before=$1 step=$2 at status whole=0 none=0
	shift 2
	for ((at = 1 + RANDOM % step; ; at += 1 + RANDOM % (2 * step - 1))); do
		$before
		status=0
		in_ns "$KILLAT" $at "$PORTWATCH" --pin-dir "$PIN" -q "$@" || status=$?
		one_of_two || { echo "killed at $at: $status"; return 1; }
		[[ $RET = EPERM ]] && whole=$((whole + 1)) || none=$((none + 1))
		[[ $status -eq 137 ]] || break
	done
	[[ $status -eq 0 ]]
	echo "# $*: killed at $at steps, whole $whole, none $none" >&3
	((whole && none))
}

is_guarded() {
	pw -q guard 443 --user 4242
}

is_unguarded() {
	pw -q unguard --all 2>/dev/null || true
}

@test "killed at any system call, guard leaves the whole guard or none" {
	in_ns sh -c 'echo 5000 >/proc/sys/net/ipv4/ip_local_reserved_ports'
	killed_anywhere is_unguarded "$(times 7 1)" guard 443 --user 4242
}

@test "killed at any system call, unguard leaves the whole guard or none" {
	in_ns sh -c 'echo 5000 >/proc/sys/net/ipv4/ip_local_reserved_ports'
	killed_anywhere is_guarded "$(times 16 1)" unguard 443
}

@test "hostile binds: no wrong decision, and every refusal is counted" {
	cgroup in && cgroup out
	make_netns other
	cp "$BINDER" "$OUTPUTS/copy"
	pw guard 4430 --user 4242 --cgroup "$MINE/in" --exe "$OUTPUTS/copy"
	run -0 in_ns "$BINDER" storm "$(times 24000 1000000)" 24 4430 $RANDOM "$MINE/in" "$MINE/out" "/run/netns/$RET" "$OUTPUTS/copy"
	echo "# $output" >&3
	[[ $output =~ ^wrong=0\ refused=([0-9]+)$ ]]
	((BASH_REMATCH[1] > 1000))
	[[ $(guards '.guards[0].refused') = "${BASH_REMATCH[1]}" ]]
}

@test "a full table is told in one line, and the guards that are there stay" {
	long
	local i
	for ((i = 1; i <= 1024; i++)); do
		pw -q guard $i/tcp --user 4242
	done
	run -5 pw guard 2000 --user 4242
	[[ ${#lines[@]} -eq 1 && $output = "portwatch: there is no room for more guards "* ]]
	binds EPERM port=1024
	binds ok port=2000
}

@test "a bind() of another port costs next to nothing, one of a guarded port little" {
	long
	pw guard 443 --user 0
	run -0 in_ns "${BINDER%/*}/bindcost" "$PIN-guard/links/guard_bind4" "$CGROUP" 4430 200000
	echo "# not guarded: $output" >&3
	[[ $output =~ ^empty=([0-9]+)\ guard=([0-9]+)$ ]]
	((BASH_REMATCH[2] - BASH_REMATCH[1] <= 100))
	run -0 in_ns "${BINDER%/*}/bindcost" "$PIN-guard/links/guard_bind4" "$CGROUP" 443 200000
	echo "# allowed: $output" >&3
	[[ $output =~ ^empty=([0-9]+)\ guard=([0-9]+)$ ]]
	((BASH_REMATCH[2] - BASH_REMATCH[1] <= 1000))
}
