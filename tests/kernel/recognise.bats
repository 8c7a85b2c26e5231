#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Marks that a person knows a holder by: systemd unit, container and network namespace, in the text and in
# the JSON, and the filters for them. The shapes of paths are in tests/unit/cgroup_path_test.c.

load lib
load agree
ONE_TRACKER=1

ID=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

prepare() {
	need jq
	CGROUP2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	GROUP=portwatch-test-$BASHPID
}

teardown() {
	kernel_teardown
	[[ -z $CGROUP2 ]] || find "$CGROUP2/$GROUP" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

# holder NAME CGROUP: a server there; its port is in PORT
holder() {
	mkdir -p "$CGROUP2/$GROUP/$2"
	start "$1" sh -c 'echo $$ >"$1/cgroup.procs" && exec "$2" --addr 127.0.0.1' sh "$CGROUP2/$GROUP/$2" "$PORTFIX"
	await_line "$1" ^ready
	PORT=$(field port "$RET")
}

# known CGROUP UNIT CONTAINER: what `who` says of the holder; - is nothing
known() {
	run -0 --separate-stderr pw --json who --netns self "$PORT/tcp"
	[[ $(jq -r '.sockets[0].owners[0] | .cgroup, .unit // "-", .container // "-"' <<<"$output" | xargs) = "/$GROUP/$1 $2 $3" ]]
}

# found FILTER...: only the last server by it
found() {
	run -0 --separate-stderr pw --no-header list --netns self "$@"
	[[ ${#lines[@]} -eq 1 && $output = *":$PORT "* ]]
}

everyone() {
	holder unit system.slice/tracd.service
	known system.slice/tracd.service tracd.service -
	found --unit tracd.service
	found --unit tracd
	found --cgroup "/$GROUP/system.slice"
	run -0 --separate-stderr pw who --netns self "$PORT/tcp"
	[[ $output = *tracd.service* ]]
	holder docker "system.slice/docker-$ID.scope"
	known "system.slice/docker-$ID.scope" "docker-$ID.scope" $ID
	run -0 --separate-stderr pw who --netns self "$PORT/tcp"
	[[ $output = *${ID:0:12}* ]]
	found --container "${ID:0:12}"
	found --container "$ID"
	holder podman "machine.slice/libpod-${ID/0/1}.scope/container"
	known "machine.slice/libpod-${ID/0/1}.scope/container" "libpod-${ID/0/1}.scope" "${ID/0/1}"
	holder containerd "kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID/0/2}.scope"
	known "kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID/0/2}.scope" "cri-containerd-${ID/0/2}.scope" "${ID/0/2}"
	holder crio "kubepods.slice/crio-${ID/0/3}.scope"
	known "kubepods.slice/crio-${ID/0/3}.scope" "crio-${ID/0/3}.scope" "${ID/0/3}"
	found --cgroup "/$GROUP/kubepods.slice/crio-${ID/0/3}.scope"
	found --container "${ID/0/3},dead"
}

@test "unit and container, from a snapshot and from the tracker" {
	[[ -n $CGROUP2 ]] || skip "cgroup2 is mounted nowhere"
	everyone
	clear_scene
	pw -q load
	everyone
}

@test "a network namespace by its name where it has one, by its number where not" {
	make_netns named
	local name=$RET inode
	inode=$(stat -Lc %i "/run/netns/$name")
	RUN_IN=$name start_fixture server --addr 127.0.0.1
	seen() {
		run -0 --separate-stderr pw list --listening --netns all --port "$PORT"
		echo "$output"; [[ $output = *" $1 "* ]]
		run -0 --separate-stderr pw --json list --listening --netns all --port "$PORT"
		jq -e --argjson inode "$inode" --argjson name "$2" \
			'.sockets | length == 1 and .[0].netns == $inode and .[0].netns_name == $name' <<<"$output" >/dev/null
		run -0 --separate-stderr pw "$PORT/tcp" --netns all
		[[ $output = *"network namespace $1: "* ]]
	}
	seen "$name" "\"$name\""
	pw -q load
	seen "$name" "\"$name\""
	start_stream events --netns all
	local stream=$RET
	in_netns "$name" bash -c "exec 9<>/dev/tcp/127.0.0.1/$PORT"
	await_line events "netns $name"
	# The namespace gets a name while the stream runs, and loses it.
	ip netns attach "${name}x" "$PID"
	ip netns delete "$name"
	await 10 eval 'in_netns "'"${name}x"'" bash -c "exec 9<>/dev/tcp/127.0.0.1/$PORT" && grep -q "netns '"${name}x"'\$" "$OUTPUTS/events"'
	ip netns delete "${name}x"
	seen "$inode" null
	end_stream "$stream"
}
