#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual says what the program does: the same options, the same fields.

load lib
export LC_ALL=C

setup() {
	PAGES=$PORTWATCH_BUILD/share/man
	[ -e "$PAGES/portwatch.1" ] || skip "not built (make docs)"
	command -v man >/dev/null || skip "needs man"
}

# A page as it is read.
page() {
	MANWIDTH=200 man --no-hyphenation --no-justification -E UTF-8 -l "$PAGES/$1" | col -b
}

# The page of a command: two share that of load.
page_of() {
	case $1 in
	unload | status) echo portwatch-load.1 ;;
	reserve | unguard) echo portwatch-guard.1 ;;
	help | version) echo portwatch.1 ;;
	*) echo "portwatch-$1.1" ;;
	esac
}

# "-s, --signal SIG" as it begins a line, less its indentation
options_in() {
	sed -nE 's/^ +((-.(, --[a-z-]+)?|--[a-z-]+)( [^ ]+)?)( *| {2,}.*)$/\1/p' | sort -u
}

commands() {
	"$PORTWATCH" --help-table | cut -f2 | while read -r name; do
		! "$PORTWATCH" "$name" --help >/dev/null 2>&1 || echo "$name"
	done
}

@test "every command has a page, and each page all options of its command's help" {
	everywhere=$(page portwatch.1 | options_in)
	[ "$(commands | wc -l)" -ge 11 ]
	for command in $(commands); do
		help=$("$PORTWATCH" "$command" --help | options_in)
		manual=$(page "$(page_of "$command")" | options_in)
		# In the command's own page, or in portwatch(1), which tells of those that all have.
		missing=$(comm -23 <(echo "$help") <(printf '%s\n' "$manual" "$everywhere" | sort -u))
		[ -z "$missing" ] || { echo "$command: not in the manual: $missing"; false; }
	done
}

@test "no page knows an option that no help has" {
	every=$(for command in $(commands); do "$PORTWATCH" "$command" --help; done |
		grep -oE -- '(^|[ ,])--?[a-zA-Z0-9][a-z-]*' | tr -d ' ,' | sort -u)
	for file in "$PAGES"/portwatch*.1; do
		unknown=$(page "${file##*/}" | grep -oE -- '(^|[ ,])--?[a-zA-Z0-9][a-z-]*' | tr -d ' ,' |
			sort -u | comm -13 <(printf '%s\n' "$every" --free -k -ti -e -r | sort -u) -)
		# -k, -ti, ss -e and jq -r are of others
		[ -z "$unknown" ] || { echo "$file: $unknown"; false; }
	done
}

@test "the pages are without complaints of the formatter" {
	for file in "$PAGES"/*; do
		run --separate-stderr env MANWIDTH=80 man --warnings -E UTF-8 -l "$file"
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[ -n "$output" ]
	done
}

# The fields of a section of portwatch.json(5), and those of all.
fields() {
	awk -v section="${1-}" '
		/^# / { inside = section == "" || $0 == "# " section || $0 == "# PARTS" }
		inside { while (match($0, /\*[a-z0-9_]+\*/)) {
			print substr($0, RSTART + 1, RLENGTH - 2)
			$0 = substr($0, RSTART + RLENGTH)
		} }' "$BATS_TEST_DIRNAME/../../src/man/portwatch.json.5.scd" | sort -u
}

@test "each field that the program can print is in portwatch.json(5)" {
	printed=$(grep -rhoE 'json_[a-z0-9_]+\(&?[a-z>-]+, "[a-z0-9_]+"' "$BATS_TEST_DIRNAME/../../src" --include='*.c' |
		sed 's/.*"\(.*\)"/\1/' | sort -u)
	[ "$(wc -l <<<"$printed")" -gt 80 ]
	missing=$(comm -23 <(echo "$printed") <(fields))
	[ -z "$missing" ] || { echo "not documented: $missing"; false; }
}

# documented SECTION: each field of the JSON on standard input is in this section
documented() {
	missing=$(jq -r '.. | objects | keys[]' | sort -u | comm -23 - <(fields "$1"))
	[ -z "$missing" ] || { echo "not in section $1: $missing"; false; }
}

@test "the fields of real events are in the section of stream" {
	"$MKRECORD" story >"$BATS_TEST_TMPDIR/story"
	"$PORTWATCH" --json --replay "$BATS_TEST_TMPDIR/story" >"$BATS_TEST_TMPDIR/events"
	[ -s "$BATS_TEST_TMPDIR/events" ]
	documented STREAM <"$BATS_TEST_TMPDIR/events"
}

@test "the examples of portwatch.json(5) are JSON, and their fields documented" {
	awk '/^```/ { inside = !inside; next } inside && !/^portwatch/' \
		"$BATS_TEST_DIRNAME/../../src/man/portwatch.json.5.scd" >"$BATS_TEST_TMPDIR/examples"
	[ "$(jq -c . "$BATS_TEST_TMPDIR/examples" | wc -l)" -eq 4 ]
	jq -r '.. | objects | keys[]' "$BATS_TEST_TMPDIR/examples" | sort -u | comm -23 - <(fields) >"$BATS_TEST_TMPDIR/missing"
	[ ! -s "$BATS_TEST_TMPDIR/missing" ]
}
