#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	run.sh FOLDER-OF-PROGRAMS SECONDS FOLDER-FOR-NEW [TARGET...]
#
# Runs each fuzz target for so long, from its corpus on, and names those that found something: the
# input is then in the folder for what is new, as NAME/crash-... What only reaches new code is
# there, too. The best of it goes into the corpus by
#
#	FOLDER-OF-PROGRAMS/NAME_fuzz -merge=1 tests/fuzz/corpus/NAME FOLDER-FOR-NEW/NAME

set -euo pipefail
programs=$(realpath "$1") seconds=$2 new=$3
shift 3
cd "$(dirname "$0")"
new=$(realpath -m "$OLDPWD/$new")
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

[[ $# -gt 0 ]] || { set -- *_fuzz.c && set -- "${@%_fuzz.c}"; }
found=()
for name; do
	mkdir -p "$new/$name"
	options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$new/$name/")
	status=0
	"$programs/${name}_fuzz" "${options[@]}" "$new/$name" "corpus/$name" >"$new/$name.log" 2>&1 || status=$?
	printf '%-12s %s\n' "$name" "$(awk '
		/^stat::number_of_executed_units/ { runs = $2 }
		/ cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "corp:") corp = $(i + 1) } }
		END { printf "%s runs, %s edges, corpus %s", runs, cov, corp }' "$new/$name.log")"
	[[ $status -eq 0 ]] && continue
	found+=("$name")
	grep -m1 -E 'ERROR|runtime error|not so|Test unit' "$new/$name.log" || tail -n 3 "$new/$name.log"
done
[[ ${#found[@]} -eq 0 ]] || { printf 'fuzz: found something: %s (see %s)\n' "${found[*]}" "$new"; exit 1; }
