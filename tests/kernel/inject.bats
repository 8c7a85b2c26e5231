#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Let a system call fail, or an allocation: the command says so in one line and with the right status,
# or does without and gives the right answer. Some of each kind, or more:
#
#	INJECT_MOST=100 TEST_TIMEOUT=7200 tests/run tests/kernel/inject.bats

load lib
load inject

MOST=${INJECT_MOST:-$(times 1 2)}

prepare() {
	need strace jq
	can_load || skip "needs a tracker that can be pinned"
	RAN=0
	NAMES=()
	: >"$OUTPUTS/faults"
}

fault() {
	printf '%s: status %s, %s\n' "$*" "$status" "$(head -c 300 "$OUTPUTS/err")" >>"$OUTPUTS/faults"
}

# judge STATUS CHECK WHAT...: it came to an end by itself; with STATUS, which it has when nothing fails, its
# JSON must be right, with any other there is one line that says why. STATUS any: 0 or 1, what a check finds
# may be the doing of others on this machine.
judge() {
	local expected=$1 check=$2
	shift 2
	RAN=$((RAN + 1))
	# A check that could not compare a part names it.
	if [[ $expected = any ]]; then
		expected=$((status == 1))
		((status != 5)) || ! jq -e '(.unknown | length > 0) and .clean == false' "$OUTPUTS/out" >/dev/null 2>&1 || expected=5
	fi
	if ((status > 5)); then
		fault "$@"
	elif ((status != expected)) || [[ -n $check && ! -s $OUTPUTS/out ]] || grep -q '^portwatch: cannot' "$OUTPUTS/err"; then
		[[ $(wc -l <"$OUTPUTS/err") -eq 1 && $(<"$OUTPUTS/err") = "portwatch: "?* ]] || fault "no line:" "$@"
	elif [[ -n $check ]]; then
		jq -e "$check" "$OUTPUTS/out" >/dev/null 2>&1 || fault "wrong answer:" "$@"
	fi
}

# into STATUS CHECK ARG...: system calls of `portwatch ARG...` fail, one at a time. PREPARE and REPAIR, if
# set, are run before and after each. NAMES: only these calls.
into() {
	local expected=$1 check=$2 name n
	shift 2
	local command=(nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" "$@")
	${PREPARE-}
	status=0
	calls_of "$OUTPUTS/calls" "${command[@]}" >/dev/null 2>&1 || status=$?
	[[ $expected = any ]] || ((status == expected))
	${REPAIR-}
	while read -r name n; do
		${PREPARE-}
		status=0
		failed_at "$name" "$n" "${command[@]}" >"$OUTPUTS/out" 2>"$OUTPUTS/err" </dev/null || status=$?
		judge "$expected" "$check" "$name $n ${ERROR_OF[$name]}: $*"
		${REPAIR-}
	done < <(failing_calls "$OUTPUTS/calls" "$MOST" "${NAMES[@]}")
}

no_faults() {
	local least=${#NAMES[@]}
	echo "# $RAN injected" >&3
	cat "$OUTPUTS/faults"
	# Each of the calls that were named has failed once, or, where all may, a few of them.
	((least)) || least=5
	[[ ! -s $OUTPUTS/faults ]] && ((RAN >= least))
}

@test "a system call fails in a question to the tracker" {
	pw -q load
	start_fixture server --addr 127.0.0.1 --lifetime 3600
	into 0 ".sockets[0].owners[0].pid == $PID" --json who "$PORT/tcp"
	into 0 "any(.sockets[]; .owners[0].pid == $PID)" --json list --netns "$NETNS"
	into 1 ".processes[0].pid == $PID and (.free | not)" --json free -n "$PORT/tcp"
	into 0 ".total" --json timewait --once --netns "$NETNS"
	into 0 ".loaded" --json status
	into any ".clean | type == \"boolean\"" --json check
	into 0 "" export --netns self
	no_faults
}

@test "a system call fails in a question without a tracker" {
	start_fixture server --addr 127.0.0.1 --lifetime 3600
	into 0 ".sockets[0].owners[0].pid == $PID" --json who "$PORT/tcp"
	no_faults
}

rm_pins() {
	status=0
	if [[ -e $PIN ]]; then
		pw -q unload || fault "next unload:"
	fi
	[[ ! -e $PIN ]] || fault "left:"
}

# A load that failed has left nothing, a load that did not works.
whole_or_nothing() {
	local loaded
	loaded=$(pw --json status | jq .loaded)
	[[ $status -ne 0 || $loaded = true ]] || fault "not loaded:"
	[[ $status -eq 0 || ! -e $PIN ]] || fault "half loaded:"
	rm_pins
}

@test "a system call fails in a load: nothing is left, or it is loaded" {
	# a load takes its time
	[[ -v INJECT_MOST ]] || NAMES=(bpf mkdirat setns)
	REPAIR=whole_or_nothing into 0 "" load
	no_faults
}

load_if_needed() {
	pw -q load
}

@test "a system call fails in an unload: the next one removes the rest" {
	[[ -v INJECT_MOST ]] || NAMES=(unlinkat getdents64 flock)
	PREPARE=load_if_needed REPAIR=rm_pins into 0 "" unload
	no_faults
}

# starved STATUS CHECK ARG...: allocations of `portwatch ARG...` fail, one at a time
starved() {
	local expected=$1 check=$2 made at
	shift 2
	local command=(nsenter --net="/run/netns/$NETNS" "$(dirname "$PORTFIX")/nomem" --pin-dir "$PIN" "${HOOKS[@]}" "$@")
	status=0
	NOMEM_COUNT=$OUTPUTS/count "${command[@]}" >"$OUTPUTS/out" 2>"$OUTPUTS/err" </dev/null || status=$?
	made=$(<"$OUTPUTS/count")
	((made > 5)) && [[ $expected = any || $status -eq $expected ]]
	${REPAIR-}
	for ((at = 1; at <= made; at += made / (MOST * 7) + 1)); do
		status=0
		NOMEM_AT=$at timeout -k 5 30 "${command[@]}" >"$OUTPUTS/out" 2>"$OUTPUTS/err" </dev/null || status=$?
		judge "$expected" "$check" "allocation $at of $made: $*"
		${REPAIR-}
	done
}

@test "an allocation fails" {
	start_fixture server --addr 127.0.0.1 --lifetime 3600
	REPAIR=whole_or_nothing MOST=$(((MOST + 9) / 10)) starved 0 "" load
	pw -q load
	starved 0 ".sockets[0].owners[0].pid == $PID" --json who "$PORT/tcp"
	starved 0 "any(.sockets[]; .owners[0].pid == $PID)" --json list --netns "$NETNS"
	starved 1 ".processes[0].pid == $PID and (.free | not)" --json free -n "$PORT/tcp"
	starved 0 ".total" --json timewait --once --netns "$NETNS"
	starved 0 ".loaded" --json status
	starved any ".clean | type == \"boolean\"" --json check
	starved 0 "" unload
	no_faults
}
