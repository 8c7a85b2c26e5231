#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# free: who is refused, and what to do instead.

load lib
load free

@test "free: docker-proxy is refused, with the command that does it" {
	start_fixture a --addr 127.0.0.1 --comm docker-proxy
	free 1 "$PORT/tcp"
	[[ ${lines[0]} = *"refused"*"docker stop \$(docker ps -q --filter publish=$PORT)"* ]]
	[[ ${lines[1]} = "$PORT/tcp: still in use by docker-proxy (pid $PID)" ]]
	alive "$PID"
	free 0 "$PORT/tcp" --force
	dead "$PID"
}

@test "free: portwatch's ancestors are refused, and portwatch itself" {
	start_fixture a --addr 127.0.0.1 --port 4030 --exec sh -c \
		"$PORTWATCH --pin-dir $PIN free 4030/tcp; echo status=\$?; exec sleep 600"
	await_line a '^status=1' 20
	grep -q "sh\[$PID\] refused: portwatch was started from it" "$OUTPUTS/a"
	grep -q "portwatch\[[0-9]*\] refused: it is portwatch itself" "$OUTPUTS/a"
	alive "$PID"
}

@test "free: with --force portwatch lets go of what it inherited" {
	start_fixture a --addr 127.0.0.1 --port 4031 --exec sh -c \
		"exec $PORTWATCH --pin-dir $PIN free 4031/tcp --force"
	await_line a '^4031/tcp: free' 20
	grep -q "portwatch\[$PID\] released the port" "$OUTPUTS/a"
}

# in_pidns COMMAND...: in the PID namespace whose PID 1 a `start unshare --pid ...` started
in_pidns() {
	# entering a mount namespace alone would leave a chroot
	nsenter --pid="/proc/$INIT/ns/pid" --mount="/proc/$INIT/ns/mnt" --root="/proc/$INIT/root" -- \
		nsenter --net="/run/netns/$NETNS" "$@"
}

@test "free: PID 1 and socket activation are refused" {
	# a systemd that shares its socket with a service
	start init unshare --pid --fork --mount-proc "$PORTFIX" --addr 127.0.0.1 --port 4040 \
		--comm systemd --workers 1
	await_line init '^ready'
	INIT=$(pgrep -P "${STARTED[-1]}")
	STARTED+=("$INIT")
	run --separate-stderr in_pidns "$PORTWATCH" --pin-dir "$PIN" free 4040/tcp
	echo "$output $stderr"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} = "4040/tcp: systemd[1] refused: it is PID 1; use: systemctl stop UNIT.socket"* ]]
	[[ ${lines[1]} = *"refused: systemd holds the socket for it"*"systemctl stop UNIT.socket"* ]]
	alive "$INIT"
}

@test "free: a holder outside of the PID namespace is not touched" {
	start_fixture a --addr 127.0.0.1
	run --separate-stderr in_ns unshare --pid --fork --mount-proc \
		"$PORTWATCH" --pin-dir "$PIN" free "$PORT/tcp" --force
	echo "$output $stderr"
	[ "$status" -eq 1 ]
	# the kernel shows nobody from outside to its iterators
	alive "$PID"
}

@test "free: without the right to signal it exits 3" {
	start_fixture a --addr 127.0.0.1 --port 4050 --exec setpriv --reuid=65534 --clear-groups sleep 600
	await 5 grep -q '^Uid:.65534' "/proc/$PID/status"
	run --separate-stderr in_ns setpriv --bounding-set=-kill --inh-caps=-kill \
		"$PORTWATCH" --pin-dir "$PIN" free 4050/tcp
	echo "$output $stderr"
	[ "$status" -eq 3 ]
	[[ $output = *"not ended: Operation not permitted"* ]]
	[[ $stderr = *"not permitted"* ]]
	alive "$PID"
}
