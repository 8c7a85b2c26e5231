#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load lib

@test "what is no port is wrong usage" {
	for port in 0 65536 80-70 abc 8000/sctp 8000/ -- 99999999999999999999 8000- -1-2 0x50 \
		"" "1.2.3.4:" "[::1]" "300.1.1.1:80" "80 80-70" "80,,x"; do
		wrong_usage "" who -- "$port"
	done
}

@test "the message names the word that was wrong" {
	wrong_usage "65536" who 80 65536
	wrong_usage "80-70" 80-70
	wrong_usage "abc" abc
	wrong_usage "sctp" 8000/sctp
	wrong_usage "no-such-option" list --no-such-option
	wrong_usage "--pid" list --pid
	wrong_usage "never" list --color sometimes
}

@test "control characters of an argument do not reach the terminal" {
	wrong_usage "" $'\e[31mabc'
	[[ $stderr != *$'\e'* ]]
	wrong_usage "" $'two\nlines'
}

@test "an unknown option is wrong usage, everywhere" {
	wrong_usage "frobnicate" --frobnicate
	wrong_usage "frobnicate" 8000 --frobnicate
	for command in stream who list free load unload status doctor; do
		wrong_usage "frobnicate" "$command" --frobnicate
	done
}

@test "options that need a value do not take the command for it" {
	wrong_usage "port" list --port
	wrong_usage "replay" --replay
	wrong_usage "pin-dir" --pin-dir "" list
}

@test "who needs a port" {
	wrong_usage "[Ww]hich port" who
}

@test "free: a port, a signal that exists, a command behind --" {
	wrong_usage "[Ww]hich port" free
	wrong_usage "[Ww]hich port" --free
	wrong_usage "[Ww]hich port" --json --free
	wrong_usage "65536" --free 65536
	wrong_usage "[Ww]hich command" free 8000 --
	wrong_usage "no such signal: 'NONE'" free -s NONE 8000
	wrong_usage "no such signal" -s 65 --free 8000
	wrong_usage "unknown option '-N'" free -NONE 8000
	wrong_usage "-i asks" free -q -i 8000
	# not the -n and -i of others, which have a value
	wrong_usage "[Ww]hich port" -n --free
	wrong_usage "65536" -i --free 65536
	wrong_usage "grace" free -t soon 8000
	wrong_usage "grace" -t -1 --free 8000
	wrong_usage "namespace" free --timewait --netns all 8000
}

@test "free: -l lists signals, and needs neither a port nor rights" {
	for words in "free -l" "--free --list-signals"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTWATCH" $words
		[ "$status" -eq 0 ]
		[ "${lines[0]%% *}" = HUP ]
		[ "${#lines[@]}" -eq 2 ]
	done
	run --separate-stderr "$PORTWATCH" free -l 15 KILL sigusr1 1
	[ "$status" -eq 0 ]
	[ "$output" = $'TERM\n9\n10\nHUP' ]
	wrong_usage "no such signal: '99999'" free -l 99999
	wrong_usage "no such signal: 'NONE'" free -l 15 NONE
}

@test "commands without operands refuse them" {
	for command in load unload status doctor; do
		wrong_usage "surplus" "$command" surplus
		wrong_usage "$command takes no '8000'" "$command" 8000
	done
	for command in stream list timewait; do
		wrong_usage "surplus" "$command" surplus
	done
}

@test "wrong filter values are wrong usage" {
	wrong_usage "0" --port 0
	wrong_usage "x" --pid x
	wrong_usage "no-such-user" --user no-such-user
	wrong_usage "ASLEEP" --state ASLEEP
	wrong_usage "birth" --event birth
	wrong_usage "sctp" --proto sctp
	wrong_usage "nowhere" --peer nowhere
	wrong_usage "no-such-netns" --netns no-such-netns
	wrong_usage "passwd" --netns /etc/passwd
	wrong_usage "no-such-cgroup" list --cgroup /no-such-cgroup
}

@test "wait needs a port, a goal that exists, a command behind --" {
	wrong_usage "which port" wait --for free
	wrong_usage "[Ww]hich command" wait 8000 --
	wrong_usage "nothing" wait 8000 --for nothing
	wrong_usage "timeout" wait 8000 --for free --timeout -1
	wrong_usage "70000" wait 70000 --for free
}

@test "wrong values of load are wrong usage" {
	wrong_usage "max-sockets" load --max-sockets 0
	wrong_usage "max-sockets" load --max-sockets -5
	wrong_usage "hooks" load --hooks magic
}

@test "wrong values of timewait are wrong usage" {
	wrong_usage "by" timewait --by host
	wrong_usage "sort" timewait --sort name
	wrong_usage "interval" timewait --interval 0
	wrong_usage "interval" timewait --interval never
	wrong_usage "count" timewait --count 0
}

@test "the command may stand behind options and their values" {
	# Each of these must reach `list` or `who`, which both know no --frobnicate.
	wrong_usage "see portwatch list" --json list --frobnicate
	wrong_usage "see portwatch list" --port 80 list --frobnicate
	wrong_usage "see portwatch list" --pin-dir /tmp -4 list --frobnicate
	wrong_usage "see portwatch who" --json 8000 --frobnicate
	wrong_usage "see portwatch who" -4 8000 --frobnicate
	wrong_usage "see portwatch stream" --port 80 --frobnicate
	wrong_usage "'list' is a command" -- list
}
