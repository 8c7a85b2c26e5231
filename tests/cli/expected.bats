#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Output of commands where no kernel is asked, word for word: expected/NAME.txt has the command line
# behind "$ portwatch", its output, both streams as a terminal shows them, and the exit status.
#
#	EXPECTED_WRITE=1 bats tests/cli/expected.bats	writes the files anew, to be read before they are committed

load lib

# answer FILE: the file as it would be now
answer() {
	local line status=0
	read -r line <"$1"
	printf '%s\n' "$line"
	# shellcheck disable=SC2086 # words
	STORY=$story eval '"$PORTWATCH"' ${line#\$ portwatch} 2>&1 || status=$?
	printf '# %s\n' "$status"
}

@test "each command, help and error prints what its file says" {
	story=$BATS_TEST_TMPDIR/story
	"$MKRECORD" story >"$story"
	files=("$BATS_TEST_DIRNAME"/expected/*.txt)
	[ "${#files[@]}" -ge 45 ]
	wrong=0
	for file in "${files[@]}"; do
		# Where a library is missing, its program is left out.
		[[ ! $file =~ -(top|export) || -x $PORTWATCH_BUILD/portwatch-${BASH_REMATCH[1]} ]] || continue
		if [[ -n ${EXPECTED_WRITE-} ]]; then
			answer "$file" >"$BATS_TEST_TMPDIR/new"
			cp "$BATS_TEST_TMPDIR/new" "$file"
		fi
		diff -u "$file" <(answer "$file") || wrong=$((wrong + 1))
	done
	[ "$wrong" -eq 0 ]
}
