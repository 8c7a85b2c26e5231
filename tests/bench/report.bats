#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The verdicts of the benchmarks' report come from the measurements alone.

setup() {
	RESULTS=$BATS_TEST_TMPDIR/results
}

# measured BENCHMARK CASE WHO METRIC VALUE...: a value a round
measured() {
	local round=0 head="$1	$2	$3" metric=$4
	shift 4
	for value; do
		printf '%s\t%d\t%s\t%s\n' "$head" $((round++)) "$metric" "$value" >>"$RESULTS"
	done
}

verdicts() {
	run "$BATS_TEST_DIRNAME/report.py" verdicts "$RESULTS"
	[ "$status" -eq 0 ]
}

@test "report: a ratio is that of single rounds, not of medians" {
	measured owner 10 /bin/true ms 1 2 10
	measured owner 10 "portwatch, loaded" ms 1.9 30 11
	verdicts
	[[ $output = *"1.90× at worst (10 processes)	met, not certain: only 3 rounds" ]]
	measured owner 1000 /bin/true ms 1 1 1 1 1 1
	measured owner 1000 "portwatch, loaded" ms 2.5 2.5 2.5 2.5 2.5 2.5
	verdicts
	[[ $output = *"2.50× at worst (1,000 processes)	**missed** by 0.50" ]]
}

@test "report: the quickest peer counts" {
	measured owner "2000, peers" "portwatch, loaded" ms 1 1 1 1 1 1
	measured owner "2000, peers" "portwatch, not loaded" ms 30 30 30 30 30 30
	measured owner "2000, peers" fuser ms 200 200 200 200 200 200
	measured owner "2000, peers" ss ms 149 149 149 149 149 149
	verdicts
	[[ $output = *"quickest peer (ss)"*"149×	**missed** by 1"* ]]
	[[ $output = *"not loaded, next to the quickest peer (ss)"*"4.97×	**missed** by 10.0"* ]]
}

@test "report: the tracker's cost is counted in that of empty programs, with its uncertainty" {
	measured traffic connect bare per_s 1000 1000 1000 1000 1000 1000
	measured traffic connect empty per_s 950 950 950 950 950 950
	measured traffic connect loaded per_s 925 925 925 925 925 925
	verdicts
	[[ $output = *"by the rate"*"8.1 %, empty 5.3 %: 1.54×	met" ]]
	rm "$RESULTS"
	measured traffic connect bare per_s 1000 1000 1000 1000 1000 1000
	measured traffic connect empty per_s 950 950 950 950 950 950
	measured traffic connect loaded per_s 925 925 925 920 800 800
	verdicts
	[[ $output = *"met, not certain: 95 % interval 1.54 to "* ]]
	rm "$RESULTS"
	measured traffic connect bare per_s 1000 1000 1000 1000 1000 1000
	measured traffic connect empty per_s 900 1100 900 1100 950 950
	measured traffic connect loaded per_s 925 925 925 925 925 925
	verdicts
	[[ $output = *"not decided: the cost is lost in the noise" ]]
}

@test "report: one event that is not told is one too many" {
	measured stream rate portwatch wanted 20000
	measured stream rate portwatch per_s 19990
	measured stream rate portwatch core 0.5
	measured stream rate portwatch made 4800004
	measured stream rate portwatch told 4800003
	verdicts
	[[ $output = *"no loss"*"**missed** by 1 events"* ]]
	[[ $output = *"less than one core	0.50 cores	met" ]]
	measured stream full portwatch per_s 60000
	measured stream full portwatch made 1000
	measured stream full portwatch told 900
	measured stream full portwatch lost 100
	verdicts
	[[ $output = *"exactly	900 + 100, made 1,000	met" ]]
}

@test "report: what was not measured is not judged" {
	: >"$RESULTS"
	verdicts
	[ -z "$output" ]
}
