#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=core
#
# The kernel skips a BPF program that is running already on its CPU. A preemptible kernel takes the CPU from a
# process in the middle of a program, and the next process's call of it goes unseen.

load lib
load agree

prepare() {
	need "$PYTHON" jq
}

# How many of these events were told
told() {
	jq -s --arg event "$1" --arg proto "$2" 'map(select(.event == $event and .proto == $proto)) | length' "$OUTPUTS/events"
}

# A tracker of tracepoints sees a listen() by a tracepoint, which some kernels preempt; then it counts
# what it was skipped for.
is_told_or_counted() {
	local missing=$(($3 - $(told "$1" "$2")))
	echo "$1 $2: $3 made, $missing untold"
	[[ $1 = listen && ${PORTWATCH_HOOKS-} = tracepoint ]] || ((missing == 0))
	((missing >= 0 && missing <= $(pw status --json | jq .events.missed)))
}

@test "processes that take the processor from each other bind, listen and close, and each is told" {
	local made event proto count
	pw load
	start_stream events --json --netns "/run/netns/$NETNS" --event bind,listen,close
	local stream=$RET
	made=$(in_ns "$PYTHON" -B "$HERE/turns.py" 8 "$(times 100 1000)" "$([ "$(bind_hook)" = tracepoint ]; echo $?)")
	[[ $made = *done ]]
	end_stream "$stream"
	[ "$(pw status --json | jq .events.lost)" = 0 ]
	while read -r _ event proto count; do
		is_told_or_counted "$event" "$proto" "$count"
	done < <(grep ^made <<<"$made")
}
