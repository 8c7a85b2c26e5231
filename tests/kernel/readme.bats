#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command line of the README works: those in its blocks, as they stand there. `sudo` and
# `portwatch` are shims, for the test's own network namespace and pin directory.

load lib

prepare() {
	README=$BATS_TEST_DIRNAME/../../README.md
	mkdir "$OUTPUTS/bin"
	printf '#!/bin/sh\nexec "$@"\n' >"$OUTPUTS/bin/sudo"
	printf '#!/bin/sh\nexec "%s" --pin-dir "%s" %s $OF_OURS "$@"\n' "$PORTWATCH" "$PIN" "${HOOKS[*]}" >"$OUTPUTS/bin/portwatch"
	chmod +x "$OUTPUTS"/bin/*
	PATH=$OUTPUTS/bin:$PATH
	NUMBER=0
}

# Command lines of the blocks, one a line, and those of the table of `make`.
command_lines() {
	awk '/^```/ { inside = !inside; next }
		inside && sub(/^\$ /, "") { print; next }
		inside && /^(sudo|make|portwatch|git|apt-get) / { sub(/ +# .*/, ""); print }' "$README"
	sed -nE 's/^\| `((sudo )?make[^`]*)`.*/\1/p' "$README"
}

# Why a line is not run here; nothing: it is.
reason_not_to() {
	case $1 in
	'sudo make run' | 'sudo make test') echo "tests/fresh.sh runs it in a new system" ;;
	'sudo make test '*) echo "a test within the tests" ;;
	'sudo make test-'*) echo "takes machines and up to an hour" ;;
	'sudo make bench'* | 'sudo make endurance'* | 'make fuzz'* | 'sudo make coverage'* | 'make valgrind'*)
		echo "measures for a quarter of an hour and longer" ;;
	'make deb' | 'make static') echo "make test-deb and test-static build and use them" ;;
	make | 'make lint' | 'make format') echo "this build comes of it, .ci/run runs it" ;;
	'sudo make install'*) echo "changes the machine; tests/cli/install.bats does it elsewhere" ;;
	'sudo adduser'*) echo "changes the machine; tests/kernel/group.bats has users of its own" ;;
	esac
}

# Somebody has the port, so that there is something to say.
serve() {
	in_ns bash -c ": <>/dev/tcp/127.0.0.1/$1" 2>/dev/null ||
		start_fixture "server-$((++NUMBER))" --port "$1" --reuseaddr
}

@test "every command line of the README does what it should" {
	can_load || skip "needs a tracker that can be pinned"
	mapfile -t lines < <(command_lines)
	echo "${#lines[@]} command lines"
	[ "${#lines[@]}" -ge 8 ]
	ran=0
	for line in "${lines[@]}"; do
		reason=$(reason_not_to "$line")
		[ -z "$reason" ] || { echo "not run: $line: $reason"; continue; }
		while read -r port; do
			serve "$port"
		done < <(grep -oE '\b8[0-9]{3}\b' <<<"$line")
		# Live views end by Ctrl-C, the others by themselves.
		case $line in
		'sudo portwatch' | *' -f'*) seconds=15 ;;
		*) seconds=120 ;;
		esac
		run --separate-stderr in_ns timeout --foreground --preserve-status -s INT $seconds bash -c "$line"
		printf '%s -> %s\n%s\n%s\n' "$line" "$status" "${output:0:400}" "$stderr"
		[ "$status" -eq 0 ] || [[ $line = *free* && $status -eq 1 && $output = *TIME-WAIT* ]]
		[[ $stderr != *"portwatch: "* ]]
		ran=$((ran + 1))
	done
	[ "$ran" -ge 4 ]
}

# The block of the README that begins with this command, without it.
example() {
	awk -v command="\$ $1" '$0 == command { inside = 1; next } /^```/ { inside = 0 } inside' "$README"
}

# A client that reads to the end: the server has closed first then, and has the TIME-WAIT.
VISIT='import socket
s = socket.create_connection(("127.0.0.1", 8000))
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
while s.recv(65536): pass'

# A server like the README's, with what has happened to it.
site() {
	local port=8000
	mkdir -p "$OUTPUTS/www"
	start site sh -c "cd $OUTPUTS/www && exec /usr/bin/python3 -m http.server $port"
	await 10 eval 'in_ns bash -c ": <>/dev/tcp/127.0.0.1/8000" 2>/dev/null'
	for _ in 1 2 3; do
		in_ns python3 -c "$VISIT"
	done
}

# A client and somebody who wants the port, now and then.
disturb() {
	VISIT=$VISIT start disturb bash -c 'while :; do
		python3 -c "$VISIT"
		python3 -c "import socket; socket.socket().bind((\"\", 8000))"
		sleep 0.3
	done'
}

@test "every example of the README prints what it says, in form, and fits 80 columns" {
	can_load || skip "needs a tracker that can be pinned"
	need /usr/bin/python3
	pw -q load
	site
	start_fixture other --port 6379 --addr 127.0.0.1
	mapfile -t examples < <(awk '/^```/ { inside = !inside } inside && sub(/^\$ /, "")' "$README")
	[ "${#examples[@]}" -ge 4 ]
	awk '/^```/ { inside = !inside } inside' "$README" | python3 "$BATS_TEST_DIRNAME/../helpers/too-wide.py" 80
	for command in "${examples[@]}"; do
		disturber=
		[[ $command != *-f* ]] || { disturb; disturber=$RET; }
		# Other tests have namespaces of their own at this time.
		run in_ns env LC_ALL=C.UTF-8 TERM=xterm SUDO_UID=1000 OF_OURS="--netns self" python3 "$BATS_TEST_DIRNAME/../helpers/on-terminal.py" 80 \
			bash -c "$command"
		[[ -z $disturber ]] || kill "$disturber"
		echo "$command: $status"
		[ "$status" -eq 0 ]
		diff <(example "$command" | python3 "$BATS_TEST_DIRNAME/../helpers/form.py") \
			<(python3 "$BATS_TEST_DIRNAME/../helpers/form.py" <<<"$output")
		[[ $command != *--free* ]] || site
	done
}

@test "every target of make that the README names is one" {
	for target in $(command_lines | sed -nE 's/^(sudo )?make ([a-z-]+).*/\2/p' | sort -u); do
		make -C "${README%/*}" --no-print-directory help | grep -q "make $target "
	done
}

@test "every file that the README and the docs link to is there" {
	cd "${README%/*}" || return
	for file in README.md docs/*.md; do
		while read -r link; do
			[ -e "$link" ] || [ -e "${file%/*}/$link" ] || { echo "$file: $link"; false; }
		done < <(grep -oE '\]\([^)#]+' "$file" | cut -c3- | grep -v '^http')
	done
}
