#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long does a look at very many TIME-WAIT sockets take, next to ss, which only lists them? They live
# for a minute: making them and looking at them must be over by then.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

sockets=$(quick 131072 2000)

bench_setup
bench_netns
"${in_ns[@]}" sh -c "echo $((sockets + 1000)) >/proc/sys/net/ipv4/tcp_max_tw_buckets"
pw -q load --max-timewait $((sockets * 2))
# shellcheck disable=SC2016 # of awk
there() { "${in_ns[@]}" awk '$1 == "TCP:" { print $7 }' /proc/net/sockstat; }
"${in_ns[@]}" python3 "$here/../kernel/timewait.py" many "$sockets" >/dev/null
result look - 0 sockets "$(there)"
ours="$PORTWATCH --pin-dir $PIN timewait --once --netns self"
pairs look "$(rounds 50)" "timewait --once=$ours" "timewait --once --json=$ours --json" "ss=ss -tan state time-wait"
result look - 0 sockets_after "$(there)"
