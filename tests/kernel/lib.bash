# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Give each test of the file that says `load lib` a network namespace ($NETNS) and a pin directory
# ($PIN) of its own. When it ends both are gone and the processes that it started are dead. Never kill
# by name: the machine's other processes, and those of files that run side by side, are not ours.
#
# A file whose tests need more first defines `prepare`.
#
# A load keeps the verifier busy for 1.5 s. A file that says ONE_TRACKER=1 has one tracker for all its tests: it
# is what `pw load` without options gives them. A test that unloads the tracker, or counts all that it was told,
# says `own_tracker` first.

bats_require_minimum_version 1.5.0

PORTWATCH=${PORTWATCH:-$BATS_TEST_DIRNAME/../../build/portwatch}
PORTFIX=${PORTWATCH_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/portfix
PIN_ROOT=/sys/fs/bpf
# The hooks that a tracker has to take: PORTWATCH_HOOKS, or what this kernel has best.
HOOKS=(${PORTWATCH_HOOKS:+--hooks "$PORTWATCH_HOOKS"})

setup_file() {
	[[ ! -v ONE_TRACKER || -v PORTWATCH_LOADED || ! -e /sys/kernel/btf/vmlinux || $(id -u) -ne 0 ]] || ! can_load ||
		load_for_file
}

teardown_file() {
	local name
	[[ -v FILE_TRACKER ]] || return 0
	"$PORTWATCH" --pin-dir "$FILE_TRACKER" unload || rm -rf "$FILE_TRACKER"
	while read -r name; do
		ip netns del "$name" || true
	done <"$FILE_NAMESPACES"
}

# Load the tracker that the tests of this file share, and leave its pins in FILE_TRACKER. Where that fails, the tests
# that load will say so. FILE_NAMESPACES: the namespaces that it has seen, by name, a line each.
load_for_file() {
	export FILE_TRACKER=$PIN_ROOT/portwatch-test-$$-file FILE_NAMESPACES=$BATS_FILE_TMPDIR/namespaces
	: >"$FILE_NAMESPACES"
	"$PORTWATCH" --pin-dir "$FILE_TRACKER" "${HOOKS[@]}" -q load || unset FILE_TRACKER FILE_NAMESPACES
}

# Give this test a tracker of its own for each `pw load`.
own_tracker() {
	unset FILE_TRACKER
}

setup() {
	kernel_setup
	! declare -F prepare >/dev/null || prepare
}

teardown() {
	kernel_teardown
}

kernel_setup() {
	[[ -e /sys/kernel/btf/vmlinux ]] || skip "this kernel has no BTF"
	netns_setup
}

# All but the tracker: for tests that only need sockets of their own.
netns_setup() {
	[[ $(id -u) -eq 0 ]] || skip "needs root"
	STARTED=()
	NAMESPACES=()
	OUTPUTS=$(mktemp -d)
	PIN=$PIN_ROOT/portwatch-test-$$-$BATS_TEST_NUMBER
	make_netns main
	NETNS=$RET
}

kernel_teardown() {
	local pid name
	# skipped before anything was set up
	[[ -v OUTPUTS ]] || return 0
	for pid in "${STARTED[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in "${STARTED[@]}"; do
		# some are this shell's children, some not
		wait "$pid" 2>/dev/null || await 5 dead "$pid" || echo "still alive: $pid"
	done
	rm -rf "$OUTPUTS"
	if [[ $PIN != "${PORTWATCH_LOADED-}" && $PIN != "${FILE_TRACKER-}" ]]; then
		[[ ! -e $PIN ]] || "$PORTWATCH" --pin-dir "$PIN" unload || rm -rf "$PIN"
		rm -rf "$PIN" # whatever a broken build may have left
	fi
	# A later namespace would get the same number, and with it what the tracker of all tests still
	# remembers of this one.
	[[ ! -v PORTWATCH_LOADED ]] || return 0
	if [[ -v FILE_NAMESPACES ]]; then
		printf '%s\n' "${NAMESPACES[@]}" >>"$FILE_NAMESPACES"
		return 0
	fi
	for name in "${NAMESPACES[@]}"; do
		ip netns del "$name" || true
	done
}

# make_netns LABEL: a namespace with loopback up; its name is left in RET.
make_netns() {
	RET=pwt-$$-$BATS_TEST_NUMBER-$1
	ip netns add "$RET"
	NAMESPACES+=("$RET")
	# IPv6 addresses are usable at once, without duplicate detection.
	in_netns "$RET" sh -c 'ip link set lo up
		echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad 2>/dev/null || true
		[ -z "$1" ] || echo "$1" >/proc/sys/net/ipv4/ip_local_port_range' sh "$(port_range)"
}

# Print the range that the kernel chooses ports from for this file. Files that run side by side have
# different ones, because portwatch answers for all network namespaces (tests/tap-exec.sh).
port_range() {
	[[ ! -v TEST_SLOT ]] || echo "$((41000 + TEST_SLOT * 2400)) $((43399 + TEST_SLOT * 2400))"
}

# all_ports [NAMESPACE]: let the kernel choose from nearly as many ports as by default, so that thousands
# of connections do not come back to a port in TIME-WAIT. No other file has its ports there.
all_ports() {
	in_netns "${1:-$NETNS}" sh -c 'cd /proc/sys/net/ipv4
		echo "10500 39999" >ip_local_port_range; echo 20000-21999,28000-28999 >ip_local_reserved_ports'
}

# times SHORT LONG: print how often something is done, in `make test` and in `make test-long`.
times() {
	if [[ -v TEST_LONG ]]; then echo "$2"; else echo "$1"; fi
}

# Skip a test that `make test` has no time for: `make test-long` runs it.
long() {
	[[ -v TEST_LONG ]] || skip "takes long: make test-long"
}

# `ip netns exec` would mount a /sys of its own, which hides bpffs: only the network changes here.
in_netns() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" "$@"
}

# in_ns COMMAND...: in the test's own namespace
in_ns() {
	in_netns "$NETNS" "$@"
}

# kernel_is VERSION: that one or newer
kernel_is() {
	printf '%s\n' "$1" "$(uname -r)" | sort -CV
}

# How holders are found that can be told without a walk over all processes: an iterator is confined to
# one process from 6.1 on (f0d74c4da1f0).
verified() {
	if kernel_is 6.1; then echo verified; else echo walk; fi
}

# Links of kprobes can be pinned from 5.15 on (b89fbfbb854c).
can_load() {
	[[ ${PORTWATCH_HOOKS-} != kprobe ]] || kernel_is 5.15
}

# Print the hook of a need, by the tracker that is loaded, be it for other tests, or by what would be. doctor loads
# every program for that, for four seconds.
hook_of() {
	local pins=$PIN
	[[ -e $pins ]] || pins=${PORTWATCH_LOADED-${FILE_TRACKER-}}
	if [[ -e $pins ]]; then
		"$PORTWATCH" --pin-dir "$pins" status --json | jq -r --arg need "$1" '.hooks[] | select(.need == $need).variant'
	else
		pw doctor --json | jq -r --arg need "$1" '.needs[] | select(.need == $need).variant'
	fi
}

# Print the hook that tells of a bound port. Only some see a port that the kernel chooses by itself.
bind_hook() {
	printf '%s\n' "${PORTWATCH_HOOKS:-$(hook_of bind)}"
}

# pw ARG...: portwatch in the test's namespace, with the test's pin directory and hooks. Where the
# processor is emulated a load takes seconds: there PORTWATCH_LOADED names the pins of a tracker that
# serves all tests that load one with no options of their own.
pw() {
	local loaded=${PORTWATCH_LOADED-${FILE_TRACKER-}}
	if [[ -n $loaded && $* =~ ^(-q )?load$ ]]; then
		PIN=$loaded
		return
	fi
	[[ $PIN != "${FILE_TRACKER-}" || " $* " != *" unload "* ]] || { echo "other tests need it: own_tracker"; return 1; }
	[[ " $* " != *" load "* ]] || can_load || skip "the rest needs kprobes that outlive their process"
	in_ns "$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" "$@"
}

# A zombie is dead: an orphan's waits for init, which may take its time.
dead() {
	! kill -0 "$1" 2>/dev/null || grep -qs '^State:.Z' "/proc/$1/status"
}

# await SECONDS COMMAND...: until the command succeeds. The longer it takes, the longer is the pause between two tries:
# a look may start several processes, and looks would keep a processor busy. PATIENCE: how many times slower this
# machine is.
# Never less than half a minute, for it may be busy; and no more unasked, for at a whole one TIME-WAIT and
# many a fixture end by themselves.
await() {
	local seconds=$(($1 * ${PATIENCE:-1})) start=${EPOCHREALTIME/[.,]/} passed pause
	((seconds >= 30)) || seconds=30
	shift
	until "$@"; do
		passed=$((${EPOCHREALTIME/[.,]/} - start))
		((passed < seconds * 1000000)) || return 1
		pause=$((passed < 100000 ? 10000 : passed < 5000000 ? passed / 10 : 500000))
		printf -v pause '0.%06d' "$pause"
		sleep "$pause"
	done
}

# await_listening PID: until that `portwatch stream` is told of events. It sleeps nowhere else than between
# two looks at its ring.
await_listening() {
	await 10 grep -qs poll "/proc/$1/wchan" "/proc/$1/stack"
}

# start NAME COMMAND...: in the background and in $RUN_IN (default: the test's namespace), output
# to $OUTPUTS/NAME and $OUTPUTS/NAME.err; the pid is left in RET. Descriptor 3 is bats' own, which
# would wait for whoever still has it.
start() {
	local name=$1
	shift
	# now, not when the background gets round to it: nobody must read what the last one said
	: >"$OUTPUTS/$name"
	# exec, so that the pid is the command's and not that of a shell in front of it
	(exec nsenter --net="/run/netns/${RUN_IN:-$NETNS}" "$@") >"$OUTPUTS/$name" \
		2>"$OUTPUTS/$name.err" </dev/null 3>&- &
	RET=$!
	STARTED+=("$RET")
}

# await_line NAME PATTERN [SECONDS]: until a line of what NAME printed matches; it is left in RET.
await_line() {
	if ! await "${3:-5}" grep -qsE -- "$2" "$OUTPUTS/$1"; then
		echo "no line like '$2' from $1, but:"
		cat "$OUTPUTS/$1" "$OUTPUTS/$1.err"
		return 1
	fi
	RET=$(grep -m1 -E -- "$2" "$OUTPUTS/$1")
}

# field KEY LINE: the value of key=value in the line, nothing if it has none
field() {
	[[ ! " $2" =~ \ $1=([^ ]*) ]] || printf '%s\n' "${BASH_REMATCH[1]}"
}

# start_fixture NAME ARG...: portfix in the background, until it says what a pattern asks for
# ($UNTIL, default ready). Leaves that line in RET, its port and pid in PORT and PID, and sees to
# it that children are gone after the test, too.
start_fixture() {
	local name=$1 child
	shift
	start "$name" "$PORTFIX" "$@"
	await_line "$name" "^${UNTIL:-ready}"
	PORT=$(field port "$RET")
	PID=$(field pid "$RET")
	STARTED+=("$PID")
	for child in $(field children "$RET" | tr , ' '); do
		STARTED+=("$child")
	done
}

# accepted NAME N: until that fixture has taken so many connections
accepted() {
	local name=$1 count=$2
	await 60 eval '(($(grep -c ^accepted "$OUTPUTS/$name") >= count))' || {
		echo "not $count connections accepted by $name, but:"
		cat "$OUTPUTS/$name"
		return 1
	}
}

# need COMMAND...: skip the test where one is missing. Where nothing may be, in CI, it fails.
need() {
	local command
	for command; do
		! command -v "$command" >/dev/null || continue
		[[ -z ${CI-} || $CI = false ]] || { echo "missing: $command"; return 1; }
		skip "needs $command"
	done
}
