#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Show the results of cell.sh in build/vm as tables.
#
#   report.sh verifier   instructions per program and kernel, on standard output
#   report.sh write      docs/kernels.md, and the verifier's budget: what is needed and a quarter more
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

out=$(vm_out)

# Names of the kernels that were asked, oldest first, arm64 last
kernels() {
	find "$out" -name 'doctor-*.json' -printf '%f\n' | sed 's/^doctor-//; s/\.json$//' |
		awk '{ print /-arm64$/ ? 1 : 0, $0 }' | sort -k1,1n -k2V | cut -d' ' -f2
}

# table TITLE [COLUMN...]: of lines ROW\tCOLUMN\tTEXT; rows, and columns that are not named, in the order met
table() {
	awk -F'\t' -v title="$1" -v named="${*:2}" '
		BEGIN {
			c = split(named, cols, " ")
			for (j = 1; j <= c; j++) col[cols[j]]
		}
		!($1 in row) { row[$1]; rows[++r] = $1 }
		!($2 in col) { col[$2]; cols[++c] = $2 }
		{ cell[$1, $2] = $3 }
		END {
			line = "| " title " |"; rule = "|---|"
			for (j = 1; j <= c; j++) { line = line " " cols[j] " |"; rule = rule "---|" }
			print line; print rule
			for (i = 1; i <= r; i++) {
				line = "| " rows[i] " |"
				for (j = 1; j <= c; j++) line = line " " cell[rows[i], cols[j]] " |"
				print line
			}
		}'
}

needs() {
	local kernel
	for kernel in $(kernels); do
		jq -r --arg kernel "$kernel" '.needs[] | [.need, $kernel, .variant] | @tsv' "$out/doctor-$kernel.json"
	done | table need
}

verifier() {
	local kernel all
	mapfile -t all < <(kernels)
	for kernel in "${all[@]}"; do
		[[ ! -e $out/verif-$kernel.txt ]] ||
			awk -v kernel="$kernel" '{ printf "%s\t%s\t%s\n", $1, kernel, $2 }' "$out/verif-$kernel.txt"
	done | sort -s -k1,1 | table program "${all[@]}"
}

tests() {
	local kernel tier file
	for kernel in $(kernels); do
		for file in "$out/cell-$kernel"-[a-z]*.txt; do
			tier=${file##*/cell-"$kernel"-}
			tier=${tier%.txt}
			[[ -e $file && $tier != arm64-* ]] || continue
			awk -v kernel="$kernel" -v tier="$tier" '
				/^ok .*# *skip/ { skipped++; next }
				/^ok / { ok++ }
				/^not ok/ { failed++ }
				END {
					printf "%s\t%s\t%d passed%s%s\n", kernel, tier, ok,
						skipped ? ", " skipped " skipped" : "", failed ? ", " failed " FAILED" : ""
				}' "$file"
		done
	done | table kernel
}

releases() {
	local kernel
	for kernel in $(kernels); do
		jq -r '"- \(.kernel) (\(.arch))"' "$out/doctor-$kernel.json"
	done
}

document() {
	cat <<-END
		# Kernels

		Written by \`tests/vm/report.sh write\` from a run of \`make test-kernels\`, which boots every kernel of this
		page in QEMU. Not to be edited.

		$(releases)

		## Which hook serves which need

		The best that the kernel takes; \`portwatch doctor\` says the same of yours, and why not a better one.

		$(needs)

		## Tests by tier of hooks

		The same tests everywhere, with \`--hooks\` of each tier that the kernel must allow. Before 5.15 a kprobe ends
		with the process that attached it, so what needs a loaded tracker is skipped there.

		$(tests)

		## Instructions that the verifier processes

		A kernel refuses a program at 1,000,000. The budget that fails the run is in tests/vm/verifier.txt.

		$(verifier)
	END
}

budget() {
	printf '# Instructions that the verifier may take for a program, on any kernel: written by\n'
	printf '# tests/vm/report.sh write. *: what is not listed.\n* 60000\n'
	cat "$out"/verif-*.txt | awk '
		$2 > most[$1] { most[$1] = $2 }
		END { for (p in most) print p, int(most[p] * 1.25 / 100 + 1) * 100 }' | sort
}

case ${1:-} in
verifier) verifier | column -t -s '|' ;;
write)
	[[ -n $(kernels) ]] || vm_die "nothing has run yet: make test-kernels"
	document >"$vm_top/docs/kernels.md"
	budget >"$vm_dir/verifier.txt"
	;;
*) vm_die "usage: report.sh verifier|write" ;;
esac
