#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Holders of a socket other than its creator: every way that a socket can come into other
# hands, with the exact descriptors, from the tracker and from a snapshot.

load lib
ONE_TRACKER=1

prepare() {
	need jq python3
}

# play NAME: what the scene says is in $SCENE, its port in $PORT. Why it cannot be had here is in $MISSING.
play() {
	start "$1" python3 "$BATS_TEST_DIRNAME/holders.py" "$1"
	await_line "$1" '^\{'
	SCENE=$RET
	MISSING=$(jq -r '.skip // empty' <<<"$SCENE")
	[[ -z $MISSING ]] || return 0
	PORT=$(jq .port <<<"$SCENE")
	for pid in $(jq -r '(.holders + .connection // {} | keys[]), .pids[]?' <<<"$SCENE"); do
		STARTED+=("$pid")
	done
}

# Print the holders that the scene tells of, as `owners` does.
holders() {
	jq -cS '.holders | map_values(sort)' <<<"$SCENE"
}

# untracked COMMAND...: where no tracker is loaded
untracked() {
	local PIN=$PIN-none
	"$@"
}

# owners STATE: {pid: [fds]} of the socket in this state, as `who` says
owners() {
	jq -cS --arg state "$1" '[.sockets[] | select(.state == $state).owners[] |
		{key: (.pid | tostring), value: (.fds | sort)}] | from_entries' <<<"$output"
}

ask() {
	run --separate-stderr pw --json who --netns self "$PORT/tcp"
	echo "who $PORT: $status $output $stderr"
}

# right NAME [RESOLVED]: from the tracker, if asked for without a walk, and from a snapshot
right() {
	local want
	pw -q load
	play "$1"
	[[ -z $MISSING ]] || skip "$MISSING"
	want=$(holders)
	ask
	[[ $(owners LISTEN) = "$want" ]]
	jq -e --argjson pid "$(jq .creator <<<"$SCENE")" '.sockets[] | select(.state == "LISTEN").creator.pid == $pid' \
		<<<"$output" >/dev/null
	[[ -z ${2:-} || $(jq -r '.sockets[] | select(.state == "LISTEN").resolved' <<<"$output") = "$2" ]]
	[[ $(jq -r .source <<<"$output") = tracker ]]
	untracked ask
	[[ $(jq -r .source <<<"$output") = snapshot && $(owners LISTEN) = "$want" ]]
}

# Print the scenes of the tests.
scenes() {
	sed -nE 's/^\tright ([a-z-]+).*/\1/p' "$BATS_TEST_FILENAME"
}

# Loads once for all, because a load takes longer than all scenes.
@test "older than the tracker: the holders of each scene" {
	own_tracker
	local name played=()
	declare -A told
	for name in $(scenes); do
		play "$name"
		[[ -z $MISSING ]] || continue
		played+=("$name")
		told[$name]=$SCENE
	done
	((${#played[@]} > 10))
	pw -q load
	for name in "${played[@]}"; do
		SCENE=${told[$name]}
		PORT=$(jq .port <<<"$SCENE")
		ask
		[[ $(jq -r .source <<<"$output") = tracker && $(owners LISTEN) = "$(holders)" ]]
		[[ $name != @(uring-only|uring-direct) || $(jq -r '.ports[0].why' <<<"$output") = inflight ]]
	done
}

@test "a daemon whose first process is gone, without a walk" {
	right daemon verified
}

@test "a thread opens it, and the first thread of the process ends" {
	right leader-gone
	jq -e '.sockets[0].owners[0] | (.cmdline[-1] == "leader-gone") and .cgroup' <<<"$output" >/dev/null
}

@test "passed by SCM_RIGHTS: the sender keeps it, closes it, has gone" {
	right passed
	right passed-closed
	right passed-gone
}

@test "taken by pidfd_getfd" {
	right pidfd-getfd
}

@test "fork and exec, with and without CLOEXEC; posix_spawn; the command line is the new one" {
	right exec verified
	jq -e --argjson words "$(jq .cmdline <<<"$SCENE")" '.sockets[0].owners[0].cmdline == $words' <<<"$output" >/dev/null
	right exec-cloexec verified
	right spawn verified
}

@test "one table of descriptors for two processes, and two again" {
	right clone-files verified
	right unshare-files
}

@test "close_range, and dup2 over it: others still have it" {
	right close-range verified
	right dup-over verified
}

@test "registered in an io_uring, and then only there" {
	right uring
	right uring-only
	ask
	[[ $status -eq 0 && $(jq -r '.ports[0].why' <<<"$output") = inflight ]]
}

@test "in an io_uring from its beginning, as a direct descriptor" {
	right uring-direct
	ask
	[[ $status -eq 0 && $(jq -r '.ports[0].why' <<<"$output") = inflight ]]
	run --separate-stderr pw free --netns self "$PORT/tcp"
	echo "free: $status $output $stderr"
	[[ $status -eq 1 && $output = *io_uring* ]]
	kill -0 "$(jq .creator <<<"$SCENE")"
}

@test "by the kernel itself: no process is named, none is ended, and its end is noticed" {
	own_tracker
	in_ns ip link add vx0 type vxlan id 1 dstport 4789 local 127.0.0.1 2>/dev/null || skip "this kernel has no VXLAN"
	PORT=4789
	tunnel() {
		in_ns ip link set vx0 "$1"
	}
	owned_by_kernel() {
		run --separate-stderr pw --json who --netns self 4789/udp
		jq -e '(.sockets | length) == 1 and .sockets[0].owners == [] and .ports[0].why == "kernel"' <<<"$output" >/dev/null
	}
	nobodys() {
		run -1 --separate-stderr pw who --netns self 4789/udp
		run -1 --separate-stderr pw --no-header list --netns self --port 4789
		[[ -z $output ]]
	}
	tunnel up
	owned_by_kernel
	pw -q load
	owned_by_kernel
	run -1 --separate-stderr pw free --netns self 4789/udp
	[[ $output = *"in use by the kernel itself"* ]]
	run -1 --separate-stderr pw free --force --netns self 4789/udp
	tunnel down
	nobodys
	tunnel up
	owned_by_kernel
	jq -e '.sockets[0].creator.comm == "ip"' <<<"$output" >/dev/null
	tunnel down
	nobodys
	run -0 pw check
}

@test "in a sockmap, which does not keep it" {
	right sockmap
	kill -KILL "$(jq .creator <<<"$SCENE")"
	await 5 eval '! pw -q who --netns self $PORT/tcp >/dev/null'
	run -1 untracked pw -q who --netns self "$PORT/tcp"
}

@test "an accepted connection in the hands of a worker" {
	right accepted
	in_hands() {
		jq -e --argjson want "$(jq -cS .connection <<<"$SCENE")" --argjson client "$(jq .client <<<"$SCENE")" '.sockets[] |
			select(.state == "ESTABLISHED" and .remote.port == $client).owners |
			map({key: (.pid | tostring), value: .fds}) | from_entries == $want' <<<"$output" >/dev/null
	}
	in_hands
	ask
	in_hands
}

@test "seen from a PID namespace of its own: owners and --pid are numbered as there" {
	# COMMAND...: where the box is, process $SHELL_PID being its first
	inside() {
		run --separate-stderr in_ns nsenter --pid --mount --target "$SHELL_PID" "$@"
		echo "$*: $status $output $stderr"
	}
	in_its_numbers() {
		local inner
		inside "$PORTWATCH" --pin-dir "$PIN" --json who "$PORT/tcp"
		inner=$(jq '.sockets[0].owners[0].pid' <<<"$output")
		[[ $inner -ne $OUTER && $inner -lt 20 ]]
		inside "$PORTWATCH" --pin-dir "$PIN" --no-header list --netns self --pid "$inner"
		[[ $output = *":$PORT "*"portfix[$inner]"* ]]
		in_ns nsenter --pid --mount --target "$SHELL_PID" timeout 120 "$PORTWATCH" --pin-dir "$PIN" \
			stream --json --pid "$inner" >"$OUTPUTS/events" 3>&- &
		STARTED+=($!)
		await 10 eval 'in_ns bash -c "exec 9<>/dev/tcp/127.0.0.1/$PORT" && grep -q "\"port\":$PORT" "$OUTPUTS/events"'
		kill "${STARTED[-1]}"
		# nobody's number here
		inside "$PORTWATCH" --pin-dir "$PIN" --no-header list --netns self --pid "$OUTER"
		[[ $status -eq 1 && $output != *portfix* ]]
		inside timeout 60 "$PORTWATCH" --pin-dir "$PIN" free --no-escalate --dry-run --netns self "$PORT/tcp"
		[[ $output = *"portfix[$inner] would get TERM"* ]]
	}
	own_tracker
	start box unshare --pid --mount --fork --kill-child --mount-proc sh -c '"$0" --addr 127.0.0.1 & wait' "$PORTFIX"
	await_line box ^ready
	PORT=$(field port "$RET")
	SHELL_PID=$(pgrep -P "${STARTED[-1]}")
	OUTER=$(pgrep -P "$SHELL_PID")
	in_its_numbers
	pw -q load
	in_its_numbers
	# a process of the host that holds a port there: shown without a number, and left alone
	start_fixture host --addr 127.0.0.1
	inside "$PORTWATCH" --pin-dir "$PIN" --json who --netns self "$PORT/tcp"
	jq -e '.sockets[0].owners | all(has("pid") | not)' <<<"$output" >/dev/null
	inside "$PORTWATCH" --pin-dir "$PIN" free --force --netns self "$PORT/tcp"
	[[ $status -eq 1 ]]
	kill -0 "$PID"
}

@test "64 workers with SO_REUSEPORT, each with its own socket" {
	pw -q load
	start_fixture group --addr 127.0.0.1 --reuseport-workers 64
	children=$(field children "$RET" | tr , '\n' | sort -n | jq -s .)
	sockets() {
		ask
		jq -e --argjson pids "$children" '(.sockets | length) >= 64 and
			([.sockets[].owners | select(length != 1)] | length) == 0 and
			([.sockets[].owners[0].pid] | unique | length) == (.sockets | length) and
			($pids - [.sockets[].owners[0].pid] | length) == 0' <<<"$output" >/dev/null
	}
	sockets
	untracked sockets
}

@test "systemd-socket-activate: whoever was started has it, and who keeps it for the next" {
	need systemd-socket-activate
	pw -q load
	start activate systemd-socket-activate -l 127.0.0.1:28000 sleep 60
	PORT=28000
	await 5 eval 'pw -q who --netns self 28000/tcp >/dev/null'
	activator=$RET
	ask
	[[ $(owners LISTEN | jq -c keys) = "[\"$activator\"]" ]]
	in_ns bash -c 'exec 3<>/dev/tcp/127.0.0.1/28000' &
	# it becomes `sleep`, which knows nothing of the socket
	await 5 eval '[[ $(cat /proc/$activator/comm) = sleep ]]'
	ask
	[[ $(owners LISTEN | jq -c keys) = "[\"$activator\"]" ]]
	[[ $(jq -c '.sockets[] | select(.state == "LISTEN").owners[0].cmdline' <<<"$output") = '["sleep","60"]' ]]
}

@test "containers: the same port in other pid, net, user and cgroup namespaces" {
	pw -q load
	start_fixture host --addr 127.0.0.1 --port 28000
	host=$PID
	for i in 1 2; do
		start "box$i" unshare --pid --net --user --map-root-user --cgroup --fork --kill-child \
			sh -c 'ip link set lo up; exec "$0" --addr 127.0.0.1 --port 28000' "$PORTFIX"
		await_line "box$i" ^ready
		[[ $(field pid "$RET") -eq 1 ]]
	done
	everywhere() {
		run --separate-stderr pw --json who 28000/tcp
		# each has a namespace, a socket and a process of its own; numbered as we see them
		jq -e --argjson host "$host" '[.sockets[] | select(.local.port == 28000 and
			.owners[0].comm == "portfix" and (.owners[0].cmdline | index("28000")))] |
			(map(.netns) | unique | length) >= 3 and (map(.owners[0].pid) | unique | length) >= 3 and
			any(.owners[0].pid == $host) and all(.owners[0].pid != 1)' <<<"$output" >/dev/null
	}
	everywhere
	untracked everywhere
}

@test "a UDP socket in flight: the peer that it got after its bind()" {
	pw -q load
	start flight python3 -c '
import signal, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
s.connect(("127.0.0.1", 9))
print("ready", s.getsockname()[1], flush=True)
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
socket.send_fds(a, [b"x"], [s.fileno()])
s.close()
print("flying", flush=True)
signal.pause()'
	await_line flight '^flying'
	port=$(sed -n 's/^ready //p' "$OUTPUTS/flight")
	run -0 pw --json who --netns self "$port/udp"
	jq -e '[.sockets[] | [.state, .remote, .owners]] == [["ESTABLISHED", {addr: "127.0.0.1", port: 9}, []]]' <<<"$output" >/dev/null
}
