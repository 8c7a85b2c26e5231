# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Is anything of a tracker left in the kernel? One that is loaded with `--max-sockets "$SIZE"` is told
# by it from any other tracker that this machine may have.

sized_setup() {
	SIZE=$((20000 + ($$ * 64 + BATS_TEST_NUMBER) % 32768))
}

# How many maps `sockets` of this test there are. Every program uses it and every link a program:
# as long as anything of a tracker is left in the kernel, this map is.
maps_of_ours() {
	bpftool -j map show | jq "[.[] | select(.name == \"sockets\" and .max_entries == $SIZE)] | length"
}

nothing_left() {
	[[ ! -e $PIN ]]
	await 5 eval '[[ $(maps_of_ours) = 0 ]]'
}
