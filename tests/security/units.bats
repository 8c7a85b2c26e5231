#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units, as systemd judges them without running them. tests/vm/systemd-tests.sh runs them.

load ../cli/lib

UNITS=$BATS_TEST_DIRNAME/../../packaging/systemd

setup() {
	command -v systemd-analyze >/dev/null || skip "needs systemd-analyze"
	for unit in "$UNITS"/*; do
		sed "s|=portwatch |=$(realpath "$PORTWATCH") |" "$unit" >"$BATS_TEST_TMPDIR/${unit##*/}"
	done
}

# exposure UNIT: in tenths, 0 to 100
exposure() {
	systemd-analyze security --offline=true --no-pager "$1" |
		sed -n 's/.*Overall exposure level.*: \([0-9]*\)\.\([0-9]\).*/\1\2/p'
}

# Root is left, the host's network and processes, which they are about, and their capabilities.
@test "units: the exposure of each service is at most 3.0 of 10" {
	cd "$BATS_TEST_TMPDIR"
	nr=0
	for unit in *.service; do
		level=$(exposure "$unit")
		echo "$unit: $level"
		[ "$((10#$level))" -le 30 ]
		nr=$((nr + 1))
	done
	[ "$nr" -ge 3 ]
	# A violation would be seen.
	sed -i '/^CapabilityBoundingSet=/d' portwatch-events.service
	[ "$((10#$(exposure portwatch-events.service)))" -gt 30 ]
}

@test "units: no service has a capability without a reason in its file" {
	for unit in "$UNITS"/*.service; do
		caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit")
		[ -n "$caps" ]
		for cap in $caps; do
			grep -q "^#.*\<${cap#CAP_}\>" "$unit" || { echo "$unit: $cap"; return 1; }
		done
	done
}
