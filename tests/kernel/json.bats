#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands print with --json what portwatch.json(5) says of each.

load lib

# The fields that the page documents in a section, and those of the parts that all have.
fields() {
	awk -v section="$1" '
		/^# / { inside = $0 == "# " section || $0 == "# PARTS" }
		inside { while (match($0, /\*[a-z0-9_]+\*/)) {
			print substr($0, RSTART + 1, RLENGTH - 2)
			$0 = substr($0, RSTART + RLENGTH)
		} }' "$BATS_TEST_DIRNAME/../../src/man/portwatch.json.5.scd" | LC_ALL=C sort -u
}

# documents SECTION COMMAND...: the command prints JSON, and every field of it is there
documents() {
	local section=$1 missing
	shift
	run --separate-stderr "$@"
	[ -n "$output" ]
	jq -e . <<<"$output" >/dev/null
	# The members of "states" are the states themselves.
	missing=$(jq -r 'paths | select(.[-2] != "states") | .[-1] | strings' <<<"$output" |
		LC_ALL=C sort -u | comm -23 - <(fields "$section"))
	[ -z "$missing" ] || { echo "$*: not in section $section: $missing"; return 1; }
}

@test "every field of every command's JSON is in its section of portwatch.json(5)" {
	documents DOCTOR pw doctor --json
	can_load || skip "the rest needs a tracker that can be pinned"
	documents STATUS pw status --json
	pw load
	start stream env "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" stream --json
	start_fixture gone --reuseaddr
	first=$PORT
	kill -TERM "$PID"
	await 5 dead "$PID"
	start_fixture refused --port "$first" --reuseaddr
	start_fixture left --state TIME_WAIT
	left=$PORT
	documents "WHO, LIST AND WAIT" pw --json "$first" "$left"
	[ "$(jq '.history | length' <<<"$output")" -ge 1 ]
	[ "$(jq '[.sockets[] | select(.state == "TIME_WAIT")] | length' <<<"$output")" -ge 1 ]
	documents "WHO, LIST AND WAIT" pw list --json
	documents "WHO, LIST AND WAIT" pw wait "$first/tcp" --for listen --json
	documents TIMEWAIT pw timewait --once --json
	documents STATUS pw status --json
	documents CHECK pw check --json
	documents FREE pw free --json "$first/tcp"
	await_line stream '"event":"close"'
	documents STREAM cat "$OUTPUTS/stream"
}
