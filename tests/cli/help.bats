#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load lib

commands="stream who list free wait check timewait guard reserve unguard load unload status doctor"

# Commands that have a program of their own, where it was built.
companions() {
	local program
	for program in "$PORTWATCH_BUILD"/portwatch-*; do
		[[ ! -x $program ]] || printf '%s\n' "${program##*/portwatch-}"
	done
}

@test "--help names every command and ends with 0" {
	run --separate-stderr "$PORTWATCH" --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	for command in $commands top export; do
		[[ $output == *$'\n'"  $command "* ]]
	done
}

@test "every command has a help that begins with examples and fits a screen" {
	for command in $commands $(companions); do
		for word in --help -h; do
			run --separate-stderr "$PORTWATCH" "$command" "$word"
			echo "$command: $output"
			[ "$status" -eq 0 ]
			[ -z "$stderr" ]
			[ "${lines[0]}" = "Examples:" ]
			[[ $output == *"Usage: portwatch "*"$command"* ]]
			[ "$(wc -l <<<"$output")" -le 40 ]
			[ "$(wc -L <<<"$output")" -le 100 ]
			[[ $output == *--pin-dir*--hooks* ]]
		done
	done
}

@test "help is given even behind other words, and before a wrong one" {
	run --separate-stderr "$PORTWATCH" list --listening --help --no-such-option
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "Examples:" ]
}

@test "--version is one line on standard output" {
	for words in "--version" "-V" "list --version"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTWATCH" $words
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output =~ ^portwatch\ [0-9]+\.[0-9]+ ]]
	done
}

@test "help and version to a full disk fail" {
	for word in --help --version "list --help"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr sh -c '"$@" >/dev/full' sh "$PORTWATCH" $word
		[ "$status" -eq 5 ]
		one_error_line "No space left"
	done
}
