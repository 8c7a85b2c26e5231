#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The static programs (make static) on kernels of their own, without any library or tool of ours:
# each is copied into an empty root and answers there.
#
#   static.sh [KERNEL...]      default: 5.10 6.1-arm64
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

(($#)) || set -- 5.10 6.1-arm64
for kernel; do
	case $(vm_arch "$kernel") in
	arm64) arch=aarch64 ;;
	*) arch=x86_64 ;;
	esac
	programs=("$(vm_build)"/release/portwatch-*-"$arch")
	[[ -x ${programs[0]} ]] || vm_die "no static program for $arch: make static"
	vm_say "$kernel: ${programs[0]##*/}"
	# shellcheck disable=SC2016 # for the shell within
	"$vm_dir/exec.sh" -t 300 "$kernel" '
		set -e
		program=$(find /src -name "portwatch-*-'"$arch"'" -type f)
		mkdir -p /alone/sys /alone/proc
		cp "$program" /alone/portwatch
		mount --rbind /sys /alone/sys
		mount -t proc proc /alone/proc
		alone() { chroot /alone /portwatch "$@"; }
		alone --version
		alone doctor --json | grep -q "\"works\":true"
		alone load
		/bin/busybox nc -l -p 8000 </dev/null >/dev/null 2>&1 &
		alone wait 8000/tcp --for listen -t 20 >/dev/null
		alone 8000/tcp
		alone free 8000/tcp
		alone check
		alone unload
		echo "static: ok"
	' "${programs[0]}" | tee >(cat >&2) | grep -q '^static: ok$' || vm_die "$kernel: failed"
done
