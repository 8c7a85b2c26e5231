#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# When a connection ends that closes without a process: said before, in every state, and measured.

load lib
load agree

# A device d0 here and d1 in the namespace PEER; what is sent goes to d1's present address for good.
prepare() {
	need jq
	make_netns peer
	PEER=$RET
	in_ns ip link add d0 type veth peer name d1 netns "$PEER" || skip "no veth here"
	in_ns ip addr add 10.9.0.1/24 dev d0
	in_ns ip link set d0 up
	in_netns "$PEER" ip addr add 10.9.0.2/24 dev d1
	in_netns "$PEER" ip link set d1 up
	OURS=$(in_ns ip -o link show d0 | sed -E 's/.*ether ([^ ]*).*/\1/')
	in_ns ip neigh replace 10.9.0.2 nud permanent dev d0 lladdr \
		"$(in_netns "$PEER" ip -o link show d1 | sed -E 's/.*ether ([^ ]*).*/\1/')"
	in_ns sysctl -qw net.ipv4.tcp_orphan_retries=3 net.ipv4.tcp_fin_timeout=63
	! in_ns test -e /proc/sys/net/ipv4/tcp_rto_max_ms || in_ns sysctl -qw net.ipv4.tcp_rto_max_ms=2000
}

# compare [COMMAND...]: each time that portwatch says, run by this command, is within twice the time that it takes
compare() {
	run -0 in_ns "$PYTHON" -B "$HERE/closing_time.py" "/run/netns/$PEER" "$OURS" "$@" "$PORTWATCH" --pin-dir "$PIN" \
		--netns "/run/netns/$NETNS"
	echo "$output"
	local said took n=0
	while read -r _ _ _ said took; do
		[[ $said =~ ^[0-9]+$ ]]
		# or what a busy machine takes to notice it
		(((said < 2 * took && took < 2 * said) || (said - took < 500 && took - said < 500)))
		n=$((n + 1))
	done <<<"$output"
	((n >= 5))
	grep -qE "^8401 FIN_WAIT1 answer " <<<"$output"
	grep -qE "^8402 LAST_ACK answer " <<<"$output"
	grep -qE "^8403 CLOSING answer " <<<"$output"
	grep -qE "^8404 FIN_WAIT2 fin " <<<"$output"
	grep -qE "^8405 FIN_WAIT1 room " <<<"$output"
}

@test "how long a closing connection lasts: as it comes" {
	compare
}

@test "how long a closing connection lasts: with a tracker, from another network namespace" {
	pw load
	compare nsenter --net="/run/netns/$PEER"
}
