#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does the tracker cost those who use the network? The rate of connections (connect, accept,
# close, on loopback) bare, with programs that do nothing on the same hooks, with a loaded tracker,
# and with one stream reading it, too. TIMEWAIT=1: the connections are not reset, so each leaves
# TIME-WAIT.
#
#	tests/bench/overhead.sh [ROUNDS] [CONNECTIONS]		root
#
# Every round measures all of them, in turns; medians, and the median loss over the rounds.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${1:-15}
connections=${2:-20000}
how=(--linger0)
[[ -z ${TIMEWAIT:-} ]] || how=()

bench_setup
# A namespace of its own: then a TIME-WAIT left by one round is not in the way of the next.
ns=pw-bench-$$
ip netns add "$ns"
trap 'bench_teardown; ip netns del "$ns"' EXIT
nsenter --net="/run/netns/$ns" ip link set lo up

# connections per second
rate() {
	local begin=${EPOCHREALTIME/./}
	nsenter --net="/run/netns/$ns" "$PORTFIX" --conn-churn "$connections" "${how[@]}" >/dev/null
	echo $((connections * 1000000 / (${EPOCHREALTIME/./} - begin)))
}

with_bare() { rate; }

here=$(dirname "$0")
clang -O2 -g -target bpf -I"/usr/include/$(uname -m)-linux-gnu" -c -o "$scratch/empty.o" "$here/empty.bpf.c"
"${CC:-cc}" -O2 -o "$scratch/attach" "$here/empty.c" -lbpf
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)

with_empty() {
	local pid
	"$scratch/attach" "$scratch/empty.o" "$cgroup" >"$scratch/said" &
	pid=$!
	until grep -q ready "$scratch/said"; do sleep 0.05; done
	rate
	kill "$pid"
	wait "$pid" || true
	sleep 0.2
}

with_loaded() {
	"$PORTWATCH" --pin-dir "$PIN" -q load
	rate
	"$PORTWATCH" --pin-dir "$PIN" -q unload
	sleep 0.2 # links go in the background
}

with_stream() {
	local pid
	"$PORTWATCH" --pin-dir "$PIN" -q load
	"$PORTWATCH" --pin-dir "$PIN" "$@" >/dev/null &
	pid=$!
	until "$PORTWATCH" --pin-dir "$PIN" --json status | grep -q '"readers":1'; do sleep 0.05; done
	rate
	kill "$pid"
	wait "$pid" || true
	"$PORTWATCH" --pin-dir "$PIN" -q unload
	sleep 0.2
}

with_one_port() { with_stream --port 1; }
with_close() { with_stream --port 1 --event close; }
with_text() { with_stream; }

read -ra cases <<<"${CASES:-bare empty loaded close one_port text}"
declare -A title=([bare]="no tracker" [empty]="programs that do nothing" [loaded]="loaded"
	[one_port]="loaded, stream --port 1"
	[close]="loaded, that and --event close" [text]="loaded, stream of all as text")

about
echo "$connections connections a round, $rounds rounds"
for name in "${cases[@]}"; do : >"$scratch/$name"; done
rate >/dev/null
for ((r = 0; r < rounds; r++)); do
	for ((k = 0; k < ${#cases[@]}; k++)); do
		name=${cases[(k + r) % ${#cases[@]}]}
		"with_$name" >>"$scratch/$name"
	done
done

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

printf '\n%-32s %16s %8s\n' "" "connections/s" "cost %"
for name in "${cases[@]}"; do
	printf '%-32s %16d %8.1f\n' "${title[$name]}" "$(median <"$scratch/$name")" \
		"$(paste "$scratch/bare" "$scratch/$name" | awk '{ print 100 * (1 - $2 / $1) }' | median)"
done
