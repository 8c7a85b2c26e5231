#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does a verified answer cost, the start of the process left out? With the crowd of query.sh: the
# cost must not depend on it.
#
#	tests/bench/answer.sh [TIMES]		root; CROWD=PROCS:FILES

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

times=${1:-1000}
here=$(dirname "$0")
top=$here/../..

bench_setup
libs=$(pkg-config --static --libs-only-l libbpf 2>/dev/null || echo -lbpf -lelf -lz)
# shellcheck disable=SC2086 # a list of words
"${CC:-cc}" -O2 -D_GNU_SOURCE -I"$top/include" -iquote "$top/src" -o "$scratch/answer" "$here/answer.c" \
	"$build/libportwatch.a" $libs
about
"$PORTWATCH" --pin-dir "$PIN" -q load
fixture server --addr 127.0.0.1
fixture workers --addr 127.0.0.1 --workers 8
workers=$(field port)
ready=$(grep -m1 '^ready' "$scratch/server")
port=$(field port)
for crowd in 1:1 "${CROWD:-2000:50}"; do
	fixture "crowd-$crowd" --crowd "$crowd"
	echo
	echo "crowd of $crowd (processes:files), one holder, then nine"
	"$scratch/answer" "$PIN" "$port/tcp" "$times"
	"$scratch/answer" "$PIN" "$workers/tcp" "$times"
done
