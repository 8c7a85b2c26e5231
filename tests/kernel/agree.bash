# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests that compare what portwatch says with what the kernel says. Loaded after lib.

# Debian's, whatever else is installed.
PYTHON=/usr/bin/python3
HERE=$BATS_TEST_DIRNAME

# agree tracker|snapshot [EXPECT]: list and who, socket by socket, against the kernel's account of
# the namespace $AGREE_IN (default: the test's own). EXPECT: how many there must be, as agree.py
# takes it. REFUSED: facilities that are refused to it, see tests/helpers/refuse.
agree() {
	local refuse=()
	[[ -z ${REFUSED-} ]] || refuse=("$(dirname "$PORTFIX")/refuse" --unhit-ok "$REFUSED" --)
	in_netns "${AGREE_IN:-$NETNS}" "$PYTHON" -B "$HERE/agree.py" --source "$1" --expect "${2-}" \
		-- "${refuse[@]}" "$PORTWATCH" --pin-dir "$PIN"
}

# agree_by_all_sources [EXPECT]: a snapshot by the walk, by iterators, and without any BPF
agree_by_all_sources() {
	local REFUSED
	agree snapshot "${1-}"
	for REFUSED in 'iter/*' raw_tp bpf; do
		agree snapshot "${1-}" || { echo "with $REFUSED refused"; return 1; }
	done
}

# End what the scene started. What outlives it, TIME-WAIT and orphans, stays.
clear_scene() {
	local pid
	for pid in "${STARTED[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in "${STARTED[@]}"; do
		await 5 dead "$pid"
	done
	STARTED=()
}

# in_every_mode EXPECT SCENE...: the scene as a snapshot by each source shows it, as a tracker does that was loaded
# later, and as one does that saw it begin; and what is left when it has ended.
in_every_mode() {
	local expect=$1
	shift
	"$@"
	agree_by_all_sources "$expect"
	pw load
	agree tracker "$expect"
	clear_scene
	agree tracker
	"$@"
	agree tracker "$expect"
	clear_scene
	agree tracker
}

# start_stream NAME ARG...: `portwatch stream` in the background, from the moment it listens; what
# it prints is in $OUTPUTS/NAME, its pid in RET.
start_stream() {
	start "$1" "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" stream "${@:2}"
	await_listening "$RET" || { cat "$OUTPUTS/$1.err"; return 1; }
}

# end_stream PID: as Ctrl-C does; all that happened before is printed then.
end_stream() {
	kill -INT "$1"
	await 10 dead "$1"
}

# follow NAME: what that stream has printed so far leads to the sockets that there are
follow() {
	in_ns "$PYTHON" -B "$HERE/follow.py" "$OUTPUTS/$1"
}
