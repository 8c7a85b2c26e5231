# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the benchmarks share: a tracker and fixtures of their own, gone when they end, and `pair`.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

build=${PORTWATCH_BUILD:-$(dirname "${BASH_SOURCE[0]}")/../../build}
PORTWATCH=${PORTWATCH:-$(realpath "$build")/portwatch}
PORTFIX=$(realpath "$build")/tests/portfix
PIN=/sys/fs/bpf/portwatch-bench-$$
started=()

bench_teardown() {
	local pid
	for pid in "${started[@]}"; do
		pkill -P "$pid" || true # its workers
		kill "$pid" 2>/dev/null || true
	done
	wait
	"$PORTWATCH" --pin-dir "$PIN" -q unload || true
	rm -rf "$scratch"
}

bench_setup() {
	[[ $(id -u) -eq 0 ]] || { echo "portwatch: benchmarks need root" >&2; exit 1; }
	[[ -x $PORTFIX ]] || { echo "portwatch: no $PORTFIX: run make tests" >&2; exit 1; }
	scratch=$(mktemp -d)
	trap bench_teardown EXIT
	PAIR=$scratch/pair
	"${CC:-cc}" -O2 -o "$PAIR" "$(dirname "${BASH_SOURCE[0]}")/pair.c"
}

# fixture NAME ARG...: portfix in the background; the line it says it is ready with goes to $ready
fixture() {
	local name=$1
	shift
	"$PORTFIX" "$@" >"$scratch/$name" &
	started+=($!)
	until grep -qs '^ready' "$scratch/$name"; do
		kill -0 $! || exit
		sleep 0.05
	done
	ready=$(grep -m1 '^ready' "$scratch/$name")
}

# field KEY: of $ready
field() {
	[[ ! " $ready" =~ \ $1=([^ ]*) ]] || printf '%s\n' "${BASH_REMATCH[1]}"
}

about() {
	printf 'portwatch %s, Linux %s, %s CPUs, load %s\n' \
		"$("$PORTWATCH" --version | cut -d' ' -f2)" "$(uname -r)" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
}
