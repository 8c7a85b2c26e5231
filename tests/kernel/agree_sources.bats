#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=sources
#
# Every source of every fact says the same of the sockets, in whatever state these are, or says what it does not
# know. `make test-long` compares 100,000 answers; or by hand:
#
#	STATES=20000 SEED=7 bats tests/kernel/agree_sources.bats

load lib

prepare() {
	need python3 jq
	HELPERS=$(dirname "$PORTFIX")
	STATES=${STATES:-100000}
}

@test "the same answers from every source" {
	[[ -v SEED ]] || { long; }
	pw -q load
	run --separate-stderr in_ns python3 -B "$BATS_TEST_DIRNAME/agree_sources.py" "$PORTWATCH" "$HELPERS/refuse" "$PIN" \
		"$HELPERS/chaos" --states "$STATES" --seed "${SEED:-$RANDOM}" --every 60 --seconds $((600 + STATES))
	echo "# ${output:0:6000}${stderr:0:3000}" >&3
	[[ $status -eq 0 ]]
	# Not about nothing, and each source that works here answered. One process is looked at by itself only
	# if a port is asked for whose candidates the tracker knows, which few states lead to.
	local sources
	[[ $(jq '.sockets / .states | floor' <<<"${lines[-1]}") -ge 10 ]]
	while read -r sources; do
		[[ ${lines[-1]} = *"$sources"* ]] || { echo "nothing was told of $sources"; return 1; }
	done < <("$PORTWATCH" --json doctor | jq -r '.sources[] |
		select(.works and .source != "iterator of one process" and (.fact == "sockets" or .fact == "holders")) | "\(.fact) by \(.source)"')
}
