#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs inside a guest: the kernel tests, one after the other, then what there is to tell about this
# kernel. cell.sh reads the lines; those beginning with @@ are between the two.
#
#   @@file NAME    TAP of that test file follows
#   @@doctor JSON  what `portwatch doctor --json` says
#   verif NAME N   a program of ours took the verifier N instructions
set -uo pipefail
export PORTWATCH_BUILD=/src/build PORTWATCH=/src/build/portwatch TZ=UTC LC_ALL=C

for file in $(find "$@" -name '*.bats' -o -name '*_test.sh' | sort); do
	printf '@@file %s\n' "$file"
	if [[ -n ${TAGS:-} && $file = *.bats ]]; then
		timeout -k 10 "$TEST_TIMEOUT" bats --tap --filter-tags "$TAGS" "$file" </dev/null
	else
		tests/tap-exec.sh "$file"
	fi
done

printf '@@doctor %s\n' "$("$PORTWATCH" doctor --json 2>&1 | tr '\n' ' ')"
# Any program that prints lines `verif NAME N`.
[[ ! -x build/tests/verif ]] || build/tests/verif
