#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Standard output: colours, pipes that close, disks that are full.

load lib

setup() {
	story=$BATS_TEST_TMPDIR/story
	"$MKRECORD" story >"$story"
}

# On a terminal of its own; what it prints is in $output.
on_terminal() {
	run script -qec "stty cols 200; $*" /dev/null
}

@test "no colour and no cutting in a pipe" {
	run "$PORTWATCH" --replay "$story"
	[[ $output != *$'\e'* ]]
	COLUMNS=20 run "$PORTWATCH" --replay "$story"
	[[ $output == *uvicorn* ]]
}

@test "colour on a terminal, unless NO_COLOR, a dumb terminal or --color never" {
	export TERM=xterm
	on_terminal "$PORTWATCH" --replay "$story"
	[[ $output == *$'\e['* ]]
	NO_COLOR=1 on_terminal "$PORTWATCH" --replay "$story"
	[[ $output != *$'\e'* ]]
	NO_COLOR='' on_terminal "$PORTWATCH" --replay "$story"
	[[ $output == *$'\e['* ]]
	TERM=dumb on_terminal "$PORTWATCH" --replay "$story"
	[[ $output != *$'\e'* ]]
	on_terminal "$PORTWATCH" --color never --replay "$story"
	[[ $output != *$'\e'* ]]
	on_terminal "$PORTWATCH" --json --replay "$story"
	[[ $output != *$'\e'* ]]
}

@test "--color always colours a pipe, too, even with NO_COLOR" {
	NO_COLOR=1 run "$PORTWATCH" --color always --replay "$story"
	[[ $output == *$'\e['* ]]
}

@test "an escape sequence in a process name is shown, never obeyed" {
	for mode in never always; do
		run "$PORTWATCH" --color $mode --replay "$story" --pid 666
		[[ $output == *'evil\x1b[31m\x0a'* ]]
		[[ $output != *$'evil\e'* ]]
	done
	run "$PORTWATCH" --json --replay "$story" --pid 666
	[[ $output == *'evil\u001b[31m\n'* ]]
}

@test "totals end the stream on a terminal only, and --no-header leaves them out" {
	on_terminal "$PORTWATCH" --replay "$story"
	on_terminal_lines=${#lines[@]}
	run "$PORTWATCH" --replay "$story"
	piped_lines=${#lines[@]}
	run "$PORTWATCH" --no-header --replay "$story"
	[ "${#lines[@]}" -eq 11 ]
	[ "$on_terminal_lines" -gt "$piped_lines" ]
	on_terminal "$PORTWATCH" --no-header --replay "$story"
	[ "${#lines[@]}" -eq 11 ]
}

@test "a closed pipe ends the program quietly" {
	"$MKRECORD" many 200000 >"$BATS_TEST_TMPDIR/many"
	for form in "" --json; do
		run --separate-stderr bash -c '{ "$1" $3 --replay "$2"; echo "status $?" >&2; } | head -n 1' \
			bash "$PORTWATCH" "$BATS_TEST_TMPDIR/many" "$form"
		echo "$stderr"
		[ "${#lines[@]}" -eq 1 ]
		[ "$stderr" = "status 0" ]
	done
}

@test "a full disk is told in one line" {
	for form in "" --json; do
		run --separate-stderr bash -c '"$1" $3 --replay "$2" >/dev/full' \
			bash "$PORTWATCH" "$story" "$form"
		[ "$status" -eq 5 ]
		one_error_line "standard output: No space left"
	done
}

@test "a closed standard output is an error, and no file of ours gets the text" {
	# Without precautions the recordings would be opened as fds 0 and 1.
	run --separate-stderr bash -c '"$1" --replay "$2" --record "$3" <&- >&-' \
		bash "$PORTWATCH" "$story" "$BATS_TEST_TMPDIR/copy"
	[ "$status" -eq 5 ]
	one_error_line "standard output"
	run ! grep -q PROCESS "$BATS_TEST_TMPDIR/copy"
}

@test "200,000 events pass through a pipe whole" {
	"$MKRECORD" many 200000 >"$BATS_TEST_TMPDIR/many"
	run bash -c '"$1" --json --replay "$2" | wc -l' bash "$PORTWATCH" "$BATS_TEST_TMPDIR/many"
	[ "$output" -eq 200000 ]
}
