#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=sources
#
# The sources of facts: each shows itself on sockets that are known, the types of another kernel are
# not believed, and what a place without /proc or with a closed one leaves. What is left when the kernel
# refuses something is in refused.bats.

load lib

TYPES=/run/portwatch

prepare() {
	need jq
	REFUSE=$(dirname "$PORTFIX")/refuse
}

# The answer about $PORT names this one holder.
owner() {
	run -0 --separate-stderr in_ns "$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$output $stderr"
	[[ -z $stderr ]]
	jq -e --argjson pid "$PID" '[.sockets[].owners[].pid] == [$pid] and .ports[0].why == "held"' <<<"$output"
}

@test "the types of another kernel: not believed, and the answer is right" {
	"$PORTWATCH" doctor --json | jq -e '.sources[] | select(.fact == "holders" and .source == "walk").works' >/dev/null ||
		skip "this kernel refuses the walk"
	start_fixture server --addr 127.0.0.1
	owner
	jq -e '.sources.holders == "walk"' <<<"$output"
	ls "$TYPES"/*.btf
	mkdir "$OUTPUTS/types"
	cp "$TYPES"/*.btf "$OUTPUTS/types/"
	for file in "$OUTPUTS/types"/*.btf; do
		/usr/bin/python3 -B "$BATS_TEST_DIRNAME/wrongbtf.py" "$file"
	done
	run -0 --separate-stderr unshare --mount sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' - "$OUTPUTS/types" "$TYPES" \
		nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" -v --json "$PORT/tcp"
	echo "$output $stderr"
	[[ $stderr = *"types from the file are not believed"* ]]
	jq -e --argjson pid "$PID" '[.sockets[].owners[].pid] == [$pid]' <<<"$output"
}

@test "no file of types and no place for it: the same answer" {
	start_fixture server --addr 127.0.0.1
	run -0 --separate-stderr unshare --mount sh -c 'mount -t tmpfs -o ro none /run/portwatch 2>/dev/null; exec "$@"' - \
		nsenter --net="/run/netns/$NETNS" "$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
	jq -e --argjson pid "$PID" '[.sockets[].owners[].pid] == [$pid]' <<<"$output"
}

@test "each source tells the holder of a listener, a bound socket and a UDP socket" {
	local rules kind n=0
	for kind in "--listen 9" --bind-only "--proto udp"; do
		# shellcheck disable=SC2086 # words
		start_fixture "server$((++n))" --addr 127.0.0.1 $kind
		for rules in 'iter/*' raw_tp bpf bpf,setns; do
			run -0 --separate-stderr in_ns "$REFUSE" --unhit-ok "$rules" -- "$PORTWATCH" --pin-dir "$PIN" --json "$PORT"
			echo "$rules: $output"
			jq -e --argjson pid "$PID" '[.sockets[].owners[].pid] == [$pid]' <<<"$output"
		done
	done
}

@test "no /proc: sockets, and holders where BPF may be used" {
	start_fixture server --addr 127.0.0.1
	local gone=(unshare --mount sh -c 'umount -l /proc && exec "$@"' -)
	run --separate-stderr in_ns "${gone[@]}" "$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$status $output $stderr"
	[[ $status -eq 0 ]]
	jq -e '.sockets[0].state == "LISTEN" and (.unknown | index("netns")) and
		((.sockets[0].owners | length > 0) or (.unknown | index("holders")))' <<<"$output"
	run --separate-stderr in_ns "$REFUSE" --unhit-ok bpf -- "${gone[@]}" "$PORTWATCH" --pin-dir "$PIN" "$PORT/tcp"
	echo "$status $output $stderr"
	[[ $status -eq 0 && $output = *"processes cannot be seen here: neither BPF nor /proc may be used"* ]]
	run --separate-stderr in_ns "${gone[@]}" "$PORTWATCH" --pin-dir "$PIN" free "$PORT/tcp"
	[[ $status -eq 5 && ${#stderr_lines[@]} -eq 1 ]]
	kill -0 "$PID"
}

@test "a /proc that shows own processes only: others are not taken for nobody" {
	cp "$PORTWATCH" "$OUTPUTS/portwatch"
	chmod 755 "$OUTPUTS" "$OUTPUTS/portwatch"
	start_fixture server --addr 127.0.0.1
	run --separate-stderr in_ns unshare --mount sh -c \
		'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"' - \
		"$OUTPUTS/portwatch" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$status $output $stderr"
	[[ $status -eq 0 ]]
	jq -e '.sockets[0].owners == [] and .ports[0].why == "held" and (.unknown | index("holders"))' <<<"$output"
}

@test "doctor tries each source, and says of each that is refused what and why" {
	run -0 --separate-stderr pw --json doctor
	jq -e '.works and ([.sources[] | select(.works) | .fact] | unique |
		contains(["sockets", "holders", "namespaces", "timewait"])) and
		all(.sources[] | select(.works | not); (.step | length > 0))' <<<"$output"
	run -0 --separate-stderr in_ns "$REFUSE" raw_tp -- "$PORTWATCH" --json doctor
	jq -e '[.sources[] | select(.source == "walk" and .type == "raw_tp" and .error == "EPERM" and .step == "loading")] | length >= 1' <<<"$output"
	run -0 --separate-stderr in_ns "$REFUSE" bpf -- "$PORTWATCH" doctor
	[[ ${lines[-1]} = "verdict       who, list and free answer; no tracker can be loaded"* ]]
	# nothing stays
	run -0 bash -c 'ls /sys/fs/bpf | grep -c portwatch-doctor || true'
	[[ $output = 0 ]]
}

# Let the holder live elsewhere, as whoever forwards a container's ports does. $OUTPUTS has the mount in the command's
# own mount namespace alone.
@test "a network namespace that only a mount keeps is entered, and one that cannot be is told" {
	need python3
	local kept="$OUTPUTS/kept here" rules netns link
	: >"$kept"
	: >"$OUTPUTS/over"
	start server python3 -uc 'import ctypes, os, socket, time
c = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/self/ns/net", os.O_RDONLY)
assert c.unshare(0x40000000) == 0
kept = os.open("/proc/self/ns/net", os.O_RDONLY)
s = socket.socket()
s.bind(("0.0.0.0", 0))
s.listen()
assert c.setns(home, 0x40000000) == 0
print("ready port=%d pid=%d kept=%d" % (s.getsockname()[1], os.getpid(), kept), flush=True)
time.sleep(60)'
	await_line server ^ready
	PORT=$(field port "$RET") PID=$(field pid "$RET") link=/proc/$PID/fd/$(field kept "$RET")
	netns=$(stat -Lc %i "$link")
	for rules in bpf 'iter/*'; do
		run --separate-stderr in_ns "$REFUSE" --unhit-ok "$rules" -- unshare --mount sh -c \
			'mount --no-canonicalize --bind "$1" "$2" && shift 2 && exec "$@"' - "$link" "$kept" \
			"$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
		echo "$rules: $output $stderr"
		jq -e --argjson pid "$PID" --argjson netns "$netns" '.sockets[0] |
			.netns == $netns and .state == "LISTEN" and [.owners[].pid] == [$pid]' <<<"$output"
	done
	run --separate-stderr in_ns "$REFUSE" --unhit-ok bpf -- unshare --mount sh -c \
		'mount --no-canonicalize --bind "$1" "$2" && mount --bind "$3" "$2" && shift 3 && exec "$@"' - \
		"$link" "$kept" "$OUTPUTS/over" "$PORTWATCH" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "hidden: $output $stderr"
	jq -e '.unknown | index("netns")' <<<"$output"
}

# A container that was started later may be refused what the tracker was loaded with.
@test "a tracker whose map cannot be read as a whole: the kernel's tables answer, and it is said what they cannot know" {
	"$PORTWATCH" --pin-dir "$PIN" -q load || skip "this kernel loads no tracker"
	start_fixture server --addr 127.0.0.1
	local refused=(in_ns "$REFUSE" --unhit-ok "cmd:PROG_TEST_RUN,iter/bpf_map_elem" -- "$PORTWATCH" --pin-dir "$PIN" --json)
	run -0 --separate-stderr "${refused[@]}" list --netns self
	echo "$output $stderr"
	[[ -z $stderr ]]
	jq -e --argjson pid "$PID" --argjson port "$PORT" \
		'([.sockets[] | select(.local.port == $port).owners[].pid] == [$pid]) and (.unknown | index("creator"))' <<<"$output"
	# A port that is looked up needs no more than it did.
	run -0 --separate-stderr "${refused[@]}" "$PORT/tcp"
	jq -e --argjson pid "$PID" '.sockets[0].creator.pid == $pid and .unknown == null' <<<"$output"
	run -1 --separate-stderr "${refused[@]}" free -n --netns self "1-65535/tcp" # a plan frees nothing
	jq -e --argjson pid "$PID" '[.. | .pid? // empty] | index($pid)' <<<"$output"
}

# A refusal for want of memory or of descriptors is a refusal, and another source answers.
@test "BPF for which there is no memory or no descriptor: the holder is told from what is left" {
	need strace
	start_fixture server --addr 127.0.0.1 --lifetime 3600
	local error
	for error in ENOMEM EMFILE ENFILE; do
		in_ns strace -qq -o /dev/null -e trace=bpf -e inject=bpf:error="$error" \
			"$PORTWATCH" --pin-dir "$PIN" --json who "$PORT/tcp" >"$OUTPUTS/out" 2>"$OUTPUTS/err" || {
			cat "$OUTPUTS/err"
			false
		}
		jq -e ".sockets[0].owners[0].pid == $PID and (.unknown | length > 0)" "$OUTPUTS/out"
	done
}

# inside WHY STATES RULES: what is said of $PORT in the other namespace, which is not entered
inside() {
	run --separate-stderr in_ns "$REFUSE" --unhit-ok "$3" -- "$PORTWATCH" --pin-dir "$PIN" --json who --netns "$there" "$PORT/tcp"
	echo "$3: status $status $output $stderr"
	jq -e --arg why "$1" --arg states "$2" '.ports[0].why == $why and ([.sockets[].state] | join(",")) == $states' <<<"$output"
}

@test "a network namespace that cannot be entered: what is not seen there is not free" {
	local there
	make_netns there
	there=$RET
	RUN_IN=$there start_fixture timewait --addr 127.0.0.1 --state TIME_WAIT --drop-listener
	inside timewait TIME_WAIT setns
	inside timewait TIME_WAIT bpf,setns
	RUN_IN=$there start_fixture bound --addr 127.0.0.1 --bind-only
	inside bound BOUND setns
	inside unknown "" bpf,setns
	[[ $status -eq 5 ]]
	jq -e '.unknown | index("netns-bound-sockets")' <<<"$output"
	inside unknown "" 'bpf,setns,open:/proc/*net/*'
	[[ $status -eq 5 ]]
	# Asked about our own, none is entered, and nothing is said against it.
	run --separate-stderr in_ns "$REFUSE" bpf,setns -- "$PORTWATCH" --pin-dir "$PIN" --json who --netns self "$PORT/tcp"
	[[ $stderr = *"nothing ran into setns"* ]]
	jq -e '.ports[0].why == "free" and (.unknown // [] | index("netns-bound-sockets") | not)' <<<"$output"
}

@test "a closing connection whose timer is shown by nobody: no time, and it is said that none is known" {
	# Longer than TIME-WAIT: until then it is a socket of its own, whose timer the iterators do not show.
	in_ns sysctl -qw net.ipv4.tcp_fin_timeout=120
	start_fixture closing --addr 127.0.0.1 --state FIN_WAIT2 --orphan --drop-listener
	run --separate-stderr in_ns "$PORTWATCH" --pin-dir "$PIN" --json who "$PORT/tcp"
	jq -e '.sockets[] | select(.state == "FIN_WAIT2") | .expires_ms > 0 and .waits_for == "fin"' <<<"$output"
	jq -e '.unknown // [] | index("closing-times") | not' <<<"$output"
	run --separate-stderr in_ns "$REFUSE" sock_diag -- "$PORTWATCH" --pin-dir "$PIN" --json who "$PORT/tcp"
	jq -e '.sockets[] | select(.state == "FIN_WAIT2") | has("expires_ms") | not' <<<"$output"
	jq -e '.unknown | index("closing-times")' <<<"$output"
}
