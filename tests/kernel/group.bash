# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A group whose members may ask: users and a group of the test's own, and a tracker that is loaded for them.

group_setup() {
	kernel_setup
	need useradd setcap setfacl setpriv bpftool
	can_load || skip "needs a tracker that can be pinned"
	GROUP=pwt$$-$BATS_TEST_NUMBER
	MEMBER=${GROUP}m OTHER=${GROUP}o
	groupadd --system "$GROUP"
	useradd --no-create-home --no-user-group --groups "$GROUP" "$MEMBER"
	useradd --no-create-home --no-user-group "$OTHER"
	BIN=$(mktemp -d)
	chmod 755 "$BIN"
	cp "$PORTWATCH" "$PORTFIX" "$BIN"
	cp "$PORTWATCH" "$BIN/plain"
	chmod 755 "$BIN"/*
	SETUP_GROUP=$BATS_TEST_DIRNAME/../../packaging/setup-group.sh
	"$SETUP_GROUP" "$GROUP" "$BIN/portwatch"
	# Only a program file that is set up for it knows the group of the maps.
	in_ns "$BIN/portwatch" --pin-dir "$PIN" "${HOOKS[@]}" load --group "$GROUP"
}

group_teardown() {
	kernel_teardown
	[[ -v GROUP ]] || return 0
	rm -rf "$BIN"
	userdel "$MEMBER"
	userdel "$OTHER"
	groupdel "$GROUP"
}

# as USER COMMAND...: in the test's namespace. Through a shell, since setpriv itself executes the command
# with root's right to execute anything.
as() {
	local user=$1
	shift
	in_ns setpriv --reuid="$user" --regid=nogroup --init-groups sh -c 'exec "$@"' sh "$@"
}

# member ARG...: our program, run by the member
member() {
	as "$MEMBER" timeout 60 "$BIN/portwatch" --pin-dir "$PIN" "$@"
}

# fixture_of USER: a server of that user; its port and pid are left in PORT and PID
fixture_of() {
	start "$1" setpriv --reuid="$1" --regid=nogroup --init-groups "$BIN/portfix"
	await_line "$1" ^ready
	PORT=$(field port "$RET") PID=$(field pid "$RET")
	STARTED+=("$PID")
}
