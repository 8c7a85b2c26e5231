#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The generated completions, asked in the shells themselves.

load lib

setup() {
	COMPLETION=$PORTWATCH_BUILD/share/completion
	[ -e "$COMPLETION/_portwatch" ] || skip "not built (make docs)"
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/home"
	# The ports in use do not depend on this machine, and asking for it takes no rights.
	cat >"$BATS_TEST_TMPDIR/bin/portwatch" <<-END
		#!/bin/sh
		[ "\$*" != "list --listening --no-header" ] || {
			echo 'tcp    LISTEN  0.0.0.0:8112  nginx[23302]  5   root  1.2 s'
			echo '                             nginx[23303]  5   8113'
			echo 'udp    UNCONN  [::1]:53  dns[7]  5   root  1.2 s'
			exit
		}
		[ "\$*" != "list --pids" ] || { echo $$ && echo $PPID; exit; }
		exec "$PORTWATCH" "\$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/portwatch"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	export HOME=$BATS_TEST_TMPDIR/home
	cd "$BATS_TEST_TMPDIR" || return
}

# As readline calls it, which makes a word of each "=".
in_bash() {
	bash --norc -c '
		. "$1/portwatch.bash"
		compopt() { :; }
		read -ra COMP_WORDS <<<"${2//=/ = }"
		[[ $2 != *[\ =] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_portwatch portwatch "${COMP_WORDS[COMP_CWORD]}"
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$COMPLETION" "$1"
}

in_zsh() {
	timeout 20 zsh -f "$BATS_TEST_DIRNAME/zsh-complete.zsh" "$COMPLETION" "$1"
}

# fish gives whole words where the others give what is behind the last "=" or ",".
in_fish() {
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$COMPLETION/portwatch.fish" "$1" |
		cut -f1 | sed 's/^--[a-z-]*=//; s/.*,//'
}

# offers LINE WORD...: in each shell just these
offers() {
	local line=$1 shell got want
	shift
	want=$(printf '%s\n' "$@" | LC_ALL=C sort)
	for shell in "${shells[@]}"; do
		got=$("in_$shell" "$line" | sed 's/.*,//; s/=$//; /^$/d' | LC_ALL=C sort -u)
		[ "$got" = "$want" ] || {
			printf '%s: "%s" offers\n%s\nand not\n%s\n' "$shell" "$line" "$got" "$want"
			return 1
		}
	done
}

all_questions() {
	offers 'portwatch fr' free
	offers 'portwatch un' unguard unload
	offers 'portwatch free --si' --signal
	offers 'portwatch --free --gr' --grace
	offers 'portwatch 8112 --col' --color
	offers 'portwatch list --max'
	offers 'portwatch load --max' --max-sockets --max-timewait
	offers 'portwatch list --color a' always auto
	offers 'portwatch list --color=a' always auto
	offers 'portwatch wait 80 --for ' free listen
	offers 'portwatch --event bi' bind bind-failed
	offers 'portwatch --event bind,li' listen
	offers 'portwatch list --state FIN' FIN_WAIT1 FIN_WAIT2
	offers 'portwatch free -s HU' HUP
	offers 'portwatch free ' 53 8112
	offers 'portwatch 81' 8112
	offers 'portwatch list --port 8' 8112
	offers 'portwatch --pid 80 wa' wait
	offers 'portwatch help lo' load
	offers 'portwatch ver' version
	# only who has a port
	offers 'portwatch list --pid ' $$ $PPID
	offers 'portwatch list --comm ' "$(sort -u /proc/$$/comm /proc/$PPID/comm)"
}

@test "bash completes commands, options, values and the ports in use" {
	shells=(bash)
	all_questions
}

@test "zsh completes commands, options, values and the ports in use" {
	command -v zsh >/dev/null || skip "needs zsh"
	shells=(zsh)
	all_questions
}

@test "fish completes commands, options, values and the ports in use" {
	command -v fish >/dev/null || skip "needs fish"
	shells=(fish)
	all_questions
}

# Names of options in the help, one a line: long ones, or short ones that have none.
options_of() {
	{
		"$PORTWATCH" "$1" --help | sed -nE 's/^ {2,6}(-., )?(--[a-z-]+).*/\2/p; s/^  (-[a-z0-9])  .*/\1/p'
		# those that are only named
		"$PORTWATCH" "$1" --help | sed -n '/(see the manual):$/,$p' | grep -oE -- '--[a-z-]+'
	} | LC_ALL=C sort -u
}

@test "every option of every command's help is completed, and nothing else" {
	for command in stream who list free wait timewait guard reserve unguard load unload status check doctor; do
		[ "$(in_bash "portwatch $command -" | LC_ALL=C sort -u)" = "$(options_of $command)" ]
		[ "$(in_bash "portwatch $command -" | grep -c .)" -gt 9 ]
	done
}
