#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Compare what portwatch says of bind() with what bind() does: every kind of bind (bindcheck) against a
# port in every shape and state. There must be no difference at all.

load lib
ONE_TRACKER=1

BINDCHECK=${PORTWATCH_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/bindcheck

# agree FIXTURE-ARG...: with a pinned tracker; with a snapshot if SNAPSHOT is set
agree() {
	local how=(--pin-dir "$PIN")
	[[ ! -v SNAPSHOT ]] || how=()
	start_fixture fixture "$@"
	echo "portfix $*"
	in_ns "$BINDCHECK" "${how[@]}" "$PORT"
	kill -KILL "$PID"
}

options() {
	local option
	for option in "" --reuseaddr --reuseport "--reuseaddr --reuseport"; do
		# shellcheck disable=SC2086 # words
		agree "$@" $option
	done
}

@test "a free port" {
	pw load
	in_ns "$BINDCHECK" --pin-dir "$PIN" 20000
}

@test "listening: both families, addresses, options" {
	pw load
	options --family 4
	options --family 4 --addr 127.0.0.1
	options --family 6 --v6only 0
	options --family 6 --v6only 1
	options --family 6 --addr ::1
	options --family 6 --addr ::ffff:127.0.0.1
}

@test "bound, not listening" {
	pw load
	options --bind-only --family 4
	options --bind-only --family 6 --v6only 0
	options --bind-only --family 6 --v6only 1
}

@test "UDP" {
	pw load
	options --proto udp --family 4
	options --proto udp --family 4 --addr 127.0.0.1
	options --proto udp --family 6 --v6only 0
	options --proto udp --family 6 --v6only 1
	options --proto udp --family 6 --addr ::1
}

@test "connections in every state, with and without their listener" {
	local state
	pw load
	for state in SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT LAST_ACK CLOSING; do
		agree --state $state
		agree --state $state --reuseaddr
		[[ $state = SYN_RECV ]] || agree --state $state --drop-listener --reuseaddr --reuseport
		[[ $state = SYN_RECV ]] || agree --state $state --drop-listener --family 6
	done
}

@test "TIME-WAIT, by the options of whoever left it" {
	pw load
	options --state TIME_WAIT --drop-listener
	options --state TIME_WAIT --drop-listener --family 6
	agree --state TIME_WAIT --reuseaddr
}

@test "orphans" {
	pw load
	options --state FIN_WAIT1 --orphan --drop-listener
	agree --state FIN_WAIT2 --orphan --drop-listener --reuseaddr
	agree --state LAST_ACK --orphan --drop-listener --reuseport --family 6
}

@test "shapes: inherited, given away, in flight, a group" {
	pw load
	agree --workers 2
	agree --reuseport-workers 3
	options --hold-inflight
	agree --hold-inflight --bind-only --reuseaddr
	agree --daemonize
}

@test "a snapshot says what the kernel does" {
	SNAPSHOT=1
	agree --family 6
	agree --bind-only --reuseaddr
	agree --hold-inflight --reuseport
	agree --proto udp --reuseaddr
	agree --state TIME_WAIT --drop-listener --reuseaddr
}

devices() {
	in_ns ip link add d0 type veth peer name d1 || skip "no veth devices here"
	in_ns ip link set d0 up
	in_ns ip link set d1 up
}

@test "devices: SO_BINDTODEVICE, with a tracker and from a snapshot" {
	local device
	devices
	pw load
	for device in d0 lo; do
		options --device $device
		agree --device $device --family 4 --addr 127.0.0.1
		agree --device $device --family 6 --v6only 0
		agree --device $device --bind-only --reuseaddr
		options --device $device --proto udp
	done
	agree --state TIME_WAIT --drop-listener --reuseaddr --device lo
	SNAPSHOT=1
	agree --device d0
	agree --device d0 --proto udp --family 6
}

@test "sockets at random, on devices at random" {
	devices
	in_ns "$BINDCHECK" --live --random "${BIND_ROUNDS:-8}" "${BIND_SEED:-$RANDOM}" 20000
}

@test "sockets at random, their options changed after the bind" {
	in_ns "$BINDCHECK" --live --random "${BIND_ROUNDS:-25}" "${BIND_SEED:-$RANDOM}" 20000
}
