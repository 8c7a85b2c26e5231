# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Commands while facilities are refused. refused.jq says what is wrong with an answer.

REFUSE=$(dirname "$PORTFIX")/refuse
# Seconds that a run may take, and more where more wants to run than there are processors
LIMIT=$(awk -v n="$(nproc)" -v patience="${PATIENCE:-1}" '{ print int(20 * patience * ($1 > n ? $1 / n : 1)) }' /proc/loadavg)

# A facility a line: rules for tests/helpers/refuse, all of which something must run into; what its names match
# when a message is to name it; the facts that may then be missing. `events`: it may be impossible to load.
# "No other holder" needs BPF, so that may be missing wherever its ways are few.
FACILITIES='
iter/task_file		iter		-
iter/task		iter		-
iter/tcp		iter		bind-options
iter/udp		iter		-
iter/bpf_map_elem	iter		-
iter/*			iter		bind-options
raw_tp			raw.?tp|raw tracepoint	events
tp_btf			tracepoint|tp_btf	events,bind-options
fentry			fentry|trampoline	-
fentry,kprobe		fentry|kprobe	-
cgroup/sock		cgroup		events,bind-options
cgroup/sock_addr	cgroup		events,bind-options
map:ringbuf		ring		events,other-holders
map:hash		hash|map	events,other-holders,creator,bind-options
map:array_of_maps	map		events
cmd:LINK_CREATE		link|attach	events,bind-options
cmd:ITER_CREATE		iter		bind-options
cmd:PROG_TEST_RUN	run		other-holders
cmd:OBJ_PIN		pin		events
cmd:OBJ_GET		pin|cannot open	events
btf			BTF		events,other-holders,creator,bind-options
bpf			BPF|bpf.2.|programs	events,other-holders,creator,bind-options
sock_diag		sock_diag|netlink	device,closing-times
setns			namespace|setns	netns,closing-times
open:/proc/*/fd		/proc|descriptor	-
bpf,sock_diag		BPF|bpf.2.|programs|netlink|sock_diag	events,other-holders,creator,bind-options,bound-sockets,device,closing-times
bpf,setns		BPF|bpf.2.|programs|namespace	events,other-holders,creator,bind-options,netns,device,netns-bound-sockets,closing-times
bpf,open:/proc/*/fd	BPF|bpf.2.|programs|/proc	events,other-holders,creator,bind-options,holders
bpf,readlink:/proc/*/fd/*	BPF|bpf.2.|programs|/proc	events,other-holders,creator,bind-options,holders
iter/task_file,raw_tp	iter|raw	events,other-holders,bind-options
iter/*,raw_tp		iter|raw	events,other-holders
iter/*,cmd:PROG_TEST_RUN	iter|run	events,other-holders
iter/tcp,open:/proc/*/fd	iter|/proc|descriptor	bind-options
iter/tcp,setns		iter|namespace|setns	bind-options,netns,device,closing-times
'

# facility RULES: its line, in RULES, WORD and MAY (JSON)
facility() {
	local line
	line=$(awk -v rules="$1" '$1 == rules { gsub(/\t+/, "\t"); print }' <<<"$FACILITIES")
	[[ -n $line ]] || { echo "no such facility: $1"; return 1; }
	IFS=$'\t' read -r RULES WORD MAY <<<"$line"
	MAY=$(jq -cR 'split(",") - ["-"]' <<<"$MAY")
}

# place NAME PORT [PID [NETNS]]: adds it to the scene
place() {
	SCENE=$(jq -c --arg name "$1" --argjson port "$2" --argjson pid "${3:-null}" --argjson netns "${4:-null}" \
		'.[$name] = {port: $port, pid: $pid, netns: $netns}' <<<"$SCENE")
}

# Nothing has been asked yet.
begin() {
	FAULTS=$OUTPUTS/faults RUNS=() ASKED=()
	declare -gA RUNNING=()
	rm -f "$OUTPUTS"/run-*
	: >"$FAULTS"
}

# The sockets that the commands are asked about
scene() {
	begin
	SCENE=$(jq -nc --argjson netns "$(stat -Lc %i "/run/netns/$NETNS")" '{netns: $netns}')
	start_fixture held --addr 127.0.0.1 --port 21001
	place held "$PORT" "$PID"
	start_fixture bound --addr 127.0.0.1 --port 21002 --bind-only
	place bound "$PORT" "$PID"
	start_fixture timewait --addr 127.0.0.1 --port 21003 --state TIME_WAIT --drop-listener
	place timewait "$PORT"
	place free 21004
	make_netns other
	other=$RET
	RUN_IN=$other start_fixture other --addr 127.0.0.1 --port 21009
	place other "$PORT" "$PID" "$(stat -Lc %i "/run/netns/$other")"
}

# Wait until one of the runs has ended.
reap() {
	local ended
	wait -n -p ended "${RUNNING[@]}" || true
	unset "RUNNING[${ended:?no run is left}]"
}

# few N: until so many runs at most have not ended. More than a few at once would only be in each other's way.
few() {
	while ((${#RUNNING[@]} > $1)); do
		reap
	done
}

# ended PID: until this run has
ended() {
	while [[ -v RUNNING[$1] ]]; do
		reap
	done
}

# ask NAME CHECK ARG...: portwatch with these arguments while $RULES are refused, in the background. The check
# is one of refused.jq. PINS: the pin directory, if it is not the test's. WAY: to another place, instead of $RULES.
ask() {
	local run=$OUTPUTS/run-${#RUNS[@]}
	few 3
	RUNS+=("$1"$'\t'"$2")
	shift 2
	(
		local status=0 way=("$REFUSE" --unhit-ok --hits "$run.hits" "${RULES-}" --)
		[[ ! -v WAY ]] || way=("${WAY[@]}")
		in_ns timeout -k 2 "$LIMIT" "${way[@]}" \
			"$PORTWATCH" --pin-dir "${PINS:-$PIN}" "${HOOKS[@]}" "$@" >"$run.out" 2>"$run.err" </dev/null || status=$?
		# a run that was killed has written no hits
		[[ -e $run.hits ]] || : >"$run.hits"
		echo "$status" >"$run.status"
	) 3>&- &
	ASKED+=($!)
	RUNNING[$!]=$!
}

# asked NAME CHECK ARG...: the same, and waits for its end. Its status is left in $status.
asked() {
	ask "$@"
	ended "${ASKED[-1]}"
	status=$(<"$OUTPUTS/run-$((${#RUNS[@]} - 1)).status")
}

# all_asked: waits until all have ended
all_asked() {
	few 0
}

# judge: what is wrong with all that was asked goes to $FAULTS
judge() {
	local i args=()
	for i in "${!RUNS[@]}"; do
		args+=(--arg "name$i" "${RUNS[i]%$'\t'*}" --arg "check$i" "${RUNS[i]#*$'\t'}" --rawfile "out$i" "$OUTPUTS/run-$i.out"
			--rawfile "err$i" "$OUTPUTS/run-$i.err" --rawfile "hits$i" "$OUTPUTS/run-$i.hits"
			--argjson "status$i" "$(<"$OUTPUTS/run-$i.status")")
	done
	jq -nr -L "$BATS_TEST_DIRNAME" --arg word "$WORD" --argjson may "$MAY" --argjson scene "$SCENE" --argjson nr "${#RUNS[@]}" \
		"${args[@]}" 'include "refused"; $ARGS.named as $a | {$word, $may, $scene, runs: [range($nr) | {
			name: $a["name\(.)"], check: $a["check\(.)"], status: $a["status\(.)"], out: $a["out\(.)"],
			err: $a["err\(.)"], hit: ($a["hits\(.)"] | test(" [1-9]"))}]} | judge' >>"$FAULTS" 2>&1 ||
		echo "  the oracle failed" >>"$FAULTS"
}

# The questions that show whether anything works, which doctor has to know
questions() {
	ask who who --json who --netns self 21001-21004/tcp
	ask list list --json list --port 21001,21002,21009
	ask "free -n" free_plan --json free -n --netns self 21001/tcp
}

# Check the commands that come after the load.
loaded() {
	if (($(<"$OUTPUTS/run-$LOAD.status"))); then
		[[ ! -e $PIN ]] || echo "  load: it failed, and pins are left" >>"$FAULTS"
		return
	fi
	start_fixture fresh --addr 127.0.0.1 --port 21005
	place fresh "$PORT" "$PID"
	asked "who (loaded)" who_loaded --json who --netns self 21005/tcp
	asked "status (loaded)" status_loaded --json status
	asked unload unload -q unload
	[[ ! -e $PIN ]] || echo "  unload: pins are left" >>"$FAULTS"
}

# Something must have run into each rule, else the row says nothing of it.
all_hit() {
	cat "$OUTPUTS"/run-*.hits |
		awk '{ n[$1] += $2 } END { for (rule in n) if (!n[rule]) print "  nothing ran into " rule }' >>"$FAULTS"
}

# Check that the port is free where free says so.
freed() {
	status=0
	wait "$PID" 2>/dev/null || status=$?
	[[ $status = 143 || $status = 137 ]] || echo "  free: the process ended with $status, not by a signal" >>"$FAULTS"
}

# End the holder that free has spared, because `wait` waits for its end.
spared() {
	{
		kill -KILL "$PID" || true
		wait "$PID" || true
	} 2>/dev/null
}

# row RULES: every command while this is refused
row() {
	facility "$1"
	scene
	start_fixture own --addr 127.0.0.1 --port 21006
	place own "$PORT" "$PID"
	local PINS=$PIN-none patience=$((LIMIT - 5)) # nothing is loaded there
	questions
	ask timewait timewait_once --json timewait --once --netns self
	ask "who, free port" who_free --json who --netns self 21004/tcp
	ask "who, bound port" who_bound --json who --netns self 21002/tcp
	ask "who, text" who_text who --netns self 21001/tcp
	ask export export export --netns self
	ask status status_unloaded --json status
	ask doctor doctor --json doctor
	LOAD=${#RUNS[@]}
	PINS=$PIN ask load load -q load
	few 1
	# Where bound sockets are not known it waits in vain.
	[[ $MAY != *bound-sockets* ]] || patience=5
	ask wait wait --json wait 21006/tcp --for free --timeout "$patience"
	asked free free_really --json free --netns self 21006/tcp
	if ((status == 0)); then freed; else spared; fi
	unset PINS
	ended "${ASKED[LOAD]}"
	loaded
	all_asked
	judge
	all_hit
	[[ ! -s $FAULTS ]] || { printf 'refused: %s\n' "$RULES" && cat "$FAULTS" && return 1; }
}

# The last source of a fact, next to one that has been lost
declare -gA IN_COMPANY=(
	[sock_diag]="bound-sockets,timewait,device,closing-times" [setns]="netns,device,netns-bound-sockets,closing-times" ["open:/proc/*/fd"]=holders [bpf]=bound-sockets
)

# pair RULES RULES: the questions while both are refused
pair() {
	local word may
	facility "$1"
	word=$WORD may=$MAY
	facility "$2"
	RULES=$1,$2 WORD="$word|$WORD"
	MAY=$(jq -cn --argjson a "$may" --argjson b "$MAY" \
		--arg more "events,other-holders,creator,bind-options,${IN_COMPANY[$1]-},${IN_COMPANY[$2]-}" \
		'$a + $b + ($more | split(",") - [""]) | unique')
	begin
	questions
	ask doctor doctor --json doctor
	all_asked
	judge
	[[ ! -s $FAULTS ]] || { printf 'refused: %s\n' "$RULES" && cat "$FAULTS"; }
}

# every_pair FACILITY...: what is wrong goes to standard output. TIME-WAIT lasts a minute: the scene is made
# anew in time.
every_pair() {
	local a b made=-60
	while a=$1 && shift; do
		for b; do
			if ((SECONDS - made > 30)); then
				kernel_teardown
				kernel_setup
				scene
				made=$SECONDS
			fi
			pair "$a" "$b"
		done
	done
}
