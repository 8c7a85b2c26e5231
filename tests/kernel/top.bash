# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that the tests of top share, loaded after lib: a terminal (tmux) that it runs in, keys in, the screen out.
# Nothing sleeps: what is expected is waited for on the screen.

top_setup() {
	kernel_setup
	top_setup_terminal
}

top_setup_terminal() {
	need tmux
	TERMINALS=0
	unset TMUX NO_COLOR
	export TZ=UTC
	UTF8=$(locale -a 2>/dev/null | grep -im1 -E 'C\.utf-?8|\.utf-?8' || echo C.UTF-8)
}

top_teardown() {
	[[ ! -v TMUX_SOCKET ]] || close_terminal || true
	kernel_teardown
}

# A server that ends would take the next terminal with it: each has its own.
close_terminal() {
	mux kill-server 2>/dev/null
}

mux() {
	tmux -S "$TMUX_SOCKET" -u "$@" 3>&-
}

# in_terminal COMMAND: a shell line in a new terminal of $COLS x $ROWS (default 120x30), as $TERM_TYPE
# and in $LOCALE, with $SET_ENV. It stays when the command has ended, and says with which status, and
# whether the terminal's settings are what they were.
in_terminal() {
	TMUX_SOCKET=$OUTPUTS/tmux.$((++TERMINALS))
	cat >"$OUTPUTS/script" <<-END
		export TERM=${TERM_TYPE:-tmux-256color} LC_ALL=${LOCALE:-$UTF8} ${SET_ENV-}
		trap : INT # Ctrl-C is for everybody in the foreground
		stty -g >'$OUTPUTS/stty.before'
		$1
		status=\$?
		stty -g >'$OUTPUTS/stty.after'
		cmp -s '$OUTPUTS/stty.before' '$OUTPUTS/stty.after' && stty=same || stty=changed
		echo; echo "ended status=\$status stty=\$stty"
		exec sleep 600
	END
	in_ns tmux -S "$TMUX_SOCKET" -u -f /dev/null new-session -d -s top -x "${COLS:-120}" \
		-y "${ROWS:-30}" "sh '$OUTPUTS/script'" 3>&-
	mux set-option -t top status off
	mux resize-window -t top -x "${COLS:-120}" -y "${ROWS:-30}"
}

# top ARG...: in a terminal and in the test's own network namespace, until its table is there;
# its pid is left in TOP
top() {
	in_terminal "$(top_command "$@")"
	shown '^PORT '
	TOP=$(<"$OUTPUTS/top.pid")
}

top_command() {
	echo "sh -c 'echo \$\$ >\"$OUTPUTS/top.pid\"; exec \"\$0\" \"\$@\"' \
		'$PORTWATCH' --pin-dir '$PIN' ${HOOKS[*]} top --netns self $* 2>'$OUTPUTS/top.err'"
}

screen() {
	mux capture-pane -p -t top 2>/dev/null
}

on_screen() {
	screen | grep -qE -- "$1"
}

not_on_screen() {
	! on_screen "$1"
}

# shown PATTERN [SECONDS]: until a line of the screen matches
shown() {
	await "${2:-30}" on_screen "$1" || {
		echo "not on the screen: $1"
		screen
		cat "$OUTPUTS/top.err" 2>/dev/null || true
		return 1
	}
}

# gone PATTERN: until no line matches
gone() {
	await "${2:-30}" not_on_screen "$1" || {
		echo "still on the screen: $1"
		screen
		return 1
	}
}

# press KEY...: as tmux names them; `type TEXT` for text
press() {
	mux send-keys -t top "$@"
}

type_in() {
	mux send-keys -t top -l -- "$1"
}

# The ports of the table, in its order.
order() {
	screen | grep -oE '^[0-9]+/' | tr -d / | xargs
}

ordered() {
	[ "$(order)" = "$1" ]
}

# in_order PORT...: until these are the lines of the table
in_order() {
	await 30 ordered "$*" || {
		echo "expected: $*"
		screen
		return 1
	}
}

alternate() {
	mux display-message -p -t top '#{alternate_on}'
}

# ended STATUS: top ends like that, and the terminal is as it was: settings, screen, cursor
ended() {
	shown "^ended status=$1 stty=same$"
	[ "$(alternate)" = 0 ]
	[ "$(mux display-message -p -t top '#{cursor_flag}')" = 1 ]
}
