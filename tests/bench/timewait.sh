#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long does a look at very many TIME-WAIT sockets take, next to ss, which only lists them?
#
#	tests/bench/timewait.sh [ROUNDS] [SOCKETS]		root
#
# They live for a minute: making them and looking at them must be over by then.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${1:-15}
sockets=${2:-131072}

bench_setup
ns=pw-bench-$$
ip netns add "$ns"
trap 'bench_teardown; ip netns del "$ns"' EXIT
nsenter --net="/run/netns/$ns" sh -c "ip link set lo up
	echo $((sockets + 1000)) >/proc/sys/net/ipv4/tcp_max_tw_buckets"
"$PORTWATCH" --pin-dir "$PIN" -q load --max-timewait $((sockets * 2))

about
nsenter --net="/run/netns/$ns" python3 "$(dirname "$0")/../kernel/timewait.py" many "$sockets" >/dev/null
nsenter --net="/run/netns/$ns" grep ^TCP: /proc/net/sockstat
nsenter --net="/run/netns/$ns" "$PAIR" "$rounds" \
	"ss=ss -tan state time-wait" \
	"timewait --once=$PORTWATCH --pin-dir $PIN timewait --once --netns self" \
	"timewait --once --json=$PORTWATCH --pin-dir $PIN timewait --once --json --netns self"
nsenter --net="/run/netns/$ns" grep ^TCP: /proc/net/sockstat
