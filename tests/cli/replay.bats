#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load lib

setup() {
	story=$BATS_TEST_TMPDIR/story
	"$MKRECORD" story >"$story"
}

golden=$BATS_TEST_DIRNAME/golden

@test "replay as text is as it was" {
	LC_ALL=C.UTF-8 run --separate-stderr "$PORTWATCH" --replay "$story"
	diff -u "$golden/story.txt" <(printf '%s\n' "$output")
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
}

@test "replay as text has no byte beyond ASCII where the locale has none" {
	LC_ALL=C run --separate-stderr "$PORTWATCH" --replay "$story"
	[[ $output = *"SYN_SENT -> ESTABLISHED"* ]]
	run ! grep -P '[^\x00-\x7f]' <<<"$output"
}

@test "replay as JSON is as it was, and each line is an object" {
	run --separate-stderr "$PORTWATCH" --replay "$story" --json
	diff -u "$golden/story.json" <(printf '%s\n' "$output")
	[ "$status" -eq 0 ]
	for line in "${lines[@]}"; do
		[ "$(jq -r type <<<"$line")" = object ]
	done
}

@test "text does not depend on where it is replayed: the times are the recorder's" {
	TZ=Asia/Tokyo run "$PORTWATCH" --replay "$story" --no-header
	[[ ${lines[0]} == *21:00:00.000000* ]] || [[ ${lines[0]} == *12:00:00.000000* ]]
	run "$PORTWATCH" --replay "$story" --json
	[[ ${lines[0]} == *2026-01-01T12:00:00.000000Z* ]]
}

# The filters and the number of events of the story that pass; `lost` always does.
@test "every filter applies to a replay" {
	passes() {
		local want=$1
		shift
		run --separate-stderr "$PORTWATCH" --replay "$story" --json "$@"
		echo "$*: ${#lines[@]} lines, want $want; $stderr"
		[ "$status" -eq 0 ]
		[ "${#lines[@]}" -eq "$want" ]
		[[ ${lines[-1]} == *'"event":"lost","count":128'* ]]
	}
	passes 11
	passes 8 --port 8000
	passes 1 --port 8001
	passes 3 --port 43670
	passes 2 --port 53/udp
	passes 1 --port 53/tcp
	passes 3 --pid 812
	passes 2 --pid 900
	passes 5 --pid 812 --pid 900 --pid 666
	passes 7 --comm tracd
	passes 2 --user root
	passes 2 --user 1001
	passes 2 --event bind-failed
	passes 4 --event bind,listen
	passes 2 --state LISTEN
	passes 3 --state ESTABLISHED
	passes 10 --proto tcp
	passes 2 --proto udp
	passes 9 -4
	passes 3 -6
	passes 3 --peer 127.0.0.1:8000
	passes 7 --peer 127.0.0.1
	passes 10 --netns self
	passes 11 --netns all
	passes 3 --pid 812 --port 43670
	passes 1 --pid 812 --port 8000
}

@test "what is no recording is refused in one line" {
	: >"$BATS_TEST_TMPDIR/empty"
	head -c 30 "$story" >"$BATS_TEST_TMPDIR/short"
	head -c 4096 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
	for file in empty short noise; do
		run --separate-stderr "$PORTWATCH" --replay "$BATS_TEST_TMPDIR/$file"
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		one_error_line "$file is not a recording"
	done
	for file in "$BATS_TEST_TMPDIR/missing" "$BATS_TEST_TMPDIR"; do
		run --separate-stderr "$PORTWATCH" --replay "$file"
		[ "$status" -eq 5 ]
		one_error_line "cannot read $file"
	done
}

@test "a recording of another version is refused in one line" {
	"$MKRECORD" future >"$BATS_TEST_TMPDIR/future"
	run --separate-stderr "$PORTWATCH" --replay "$BATS_TEST_TMPDIR/future"
	[ "$status" -eq 5 ]
	one_error_line "another version"
}

@test "a recording cut short is shown as far as it goes, at every length" {
	size=$(stat -c %s "$story")
	for length in 65 199 200 201 300 1000 $((size - 136)) $((size - 1)); do
		head -c "$length" "$story" >"$BATS_TEST_TMPDIR/cut"
		run --separate-stderr "$PORTWATCH" --replay "$BATS_TEST_TMPDIR/cut" --json
		whole=$(((length - 64) / 136))
		echo "$length bytes: ${#lines[@]} events, $whole whole; $stderr"
		[ "${#lines[@]}" -eq "$whole" ]
		if [ $(((length - 64) % 136)) -eq 0 ]; then
			[ "$status" -eq 0 ]
			[ -z "$stderr" ]
		else
			[ "$status" -eq 5 ]
			one_error_line "damaged or cut short after event $whole"
		fi
	done
}

@test "one wrong bit anywhere in an event is found" {
	for offset in 64 70 72 100 150 199; do
		cp "$story" "$BATS_TEST_TMPDIR/bad"
		byte=$(od -An -tu1 -j "$offset" -N 1 "$story")
		printf '%b' "\\x$(printf %02x $((byte ^ 4)))" |
			dd of="$BATS_TEST_TMPDIR/bad" bs=1 seek="$offset" conv=notrunc status=none
		run --separate-stderr "$PORTWATCH" --replay "$BATS_TEST_TMPDIR/bad" --json
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		one_error_line "damaged or cut short after event 0"
	done
}

@test "a replay can be recorded again, filtered, and gives the same" {
	run "$PORTWATCH" -q --replay "$story" --pid 1479 --record "$BATS_TEST_TMPDIR/some"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/some")" = 600 ]
	diff <("$PORTWATCH" --replay "$story" --pid 1479 --json) \
		<("$PORTWATCH" --replay "$BATS_TEST_TMPDIR/some" --json)
}

@test "a recording is not overwritten by its own replay" {
	before=$(cksum <"$story")
	wrong_usage "itself" --replay "$story" --record "$story"
	ln "$story" "$story.link"
	wrong_usage "itself" --replay "$story" --record "$story.link"
	[ "$(cksum <"$story")" = "$before" ]
}

@test "recording to a full disk or a wrong place is told in one line" {
	run --separate-stderr "$PORTWATCH" -q --replay "$story" --record /dev/full
	[ "$status" -eq 5 ]
	one_error_line "cannot write /dev/full: No space left"
	run --separate-stderr "$PORTWATCH" -q --replay "$story" --record /no/such/folder/file
	[ "$status" -eq 5 ]
	one_error_line "cannot write /no/such/folder/file: No such file"
}

@test "a disk that fills up while recording is told, and what is whole can be replayed" {
	"$MKRECORD" many 1000 >"$BATS_TEST_TMPDIR/many"
	for input in "$story" "$BATS_TEST_TMPDIR/many"; do
		# The recording fits one KiB: the header and seven events.
		run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 1; "$1" -q --replay "$2" --record "$3"' \
			bash "$PORTWATCH" "$input" "$BATS_TEST_TMPDIR/partly"
		[ "$status" -eq 5 ]
		one_error_line "cannot write .*/partly: File too large"
		run --separate-stderr "$PORTWATCH" --replay "$BATS_TEST_TMPDIR/partly" --json
		[ "$status" -eq 5 ]
		[ "${#lines[@]}" -eq 7 ]
		one_error_line "after event 7"
	done
}
