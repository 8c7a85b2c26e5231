#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Commands that are executables of their own: where the program finds them, and how it starts them.

load lib

setup() {
	mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/libexec/portwatch"
	cp "$PORTWATCH" "$BATS_TEST_TMPDIR/bin/portwatch"
	PORTWATCH=$BATS_TEST_TMPDIR/bin/portwatch
	cd "$BATS_TEST_TMPDIR" || return
}

# companion PLACE: one that prints its words
companion() {
	printf '#!/bin/sh\necho "%s:$*"\n' "$1" >"$1/portwatch-top"
	chmod +x "$1/portwatch-top"
}

@test "a companion is started from beside the program, else from libexec, with all its words" {
	companion libexec/portwatch
	run --separate-stderr "$PORTWATCH" top --port 80 'a b'
	[ "$status" -eq 0 ]
	[ "$output" = "libexec/portwatch:--port 80 a b" ]
	companion bin
	run --separate-stderr "$PORTWATCH" --port 80 -4 top 'a b'
	[ "$status" -eq 0 ]
	[ "$output" = "bin:--port 80 -4 a b" ]
}

@test "a companion is never taken from PATH" {
	mkdir elsewhere
	companion elsewhere
	run --separate-stderr env PATH="$PWD/elsewhere:$PATH" "$PORTWATCH" top
	[ "$status" -eq 5 ]
	one_error_line "portwatch-top, is not installed"
}

@test "a companion that cannot be started is named" {
	companion bin
	chmod -x bin/portwatch-top
	run --separate-stderr "$PORTWATCH" top
	[ "$status" -eq 3 ]
	one_error_line "bin/portwatch-top: Permission denied"
	echo junk >bin/portwatch-export
	chmod +x bin/portwatch-export
	run --separate-stderr "$PORTWATCH" export
	[ "$status" -eq 5 ]
	one_error_line "bin/portwatch-export: Exec format error"
}
