#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the kernel tests under one kernel in one tier, and speaks TAP.
#
#   cell.sh "KERNEL TIER"
#
# One argument, as prove hands it on. Every test of the guest is a test here, and so is the verifier's
# budget. TAGS (core) and TESTS (tests/kernel) name what to run; with an empty TAGS all of it.
# VM_TIMEOUT: seconds for it all. Left in build/vm: serial-KERNEL-TIER.log when something failed,
# cell-KERNEL-TIER.txt with the count of the tests; of a kernel's first tier also doctor-KERNEL.json and
# verif-KERNEL.txt.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=initramfs.sh
. "$vm_dir/initramfs.sh"
# shellcheck source-path=SCRIPTDIR source=boot.sh
. "$vm_dir/boot.sh"

# Without network a person's run goes on without this kernel; CI must not.
cannot() {
	if [[ -n ${CI:-} && $CI != false ]]; then
		printf '1..1\nnot ok 1 - %s\n' "$*"
		exit 1
	fi
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

# The guest's TAP, file by file, as one: renumbered, and with a test more for every file that did not
# keep its plan. Exits 1 if anything failed.
merge_tap() {
	awk -v budgets="$vm_dir/verifier.txt" -v about="$about" '
		BEGIN { while ((getline <budgets) > 0) budget[$1] = $2 }
		function finish() {
			if (file != "" && (plan == "" || plan != run))
				point("not ok", " - " file ": " run + 0 " of " (plan == "" ? "?" : plan) " tests ran")
			plan = ""; run = 0
		}
		function point(result, rest) {
			print result " " ++count rest
			# A test that is known to fail is no failure; prove knows.
			if (result == "not ok" && rest !~ /# *(TODO|todo)/) bad = 1
		}
		/^@@file / { finish(); file = $2; next }
		/^@@kernel / { point("not ok", " - the kernel says: " substr($0, 10)); next }
		/^verif / {
			most = $2 in budget ? budget[$2] : budget["*"]
			if ($3 > most) point("not ok", " - verifier: " $2 " takes " $3 " instructions, not " most)
			verified++
			next
		}
		/^@@also / { also = $2; also_loaded = $3; next }
		/^@@/ { next }
		/^1\.\.[0-9]+/ { plan = substr($1, 4); next }
		match($0, /^(not )?ok [0-9]+/) {
			run++
			point(/^not/ ? "not ok" : "ok", substr($0, RLENGTH + 1))
			next
		}
		/^#/ { print; next }
		# A line that a test let through.
		{ print "# " $0 }
		END {
			finish()
			if (about) {
				point(verified ? "ok" : "not ok", " - verifier: " verified + 0 " programs looked at")
				point(also && also_loaded == verified ? "ok" : "not ok",
					" - compiled by " also ": " also_loaded + 0 " of " verified + 0 " programs load")
			}
			if (!count) point("not ok", " - no test ran")
			print "1.." count
			exit bad
		}'
}

# collect PREFIX FILE FILTER...: lines of the guest's output that are not about tests; a file of an
# earlier run does not stay.
collect() {
	local prefix=$1 file=$2
	shift 2
	rm -f "$file"
	sed -n "s/^$prefix//p" "$work/output" | "$@" >"$work/collected" 2>/dev/null || return 0
	[[ ! -s $work/collected ]] || cp "$work/collected" "$file"
}

read -r name tier <<<"$*"
[[ -n ${tier:-} ]] || vm_die 'usage: cell.sh "KERNEL TIER"'
arch=$(vm_arch "$name")
about=
[[ $tier != "$("$vm_dir/kernels.sh" matrix "$name" | cut -d' ' -f2)" ]] || about=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/serial.log
out=$(vm_out)
read -ra tests <<<"${TESTS:-tests/kernel}"
cd "$vm_top"
rm -f "$out/serial-$name-$tier.log"

kernel=$("$vm_dir/kernels.sh" get "$name" 2>"$work/why") ||
	cannot "$(tail -n 1 "$work/why" | sed 's/^vm: //')"
cat "$work/why" >&2
initramfs "$work" "$arch" "$kernel" "tests/vm/guest-tests.sh ${tests[*]}" tests
VM_APPEND="TEST_TIMEOUT=${TEST_TIMEOUT:-1500} ABOUT=$about ${VM_APPEND:-}"
case $tier in
*=*) VM_APPEND+=" $tier TAGS=places" ;;
*) VM_APPEND+=" PORTWATCH_HOOKS=$tier TAGS=${TAGS-core}" ;;
esac
if ! vm_slot "${VM_JOBS:-1}" vm_boot "$arch" "$kernel" "$work/initrd" "$log" "${VM_TIMEOUT:-3600}"; then
	kept=$(vm_keep "$log" "$name-$tier")
	vm_began "$log" || cannot "Linux $name does not boot; serial log: $kept"
	vm_output "$log" | merge_tap | sed '$d' >"$work/tap" || true
	cat "$work/tap"
	count=$(grep -cE '^(not )?ok ' "$work/tap" || true)
	printf 'not ok %d - Linux %s ended before the tests did; serial log: %s\n1..%d\n' \
		$((count + 1)) "$name" "$kept" $((count + 1))
	exit 1
fi
vm_output "$log" >"$work/output"
if [[ -n $about ]]; then
	collect '@@doctor ' "$out/doctor-$name.json" jq .
	collect 'verif ' "$out/verif-$name.txt" sort -u
fi
merge_tap <"$work/output" | tee "$out/cell-$name-$tier.txt" || {
	vm_say "serial log: $(vm_keep "$log" "$name-$tier")"
	exit 1
}
