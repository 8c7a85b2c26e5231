#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs shell commands under another kernel.
#
#   exec.sh [-k] [-t SECONDS] KERNEL COMMANDS [FILE...]
#
# KERNEL as kernels.sh takes it: 5.10, 6.1, 7, 6.1-arm64. FILEs (directories too) are laid where they
# lie in the work tree, under /src; others go to /src by their last name. The commands start in
# /src, with build/ in PATH. -k keeps the serial log of a boot that went well, too.
# The exit status is the commands' own; 125 when the guest did not get to the end.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=initramfs.sh
. "$vm_dir/initramfs.sh"
# shellcheck source-path=SCRIPTDIR source=boot.sh
. "$vm_dir/boot.sh"

keep=0
seconds=300
while getopts kt: option; do
	case $option in
	k) keep=1 ;;
	t) seconds=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
(($# >= 2)) || vm_die "usage: exec.sh [-k] [-t SECONDS] KERNEL COMMANDS [FILE...]"

name=$1
arch=$(vm_arch "$name")
vm_needs "$arch"
kernel=$("$vm_dir/kernels.sh" get "$name")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/serial.log

initramfs "$work" "$arch" "$kernel" "$2" "${@:3}"
if ! vm_slot "${VM_JOBS:-1}" vm_boot "$arch" "$kernel" "$work/initrd" "$log" "$seconds"; then
	vm_output "$log"
	vm_say "the guest did not get to the end in $seconds s; serial log: $(vm_keep "$log" "exec-$name")"
	exit 125
fi
vm_output "$log"
status=$(vm_status "$log")
((!keep)) || vm_say "serial log: $(vm_keep "$log" "exec-$name")"
exit "$status"
