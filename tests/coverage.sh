#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	coverage.sh BUILD TESTS [FOLDER]
#
# Build with --coverage under BUILD, run the TESTS (all if empty), and print what they reached: lines of src/ by
# folder and in all, and the files of which least was reached. With a FOLDER, pages that show each line there.

set -euo pipefail
cd "$(dirname "$0")/.."
pages=()
[[ -z ${3-} ]] || { mkdir -p "$3" && pages=(--html-details "$3/index.html"); }
# Threads count in the same places: without atomic additions a count may come out negative, which gcovr refuses.
${MAKE:-make} --silent B="$1" CFLAGS="-O0 -g --coverage -fprofile-abs-path -fprofile-update=atomic" LDFLAGS=--coverage all tests docs
find "$1" -name '*.gcda' -delete
# shellcheck disable=SC2086 # a list of files
PORTWATCH_BUILD=$1 tests/run $2 || true
summary=$(gcovr --root . --filter src/ --object-directory "$1" "$1/obj/src" --json-summary - "${pages[@]}")

jq -r '
	def row($name; $files): ($files | map(.line_covered) | add) as $reached | ($files | map(.line_total) | add) as $all
		| [$name, $reached, $all, "\($reached * 1000 / $all | floor / 10) %"] | @tsv;
	(.files | group_by(.filename | sub("/[^/]*$"; "")) | .[] | row(.[0].filename | sub("/[^/]*$"; ""); .)),
	row("all"; .files)' <<<"$summary" | sed '1i folder\tlines reached\tlines\t' | column -ts "$(printf '\t')"
echo
echo "least reached:"
jq -r '.files | map(select(.line_total > 20)) | sort_by(.line_percent)[:12][] | "  \(.filename)\t\(.line_percent) %"' <<<"$summary" |
	column -ts "$(printf '\t')"
