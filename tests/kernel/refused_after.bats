#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=places
#
# Refuse facilities of the kernel after a tracker was loaded: what is left is told, and what cannot be known is named
# or absent. refused.bats has the commands that need no tracker, and loads that are refused.

load lib
load export
ONE_TRACKER=1

REFUSE=$(dirname "$PORTFIX")/refuse

prepare() {
	need jq
	pw -q load
}

# after RULES ARG...: portwatch with the loaded tracker while these are refused
after() {
	run --separate-stderr in_ns "$REFUSE" --unhit-ok "$1" -- "$PORTWATCH" --pin-dir "$PIN" "${@:2}"
	echo "$*: $status $output $stderr"
}

# hook NEED: which variant tells of it
hook() {
	pw --json status | jq -r --arg need "$1" '.hooks[] | select(.need == $need).variant'
}

# compared RULES [UNKNOWN]...: check finds no difference then, and only these are not compared
compared() {
	after "$1" --json check
	jq -e '.differences == [] and .compared.entries > 2 and .clean == (.unknown == null) and
		((.unknown // []) - $ARGS.positional == [])' --args "${@:2}" <<<"$output" >/dev/null || return 1
	[[ $status -eq $(jq 'if .unknown then 5 else 0 end' <<<"$output") ]]
}

@test "check compares what is left, and names what is not compared" {
	start_fixture server --addr 127.0.0.1
	start_fixture bound --bind-only
	start_fixture orphan --state FIN_WAIT2 --orphan --drop-listener
	start_fixture timewait --state TIME_WAIT --drop-listener
	# sock_diag shows what iterators do; sockets that are only bound from 6.8 on, or by the descriptors.
	compared cmd:LINK_CREATE bound-sockets processes
	[[ $(jq .compared.sockets <<<"$output") -gt 2 ]]
	compared cmd:MAP_LOOKUP_BATCH
	compared cmd:PROG_TEST_RUN bound-sockets processes stale-entries
	compared setns netns timewait
	jq -e '.unknown | index("netns")' <<<"$output" >/dev/null
	after cmd:LINK_CREATE,cmd:PROG_TEST_RUN,sock_diag check
	[[ $status -eq 5 && $output = *"not compared"*"sockets that no process has a descriptor of, TCP sockets that are only"*"no difference"* ]]
	# The tracker's maps have no other source.
	after bpf check
	[[ $status -eq 3 && $output = "" && ${#stderr_lines[@]} -eq 1 && $stderr = *"Operation not permitted"* ]]
}

@test "export and timewait tell what is left, and what is not known is absent" {
	start_fixture web --comm web
	local port=$PORT rules ends
	ends=$(hook tw-leave)
	start_fixture timewait --state TIME_WAIT --drop-listener
	for rules in cmd:LINK_CREATE cmd:PROG_TEST_RUN setns; do
		after "$rules" export --top 10000 --listeners 100000
		[[ $status -eq 0 && $stderr = "" && $output = *"# EOF" ]]
		printf '%s\n' "$output" >"$OUTPUTS/metrics"
		[[ $(value portwatch_tracker_loaded) = 1 ]]
		[[ $(value portwatch_listener_info "port=\"$port\"" 'comm="web"') = 1 ]]
		[[ $(value portwatch_timewait_entered_total) -ge 1 ]]
		[[ $ends != iter || $(rows portwatch_timewait_ended_total) = 0 ]]
	done
	after cmd:MAP_LOOKUP_BATCH --json timewait --once
	[[ $status -eq 0 && $stderr = "" ]]
	jq -e '.tracker.entered >= 1 and (.by_process | any(.comm == "portfix"))' <<<"$output" >/dev/null
	# Whether a tracker is loaded cannot be seen: a 0 would be wrong.
	after bpf export --top 10000 --listeners 100000
	[[ $status -eq 0 && $stderr = *"Operation not permitted"* ]]
	printf '%s\n' "$output" >"$OUTPUTS/metrics"
	[[ $(rows portwatch_tracker_loaded) = 0 && $(value portwatch_listener_info "port=\"$port\"" 'comm="web"') = 1 ]]
}

# A pass is made each second or two, if there is a TIME-WAIT that the tracker has seen begin.
told() {
	start_fixture timewait --state TIME_WAIT --drop-listener
	after cmd:LINK_CREATE stream "$@" --for 3
	[[ $stderr = *"which sockets are still in TIME-WAIT: Operation not permitted" ]]
}

@test "stream goes on without the end of TIME-WAIT, unless that is all it was asked for" {
	[[ $(hook tw-leave) = iter ]] || skip "a hook tells of it here"
	await 30 told --all
	[[ $status -eq 0 && $stderr = *"the end of TIME-WAIT is not told: "* ]]
	await 30 told --event timewait-end
	[[ $status -eq 3 ]]
}
