#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# top and its terminal: sizes, colours, locales, terminals that cannot do it; and that the terminal is
# given back as it was, however it ends.

load lib
load top
ONE_TRACKER=1

setup() {
	top_setup
}

teardown() {
	top_teardown
}

# with a tracker loaded, and one port in use
with_port() {
	pw load
	start_fixture a --addr 127.0.0.1 --port 2501 --comm server
}

@test "top: the terminal is given back after q, F10, Ctrl-C and the signals that ask for the end" {
	with_port
	for way in q F10 C-c TERM HUP INT; do
		top
		[ "$(alternate)" = 1 ]
		case $way in
		TERM | HUP | INT) kill "-$way" "$TOP" ;;
		*) press "$way" ;;
		esac
		ended 0
		close_terminal
	done
}

@test "top: the terminal is given back by a crash and by abort()" {
	with_port
	ulimit -c 0
	for way in SEGV ABRT BUS QUIT; do
		top
		kill "-$way" "$TOP"
		ended $((128 + $(kill -l "$way")))
		close_terminal
	done
}

@test "top: stopped by Ctrl-Z the terminal is free, and top comes back" {
	with_port
	in_terminal "set -m
		$(top_command)
		stty -g >'$OUTPUTS/stty.stopped'; echo stopped; read -r line; fg"
	shown '^2501/tcp'
	press C-z
	shown '^stopped'
	[ "$(alternate)" = 0 ]
	cmp "$OUTPUTS/stty.before" "$OUTPUTS/stty.stopped"
	mux resize-window -t top -x 90 -y 20
	press Enter
	shown '^2501/tcp'
	[ "$(alternate)" = 1 ]
	press q
	ended 0
}

@test "top: ends when its terminal goes" {
	with_port
	top
	close_terminal
	await 10 dead "$TOP"
}

@test "top: any size, and back" {
	with_port
	top
	shown '^2501/tcp +LISTEN +127.0.0.1'
	mux resize-window -t top -x 80 -y 24
	shown '^F1Help'
	shown 'server\['
	mux resize-window -t top -x 20 -y 5
	shown '^PORT +.*PROCESS'
	shown '^2501/tcp.*serv'
	press Enter
	shown '^2501/tcp'
	press End
	shown 'Events|none yet'
	press Escape
	mux resize-window -t top -x 1 -y 1
	mux resize-window -t top -x 200 -y 60
	shown '^2501/tcp +LISTEN +127.0.0.1 .* server\['
	# what there is room for: how long it runs, and where
	shown '^PORT .* USER +AGE .*DIRECTORY +PROCESS'
	on_screen "^2501/tcp .* [0-9]+[smhd] .*$(pwd | cut -c1-20).* server\["
	press q
	ended 0
}

@test "top: no view breaks a line at 40, 80, 120 and 200 columns" {
	with_port
	start_fixture b --addr 127.0.0.1 --port 2502 --comm "$(printf 'long%.0s' {1..4})" --workers 3 \
		--exec bash -c 'sleep 600 # '"$(printf '/very/long/path%.0s' {1..40})"
	for columns in 40 80 120 200; do
		COLS=$columns top --netns all
		for key in "" Enter Escape w Escape k Escape '?'; do
			[[ -z $key ]] || press "$key"
			case $key in
			'' | Escape) shown '^PORT +STATE' ;;
			Enter) shown 'Events|Processes' ;;
			w) shown '^TIME-WAIT' ;;
			k) shown 'y/N|Nothing' ;;
			*) shown '^Help' ;;
			esac
			# A line that the terminal had broken would have moved these.
			[[ $(screen | head -1) = "portwatch top "* ]]
			[[ $(screen | tail -1) =~ ^(F1Help|Esc|yEnd) ]]
		done
		close_terminal
	done
}

@test "top: colours by default, none with NO_COLOR, --color never or a terminal without" {
	with_port
	colors() {
		mux capture-pane -e -p -t top | grep -qE $'\e\\[[0-9;]*(3[1-7]|4[1-7])m'
	}
	top
	await 10 colors
	close_terminal
	SET_ENV=NO_COLOR=1 top
	run ! colors
	close_terminal
	SET_ENV=NO_COLOR=1 top --color always
	await 10 colors
	close_terminal
	top --color never
	run ! colors
	press Enter
	shown '^2501/tcp: in use by'
	run ! colors
	close_terminal
	TERM_TYPE=vt100 top
	run ! colors
	press q
	ended 0
}

@test "top: without UTF-8 there is nothing but ASCII" {
	pw load
	start_fixture a --addr 127.0.0.1 --port 2501 --comm "$(printf 'm\303\274sli')" --workers 1
	LOCALE=C COLS=160 top --tree
	shown '^2501/tcp .* `-m.sli\['
	press Enter
	shown '^2501/tcp: in use by'
	start_fixture client --connect 127.0.0.1:2501
	shown 'SYN_RECV -> ESTABLISHED'
	run ! grep -qP '[^\x00-\x7f]' <(screen)
	press q # back
	shown 'PORT .*STATE'
	press q
	ended 0
}

@test "top: a terminal that cannot place text, or that nobody knows, is one line and what to use instead" {
	for type in dumb no-such-terminal; do
		TERM_TYPE=$type in_terminal "'$PORTWATCH' --pin-dir '$PIN' top"
		shown "^portwatch: top cannot use a terminal of the type '$type'; portwatch list and portwatch"
		shown '^ended status=2 stty=same$'
		close_terminal
	done
	SET_ENV=TERM= in_terminal "'$PORTWATCH' --pin-dir '$PIN' top"
	shown "^portwatch: top cannot use a terminal of the type ''"
	shown '^ended status=2'
}

@test "top: no terminal is one line and what to use instead" {
	run --separate-stderr pw top
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr = "portwatch: top needs a terminal"*"portwatch list"* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
	in_terminal "'$PORTWATCH' --pin-dir '$PIN' top </dev/null"
	shown '^portwatch: top needs a terminal'
	shown '^ended status=2'
}

@test "top: who is not root sees all ports and own processes, and what is not seen is said" {
	need setpriv
	cp "$PORTWATCH" "$PORTWATCH-top" "$OUTPUTS/"
	chmod 755 "$OUTPUTS" "$OUTPUTS"/portwatch*
	start_fixture server --addr 127.0.0.1
	in_terminal "setpriv --reuid 65534 --regid 65534 --clear-groups '$OUTPUTS/portwatch' --pin-dir '$PIN' top -i 1 2>'$OUTPUTS/top.err'"
	shown "^$PORT/tcp +LISTEN +127.0.0.1"
	grep -q '^portwatch: no tracker: what happens between two looks is not seen' "$OUTPUTS/top.err"
	start_fixture later --addr 127.0.0.1
	shown "^$PORT/tcp +LISTEN +127.0.0.1"
	mux send-keys -t top q
	shown '^ended status=0 stty=same$'
}
