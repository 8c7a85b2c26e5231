#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The device that a socket is bound to is a part of what it is: shown, asked for, filtered by, and
# used by what is said of bind(). tests/kernel/bindable.bats compares the latter with real binds.

load lib
ONE_TRACKER=1

prepare() {
	in_ns ip link add d0 type veth peer name d1 || skip "no veth devices here"
	in_ns ip link set d0 up
	in_ns ip link set d1 up
}

# two_on_67: one socket on each of d0 and d1, with the same address and port
two_on_67() {
	start_fixture zero --proto udp --addr 0.0.0.0 --port 67 --device d0
	start_fixture one --proto udp --addr 0.0.0.0 --port 67 --device d1
}

shows_devices() {
	pw 67/udp --table >"$OUTPUTS/table"
	grep -q ' 0.0.0.0%d0:67 ' "$OUTPUTS/table"
	grep -q ' 0.0.0.0%d1:67 ' "$OUTPUTS/table"
	pw --json 67/udp | jq -e '[.sockets[].device] | sort == ["d0", "d1"]'
	pw --json list --netns self --device d0 | jq -e '[.sockets[] | [.device, .local.port]] == [["d0", 67]]'
	pw --json list --netns self --device d0,d1 | jq -e '.sockets | length == 2'
	pw --json list --netns self --port 67 --device '!d0' | jq -e '[.sockets[].device] == ["d1"]'
}

asks_for_devices() {
	pw --json %d0:67/udp | jq -e '[.sockets[].device] == ["d0"] and (.ports[0].bindable | not)'
	pw --json '0.0.0.0%d1:67' | jq -e '[.sockets[].device] == ["d1"]'
	run ! pw -q %lo:67/udp
}

@test "two sockets on one port, told apart without a tracker" {
	two_on_67
	shows_devices
	asks_for_devices

}

@test "two sockets on one port, told apart with a tracker" {
	pw load
	two_on_67
	shows_devices
	asks_for_devices
}

@test "a socket that is bound to no device is in the way on each" {
	start_fixture all --proto udp --addr 0.0.0.0 --port 67
	pw --json %d0:67/udp | jq -e '.sockets[0] | has("device") | not'
	pw -q %lo:67/udp
}

@test "free ends who is on the device, and nobody else" {
	two_on_67
	pw free %d0:67/udp
	run ! pw -q %d0:67/udp
	pw --json 67/udp | jq -e '[.sockets[].device] == ["d1"]'
}

@test "a link-local address has a scope" {
	await 50 in_ns sh -c 'ip -6 addr show dev d0 | grep -q "fe80.*scope link" &&
		! ip -6 addr show dev d0 | grep -q tentative'
	in_ns python3 - <<-'END' 3>"$OUTPUTS/ready" &
		import os, socket, time
		s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		addr = [l.split() for l in open("/proc/net/if_inet6") if l.split()[-1] == "d0"][0]
		hexa = addr[0]
		text = ":".join(hexa[i:i + 4] for i in range(0, 32, 4))
		s.bind((text, 53, 0, int(addr[1], 16)))
		os.write(3, b"ready\n")
		time.sleep(60)
	END
	STARTED+=($!)
	await 50 grep -q ready "$OUTPUTS/ready"
	pw --json list --netns self --device d0 | jq -e '.sockets[0].local.port == 53'
	local at
	at=$(pw list --device d0 --no-header | grep -o '\[fe80:[^ ]*%d0\]:53')
	pw -q "$at"
	run ! pw -q "${at/d0/d1}"
}

@test "events name the device" {
	pw load
	start stream ip netns exec "$NETNS" "$PORTWATCH" --pin-dir "$PIN" stream --json --device d0
	await 10 grep -qs poll "/proc/$RET/wchan" "/proc/$RET/stack"
	two_on_67
	await 10 grep -q '"event":"bind"' "$OUTPUTS/stream"
	jq -se '[.[] | select(.event == "bind") | .device] == ["d0"]' "$OUTPUTS/stream"
}
