#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Surroundings of a program that are not its input: limits, arguments, environment, descriptions of terminals. Each
# run ends by itself, and says what it could not do. Without rights it says that; with rights it answers.

load ../cli/lib

setup() {
	if [ ! -x "$PORTWATCH-top" ] || [ ! -x "$PORTWATCH-export" ]; then skip "the companions are not built"; fi
	! grep -qs -e '-fsanitize=' "$PORTWATCH_BUILD/.flags" || skip "sanitizers need more memory than there is here"
	PYTHON=/usr/bin/python3
	# With a tracker at hand top need not load its own, which would be most of a run.
	PIN=/sys/fs/bpf/portwatch-test-$$
	"$PORTWATCH" --pin-dir "$PIN" -q load || true
}

teardown() {
	[[ ! -e $PIN ]] || "$PORTWATCH" --pin-dir "$PIN" unload
}

@test "hostile: limits, arguments and environment end nothing by a signal" {
	timeout 550 "$PYTHON" "$BATS_TEST_DIRNAME/limits.py" "$(realpath "$PORTWATCH_BUILD")" "$PIN-none" "$PIN"
}

@test "hostile: as root, top is given only the system's descriptions of terminals" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	# Of twelve descriptions one or two crashed the library when they were read.
	local rounds=12
	[[ ! -v TEST_LONG ]] || rounds=50
	timeout 550 "$PYTHON" "$BATS_TEST_DIRNAME/terminfo.py" "${ROUNDS:-$rounds}" "$PORTWATCH-top" --pin-dir "$PIN"
	# A description that only root can write counts.
	home=$(mktemp -d)
	mkdir -p "$home/.terminfo/m"
	infocmp xterm >"$home/source"
	sed -i 's/^xterm|/mine|/' "$home/source"
	tic -x -o "$home/.terminfo" "$home/source"
	answer() { HOME=$home TERM=mine script -qec "$PORTWATCH-top --pin-dir $PIN" /dev/null <<<q; }
	run ! grep -a "cannot use a terminal of the type 'mine'" <(answer)
	chmod 777 "$home"
	answer | grep -a "cannot use a terminal of the type 'mine'"
	rm -rf "$home"
}
