#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measure a verified answer without the start of the process. It must not depend on how many
# processes there are that have nothing to do with it.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

bench_setup
read -ra libs <<<"$(pkg-config --static --libs-only-l libbpf 2>/dev/null || echo -lbpf -lelf -lz)"
answer=$(tool answer "$build/libportwatch.a" "${libs[@]}")
pw -q load
fixture server --addr 127.0.0.1
one=$(field port)
fixture workers --addr 127.0.0.1 --workers 8
nine=$(field port)
for crowd in 1 $(quick 2000 100); do
	fixture crowd --crowd "$crowd:50"
	for who in "one holder=$one" "nine holders=$nine"; do
		"$answer" "$PIN" "${who#*=}/tcp" "$(quick 500 20)" |
			sed "s/^/$bench	$crowd	${who%=*}	/" >>"$RESULTS"
	done
	end_started 2
done
