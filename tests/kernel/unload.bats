#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A reader whose tracker goes while it reads.

load lib

prepare() {
	need jq
}

# Load a tracker and start a reader of it, whose pid is left in READER.
load_and_read() {
	pw -q load
	start reader "$PORTWATCH" --pin-dir "$PIN" --json stream
	READER=$RET
	await 10 eval '[[ $(pw --json status | jq .events.readers) = 1 ]]'
}

reader_ends() {
	local status=0
	await 20 dead "$READER"
	wait "$READER" || status=$?
	echo "$status $(<"$OUTPUTS/reader.err")"
	[[ $status -eq 5 && $(<"$OUTPUTS/reader.err") = "portwatch: the tracker in $PIN was unloaded"* ]]
}

@test "a reader whose tracker is unloaded says so and ends" {
	load_and_read
	pw -q unload
	pw -q load # another one in its place is not what it reads
	reader_ends
}

@test "a reader of a tracker whose unload was killed, and that was loaded again, ends as well" {
	need strace
	load_and_read
	in_ns strace -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:signal=KILL:when=30 \
		"$PORTWATCH" --pin-dir "$PIN" unload || true
	[[ -d $PIN ]]
	pw -q load
	reader_ends
}
