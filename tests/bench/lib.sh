# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that the benchmarks share. Each of them measures, judges nothing, and writes a line for every single
# measurement to $RESULTS, from which report.py makes everything that is read:
#
#	BENCHMARK <tab> CASE <tab> WHO <tab> ROUND <tab> METRIC <tab> VALUE
#
# ROUNDS (20) scales how often, QUICK=1 is a small run that only shows that everything works. A tracker
# and fixtures are a benchmark's own and gone when it ends.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$here/../..
bench=$(basename "$0" .sh)
build=$(realpath "${PORTWATCH_BUILD:-$top/build}")
PORTWATCH=${PORTWATCH:-$build/portwatch}
PORTFIX=$build/tests/portfix
PIN=/sys/fs/bpf/portwatch-bench-$$
QUICK=${QUICK:-}
ROUNDS=${ROUNDS:-$([[ -n $QUICK ]] && echo 2 || echo 20)}
started=()
cleanups=()

# quick FULL SMALL: what is wanted of the two
quick() {
	if [[ -n $QUICK ]]; then echo "$2"; else echo "$1"; fi
}

# rounds PERCENT [LEAST]: of $ROUNDS
rounds() {
	local n=$((ROUNDS * $1 / 100)) least=${2:-2}
	echo $((n > least ? n : least))
}

bench_teardown() {
	local i
	# what was set up last goes first
	for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
		eval "${cleanups[i]}" || true
	done
	end_started 0
	[[ ! -e $PIN ]] || "$PORTWATCH" --pin-dir "$PIN" -q unload || true
	"$here/report.py" text "$RESULTS" "$bench" || true
	rm -rf "$scratch"
}

bench_setup() {
	[[ $(id -u) -eq 0 ]] || { echo "portwatch: benchmarks need root" >&2; exit 1; }
	[[ -x $PORTFIX ]] || { echo "portwatch: no $PORTFIX: run make tests" >&2; exit 1; }
	scratch=$(mktemp -d)
	RESULTS=${RESULTS:-$scratch/results}
	trap bench_teardown EXIT
	trap 'exit 130' INT TERM HUP
	: >>"$RESULTS"
	ulimit -n "$(ulimit -Hn)"
	in_ns=()
	PAIR=$(tool pair)
}

# tool NAME [LIBRARY...]: a program of this folder, built if need be; prints its path
tool() {
	local name=$1 out=$build/bench/$1
	shift
	mkdir -p "$build/bench"
	[[ $out -nt $here/$name.c && $out -nt $build/libportwatch.a ]] ||
		"${CC:-cc}" -O2 -g -D_GNU_SOURCE -I"$top/include" -iquote "$top/src" -o "$out" "$here/$name.c" "$@" >&2
	echo "$out"
}

# result CASE WHO ROUND METRIC VALUE
result() {
	(IFS=$'\t'; printf '%s\n' "$bench	$*") >>"$RESULTS"
}

# pairs CASE PAIR-ARG...: what pair measures, in the namespace if there is one, are results of that case
pairs() {
	local case=$1
	shift
	"${in_ns[@]}" "$PAIR" "$@" | sed "s/^/$bench	$case	/" >>"$RESULTS"
}

# A namespace of its own, for sockets that are in nobody's way: $ns, commands get there with "${in_ns[@]}".
# `ip netns exec` would hide bpffs.
bench_netns() {
	ns=pw-bench-$$
	ip netns add "$ns"
	cleanups+=("ip netns del $ns")
	in_ns=(nsenter --net="/run/netns/$ns")
	"${in_ns[@]}" ip link set lo up
}

# background NAME COMMAND...: until it says that it is ready, with a line that goes to $ready
background() {
	local name=$1
	shift
	: >"$scratch/$name" # now: nobody must read what the last one of the name said
	"${in_ns[@]}" "$@" >"$scratch/$name" &
	started+=($!)
	until grep -qs '^ready' "$scratch/$name"; do
		kill -0 $! || exit
		sleep 0.02
	done
	ready=$(grep -m1 '^ready' "$scratch/$name")
}

# fixture NAME ARG...: portfix in the background
fixture() {
	local name=$1
	shift
	background "$name" "$PORTFIX" "$@"
}

# field KEY: of $ready
field() {
	[[ ! " $ready" =~ \ $1=([^ ]*) ]] || printf '%s\n' "${BASH_REMATCH[1]}"
}

# end_started FROM: those of $started from that index on, with their children; returns when their sockets are gone
end_started() {
	local from=$1 pid child children=() state
	for pid in "${started[@]:from}"; do
		mapfile -t -O "${#children[@]}" children < <(pgrep -P "$pid")
	done
	kill "${started[@]:from}" "${children[@]}" 2>/dev/null || true
	for pid in "${started[@]:from}"; do
		wait "$pid" 2>/dev/null || true
	done
	for child in "${children[@]}"; do
		while { read -r _ _ state _ <"/proc/$child/stat"; } 2>/dev/null && [[ $state != [ZX] ]]; do
			sleep 0.02
		done
	done
	started=("${started[@]:0:from}")
}

# Not for the background: $! would be a shell in front of it.
pw() {
	"$PORTWATCH" --pin-dir "$PIN" "$@"
}

# status FILTER: of jq, over what status says
status() {
	pw status --json | jq -r "$1"
}

# npm_tools: peers that come from npm, kept between runs; prints where
npm_tools() {
	local dir=${XDG_CACHE_HOME:-$HOME/.cache}/portwatch-bench node
	[[ -x $dir/node_modules/.bin/fkill && -x $dir/node_modules/.bin/kill-port ]] || {
		mkdir -p "$dir"
		# 9 needs node 20
		node=$(node -p 'parseInt(process.versions.node)')
		npm install --prefix "$dir" --silent --no-fund --no-audit \
			"fkill-cli@$( ((node < 20)) && echo 8 || echo latest)" kill-port >&2 || return 0
	}
	echo "$dir/node_modules/.bin"
}
