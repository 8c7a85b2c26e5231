#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=places
#
# Refuse a facility of the kernel. No command ends because of it: the answer is right, or it is
# said what is not known and which refusal is the reason (docs/reliability.md, Refusals). More rows, and
# all pairs of them, or of the facilities that REFUSED names:
#
#	make test-long TESTS=tests/kernel/refused.bats

load lib
load refused

prepare() {
	need jq
}

@test "refused: iter/task_file" { row "iter/task_file"; }
@test "refused: iter/task" { row "iter/task"; }
@test "refused: iter/tcp" { row "iter/tcp"; }
@test "refused: iter/udp" { row "iter/udp"; }
@test "refused: iter/bpf_map_elem" { row "iter/bpf_map_elem"; }
@test "refused: iter/*" { row "iter/*"; }
@test "refused: raw_tp" { row "raw_tp"; }
@test "refused: tp_btf" { row "tp_btf"; }
@test "refused: fentry" { row "fentry"; }
@test "refused: fentry,kprobe" { row "fentry,kprobe"; }
@test "refused: cgroup/sock" { row "cgroup/sock"; }
@test "refused: cgroup/sock_addr" { row "cgroup/sock_addr"; }
@test "refused: map:ringbuf" { row "map:ringbuf"; }
@test "refused: map:hash" { row "map:hash"; }
@test "refused: map:array_of_maps" { row "map:array_of_maps"; }
@test "refused: cmd:LINK_CREATE" { row "cmd:LINK_CREATE"; }
@test "refused: cmd:ITER_CREATE" { row "cmd:ITER_CREATE"; }
@test "refused: cmd:PROG_TEST_RUN" { row "cmd:PROG_TEST_RUN"; }
@test "refused: cmd:OBJ_PIN" { row "cmd:OBJ_PIN"; }
@test "refused: cmd:OBJ_GET" { row "cmd:OBJ_GET"; }
@test "refused: btf" { row "btf"; }
@test "refused: bpf" { row "bpf"; }
@test "refused: sock_diag" { row "sock_diag"; }
@test "refused: setns" { row "setns"; }
@test "refused: open:/proc/*/fd" { row "open:/proc/*/fd"; }
@test "refused: bpf,sock_diag" { row "bpf,sock_diag"; }
@test "refused: bpf,setns" { long; row "bpf,setns"; }
@test "refused: bpf,open:/proc/*/fd" { row "bpf,open:/proc/*/fd"; }
@test "refused: bpf,readlink:/proc/*/fd/*" { long; row "bpf,readlink:/proc/*/fd/*"; }
@test "refused: iter/task_file,raw_tp" { row "iter/task_file,raw_tp"; }
@test "refused: iter/*,raw_tp" { long; row "iter/*,raw_tp"; }
@test "refused: iter/*,cmd:PROG_TEST_RUN" { long; row "iter/*,cmd:PROG_TEST_RUN"; }
@test "refused: iter/tcp,open:/proc/*/fd" { long; row "iter/tcp,open:/proc/*/fd"; }
@test "refused: iter/tcp,setns" { long; row "iter/tcp,setns"; }

@test "refused: each facility of the table has its test" {
	diff <(awk '$1 { print $1 }' <<<"$FACILITIES") <(sed -n 's/^@test .*{ \(long; \)\?row "\(.*\)"; }$/\2/p' "$BATS_TEST_FILENAME")
}

@test "refused: all pairs" {
	[[ -v TEST_LONG ]] || skip "takes half an hour: make test-long TESTS=tests/kernel/refused.bats"
	local single
	if [[ -n ${REFUSED-} ]]; then
		read -ra single <<<"$REFUSED"
	else
		mapfile -t single < <(awk '$1 && $1 !~ /,/ { print $1 }' <<<"$FACILITIES")
	fi
	every_pair "${single[@]}" >"$BATS_TEST_TMPDIR/faults"
	cat "$BATS_TEST_TMPDIR/faults"
	[[ ! -s $BATS_TEST_TMPDIR/faults ]]
}
