#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# More questions at once than there are places for, and loads beside them: who is answered is answered right, and a port
# that is held is never called free.

load ../kernel/lib
load ../kernel/group

setup() {
	group_setup
}

teardown() {
	group_teardown
}

# questions NAME NUMBER AT-ONCE WORD...: as many processes that ask; a line "STATUS OWNER" of each in $OUTPUTS/NAME
questions() {
	local name=$1 number=$2 at_once=$3
	shift 3
	# shellcheck disable=SC2016 # for the shell within
	seq "$number" | xargs -P "$at_once" -I{} sh -c 'said=$("$@" 2>>"$0.err"); status=$?
		echo "$status $(printf %s "$said" | jq -c "[.sockets[]?.owners[]?.pid] | unique")" >>"$0"' "$OUTPUTS/$name" "$@"
}

@test "more questions at once than there are places, of root and of members: each is answered, and right" {
	fixture_of "$OTHER"
	local root=(nsenter --net="/run/netns/$NETNS" timeout 120 "$PORTWATCH" --pin-dir "$PIN" --json)
	local his=(nsenter --net="/run/netns/$NETNS" setpriv --reuid="$MEMBER" --regid=nogroup --init-groups sh -c 'exec "$@"' sh
		timeout 120 "$BIN/portwatch" --pin-dir "$PIN" --json)
	questions root 90 90 "${root[@]}" "$PORT/tcp" 3>&- &
	local first=$!
	questions lists 20 20 "${root[@]}" list --port "$PORT" 3>&- &
	local second=$!
	questions members "$(times 12 40)" 12 "${his[@]}" "$PORT/tcp" 3>&-
	wait "$first" "$second"
	sort "$OUTPUTS"/{root,lists,members} | uniq -c
	cat "$OUTPUTS"/{root,lists,members}.err
	[ "$(cat "$OUTPUTS"/{root,lists,members} | grep -cxF "0 [$PID]")" -eq $((110 + $(times 12 40))) ]
	# Nothing of theirs is left behind.
	[[ $(bpftool -j map dump pinned "$PIN/maps/queries" | jq length) -eq 0 ]]
	pw -q status >/dev/null
}

@test "loads and unloads at once, beside questions: the port is never free, and its owner is right" {
	fixture_of "$OTHER"
	local pids=()
	for _ in 1 2 3; do
		(for _ in 1 2; do
			"$BIN/portwatch" --pin-dir "$PIN" -q load --group "$GROUP" || echo "load: $?"
			"$BIN/portwatch" --pin-dir "$PIN" -q unload || echo "unload: $?"
		done) 3>&- >>"$OUTPUTS/loads" 2>&1 &
		pids+=($!)
	done
	while kill -0 "${pids[@]}" 2>/dev/null; do
		questions root 4 2 nsenter --net="/run/netns/$NETNS" timeout 120 "$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
		questions member 2 2 nsenter --net="/run/netns/$NETNS" setpriv --reuid="$MEMBER" --regid=nogroup --init-groups \
			sh -c 'exec "$@"' sh timeout 120 "$BIN/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
	done
	wait "${pids[@]}"
	sort "$OUTPUTS"/{root,member} | uniq -c
	cat "$OUTPUTS"/{root,member}.err "$OUTPUTS/loads"
	# Each finds what another has done, or does it.
	[ ! -s "$OUTPUTS/loads" ]
	# 5: it was unloaded in the middle of the question, which is said. A member without a tracker does not see whose it is.
	run ! grep -vxF -e "0 [$PID]" -e "5 " -e "0 []" "$OUTPUTS/member"
	run ! grep -vxF -e "0 [$PID]" -e "5 " "$OUTPUTS/root"
	grep -qxF "0 [$PID]" "$OUTPUTS/root"
	[ "$(grep -c '^5 ' "$OUTPUTS/root")" -le "$(grep -c 'start again\|did not finish\|unloaded meanwhile' "$OUTPUTS/root.err")" ]
	# The last word of many is a state as whole as after one.
	"$BIN/portwatch" --pin-dir "$PIN" -q load --group "$GROUP"
	pw check
	sees=$(member --json "$PORT/tcp")
	[[ $(jq -r '.source, .sockets[0].owners[0].pid' <<<"$sees" | xargs) = "tracker $PID" ]]
}
