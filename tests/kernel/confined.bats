#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=places
#
# Where a command sees or may do less: namespaces, capabilities, /proc and netlink taken away. In each place `who`,
# `list` and `free -n` are right, or say what they do not know: docs/places.md has the table.

load lib
load refused
load confined

prepare() {
	need jq setpriv ss
	# for whoever may not read the build
	cp "$PORTWATCH" "$REFUSE" "$OUTPUTS"
	chmod 755 "$OUTPUTS" "$OUTPUTS"/*
	PORTWATCH=$OUTPUTS/portwatch REFUSE=$OUTPUTS/refuse
	scene
}

@test "confined: no CAP_BPF" { confined "no CAP_BPF"; }
@test "confined: no CAP_PERFMON" { confined "no CAP_PERFMON"; }
@test "confined: no CAP_NET_ADMIN" { confined "no CAP_NET_ADMIN"; }
@test "confined: no CAP_SYS_ADMIN" { confined "no CAP_SYS_ADMIN"; }
@test "confined: no CAP_SYS_PTRACE" { confined "no CAP_SYS_PTRACE"; }
@test "confined: no CAP_DAC_READ_SEARCH" { confined "no CAP_DAC_READ_SEARCH"; }
@test "confined: no CAP_BPF, SYS_ADMIN" { confined "no CAP_BPF, SYS_ADMIN"; }
@test "confined: no CAP_BPF, SYS_ADMIN, SYS_PTRACE" { confined "no CAP_BPF, SYS_ADMIN, SYS_PTRACE"; }
@test "confined: no capabilities" { confined "no capabilities"; }
@test "confined: a container's capabilities" { confined "a container's capabilities"; }
@test "confined: an ordinary user" { confined "an ordinary user"; }
@test "confined: unshare -Ur" { confined "unshare -Ur"; }
@test "confined: a PID namespace" { confined "a PID namespace"; }
@test "confined: a PID namespace, no BPF" { confined "a PID namespace, no BPF"; }
@test "confined: a PID namespace in another" { confined "a PID namespace in another"; }
@test "confined: hidepid=2, root" { confined "hidepid=2, root"; }
@test "confined: hidepid=2, an ordinary user" { confined "hidepid=2, an ordinary user"; }
@test "confined: no /proc" { confined "no /proc"; }
@test "confined: no /proc, no BPF" { confined "no /proc, no BPF"; }
@test "confined: no netlink" { confined "no netlink"; }
@test "confined: no netlink, no BPF" { confined "no netlink, no BPF"; }
@test "confined: no netlink, an ordinary user" { confined "no netlink, an ordinary user"; }

@test "confined: each place of the table has its test" {
	diff <(awk -F '\t' '$1 { print $1 }' <<<"$CONFINED") <(sed -n 's/^@test .*{ confined "\(.*\)"; }$/\1/p' "$BATS_TEST_FILENAME")
}

# told PID [RULES]: list names this holder of port 21012, with these facilities refused
told() {
	in_ns ${2:+"$REFUSE" --unhit-ok "$2" --} "$PORTWATCH" --pin-dir "$PIN" list --json --netns all --port 21012/tcp >"$OUTPUTS/told"
	jq -e --argjson pid "$1" '[.sockets[].owners[].pid] == [$pid]' "$OUTPUTS/told" || { cat "$OUTPUTS/told"; return 1; }
}

@test "a network namespace inside of another, that one process is in" {
	local rules
	# shellcheck disable=SC2016 # expanded there
	start inner unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$PORTFIX" --addr 127.0.0.1 --port 21012
	await_line inner ^ready
	PID=$(field pid "$RET")
	for rules in "" raw_tp bpf bpf,sock_diag bpf,setns; do
		told "$PID" "$rules" || { echo "with $rules refused"; return 1; }
	done
}
