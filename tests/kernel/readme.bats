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
	printf '#!/bin/sh\nexec "%s" --pin-dir "%s" %s "$@"\n' "$PORTWATCH" "$PIN" "${HOOKS[*]}" >"$OUTPUTS/bin/portwatch"
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
	[ "${#lines[@]}" -ge 15 ]
	ran=0
	for line in "${lines[@]}"; do
		reason=$(reason_not_to "$line")
		[ -z "$reason" ] || { echo "not run: $line: $reason"; continue; }
		while read -r port; do
			serve "$port"
		done < <(grep -oE '\b8[0-9]{3}\b' <<<"$line")
		# Live views end by Ctrl-C, the others by themselves.
		case $line in
		'sudo portwatch' | 'sudo portwatch --port '*) seconds=15 ;;
		*) seconds=120 ;;
		esac
		run --separate-stderr in_ns timeout --foreground --preserve-status -s INT $seconds bash -c "$line"
		printf '%s -> %s\n%s\n%s\n' "$line" "$status" "${output:0:400}" "$stderr"
		[ "$status" -eq 0 ] || [[ $line = *free* && $status -eq 1 && $output = *TIME-WAIT* ]]
		[[ $stderr != *"portwatch: "* ]]
		ran=$((ran + 1))
	done
	[ "$ran" -ge 8 ]
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
