#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Colours of all commands: where there are some, where there are none, and that they say nothing which the
# words do not. tests/unit/color_test.c has their contrast, tests/cli/output.bats the events.

load lib

prepare() {
	need python3
	start_fixture server --port 7101 --addr 127.0.0.1 --workers 2 --accept 1
	start_fixture client --connect 127.0.0.1:7101
	accepted server 1
	start_fixture churn --port 7102 --addr 127.0.0.1 --conn-churn 3 --reuseaddr
	await_line churn ^done
	await 5 dead "$PID"
}

# Commands with colours, and all
HAVE_COLORS=("7101" "-v 7101" "7101 7102" "7102" "list" "free -n 7101" "wait 7101")
COMMANDS=("${HAVE_COLORS[@]}" "doctor -v" "timewait --once" "wait -t 0.1 --for free 7101" "help free" "7101 tcp" "list 1")

# Other tests have namespaces of their own at this time.
here() {
	[[ $* =~ ^(status|doctor|help) ]] || echo "--netns self"
}

# shown ENVIRONMENT ARG...: what this command writes to a terminal, its errors included
shown() {
	local environment=$1
	shift
	# shellcheck disable=SC2086 # words
	in_ns env -u NO_COLOR LC_ALL=C.UTF-8 $environment python3 "$BATS_TEST_DIRNAME/../helpers/on-terminal.py" 100 \
		"$PORTWATCH" --pin-dir "$PIN" "$@" 2>&1 || true
}

# Replace all that changes from one moment to the next.
without_times() {
	sed -E 's/[0-9][0-9.]* (µs|ms|s|min)\b/TIME/g; s/^[0-9:]{8}/TIME/; s/[0-9.]+ new/RATE new/; s/ +/ /g; s/ [0-9]+\.[0-9]$//'
}

without_colors() {
	sed 's/\x1b\[[0-9;]*m//g'
}

colorless() {
	[[ $1 != *$'\e'* ]] || { printf '%s: %q\n' "$words" "$1"; return 1; }
}

@test "no command colours a pipe, or against NO_COLOR or --color never" {
	# wait would bring a tracker each time.
	! can_load || pw -q load
	for words in "${COMMANDS[@]}"; do
		words+=" $(here "$words")"
		# shellcheck disable=SC2086 # words
		colorless "$(shown "TERM=xterm NO_COLOR=1" $words)"
		# doctor tries every hook, for four seconds: the rest in `make test-long`.
		[[ $words != doctor* || -v TEST_LONG ]] || continue
		# shellcheck disable=SC2086 # words
		colorless "$(shown TERM=xterm --color never $words)"
		# shellcheck disable=SC2086 # words
		colorless "$(in_ns env -u NO_COLOR TERM=xterm "$PORTWATCH" --pin-dir "$PIN" $words 2>&1 || true)"
	done
}

# shellcheck disable=SC2086 # words
@test "colours say nothing that the words do not, and a dumb terminal has none" {
	for words in "${HAVE_COLORS[@]}"; do
		words+=" $(here "$words")"
		echo "$words"
		colored=$(shown TERM=xterm $words)
		[[ $colored = *$'\e['* ]]
		diff <(without_colors <<<"$colored" | without_times) <(shown TERM=dumb $words | without_times)
		[[ $(shown "TERM=dumb NO_COLOR=1" --color always $words) = *$'\e['* ]]
	done
}

@test "JSON has no colour, whatever is asked for" {
	for words in "7101" "list" "free -n 7101" "timewait --once"; do
		# shellcheck disable=SC2086,SC2046 # words
		output=$(shown TERM=xterm --color always --json $words $(here "$words"))
		[[ $output = *'{'* && $output != *$'\e'* ]]
	done
}
