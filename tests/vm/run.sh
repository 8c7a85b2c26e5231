#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the kernel tests under every kernel that we promise to work on, in every tier of hooks that
# it allows: one line each.
#
#   run.sh [KERNEL...]     default: $KERNELS, or all of kernels.sh's matrix
#
# KERNEL: 6.1, 7 (the newest 7.x), 6.1-arm64, or arm64 for all of these. TIERS="kprobe" takes some tiers
# only, TIERS=best the best of each kernel; TESTS="tests/kernel/who.bats" some tests; PROVE_FLAGS is for
# prove (-v). A kernel that cannot be fetched or booted fails the run if CI is set and is skipped
# otherwise. VM_JOBS=2 runs two machines at a time, for a computer that does nothing else. TAGS= takes
# all tests, not the core of them alone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=initramfs.sh
. "$vm_dir/initramfs.sh"

# The tests must not find this make's job server.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

build() {
	local arch=$1
	case $arch in
	amd64) set -- ;;
	arm64) set -- ARCH=arm64 "SYSROOT=$("$vm_dir/arm64.sh")" ;;
	esac
	make -C "$vm_top" --no-print-directory "$@" core tests >&2 ||
		vm_die "the programs for $arch cannot be built"
	build_newest "$arch" "$@"
}

# build_newest ARCH VARIABLE...: what the kernels must take as well: the same, compiled by the newest clang
# here. It goes to the tests' helper that loads every program there is.
build_newest() {
	local dir clang to
	dir=$(vm_build)/newest to=$(programs "$1")
	clang=$(compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -V | tail -n 1)
	[[ -n $clang ]] || vm_die "no clang-N besides the default one: make deps SETS=vm"
	make -C "$vm_top" --no-print-directory "${@:2}" "B=$dir" "BPF_CLANG=$clang" \
		"$dir${to#"$(vm_build)"}/tests/verif" >&2 || vm_die "$clang does not compile the programs"
	cp "$dir${to#"$(vm_build)"}/tests/verif" "$to/tests/verif-$clang"
}

# "NAME TIER..." on standard input to one "NAME TIER" a line.
each_tier() {
	local name tiers tier
	while read -r name tiers; do
		[[ ${TIERS-} != best ]] || tiers=${tiers%% *}
		for tier in $tiers; do
			[[ " ${TIERS:-$tiers} " != *" $tier "* && ${TIERS-} != best ]] || printf '%s %s\n' "$name" "$tier"
		done
	done
}

(($#)) || read -ra names <<<"${KERNELS:-}"
vm_need prove=perl make=make
rows=$("$vm_dir/kernels.sh" matrix "$@" ${names[@]+"${names[@]}"})
mapfile -t cells < <(each_tier <<<"$rows")
((${#cells[@]})) || vm_die "no kernel to test"
for arch in amd64 arm64; do
	for cell in "${cells[@]}"; do
		if [[ $(vm_arch "${cell% *}") = "$arch" ]]; then
			vm_needs "$arch"
			build "$arch"
			break
		fi
	done
done
cd "$vm_top"
result=PASS
output=$(mktemp)
trap 'rm -f "$output"' EXIT
read -ra flags <<<"${PROVE_FLAGS-}"
prove --failures --directives --comments --timer "-j${VM_JOBS:-1}" "${flags[@]}" --exec tests/vm/cell.sh \
	"${cells[@]}" | tee "$output" || result=FAIL
# A run in which nothing was tried has not passed.
! grep -q '^Result: NOTESTS' "$output" || result="FAIL: no kernel was tried"
tests/vm/report.sh verifier
printf 'kernels: %d cells of kernel and tier in %d s: %s\n' ${#cells[@]} $SECONDS "$result"
[[ $result = PASS ]]
