#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=core
#
# Each need is served by the hook that it should be: by the tier asked for (PORTWATCH_HOOKS), so that
# the tests of that tier test it, or by tracepoints, which every kernel has.

load lib

prepare() {
	need jq
	TIER=${PORTWATCH_HOOKS:-tracepoint}
	HOOKS=(--hooks "$TIER")
}

# The variant that each need must have, a line each
expected() {
	local t=$TIER
	if [[ $t = tracepoint ]]; then
		printf '%s\n' bind="$t" bind-failed=syscall listen="$t" connect=none state="$t" release="$t" \
			accept=syscall tw-enter=none tw-leave=iter receive=none
	else
		printf '%s\n' {bind,bind-failed,listen,connect,state,release,accept,tw-enter,tw-leave,receive}="$t"
	fi
	printf '%s\n' {fork,exec,exit}=tracepoint
}

same_lines() {
	diff -u <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

@test "a loaded tracker takes these hooks, or load says why it cannot" {
	if ! can_load; then
		run -4 --separate-stderr "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" load
		[[ $stderr = "portwatch: "*"before 5.15 kprobes end with the process that attached them"* ]]
		[[ ! -e $PIN ]]
		return
	fi
	pw load
	same_lines "$(expected)" "$(pw status --json | jq -r '.hooks[] | "\(.need)=\(.variant)"')"
}

@test "a process that was handed a socket is known where that is seen, and found everywhere" {
	pw load
	start receiver "$PORTFIX" --recv-fd "$OUTPUTS/socket"
	local receiver=$RET how
	await 5 test -S "$OUTPUTS/socket"
	start_fixture sender --addr 127.0.0.1 --send-fd "$OUTPUTS/socket"
	await_line receiver ^ready
	how=$(verified)
	[[ $TIER != tracepoint ]] || how=walk
	run -0 --separate-stderr pw --netns self --json who "$PORT/tcp"
	same_lines "$(printf '%s\n' "$how" "$receiver" | sort)" \
		"$(jq -r '.sockets[0] | .resolved, .owners[].pid' <<<"$output" | sort)"
}
