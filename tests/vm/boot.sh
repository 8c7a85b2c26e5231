# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots a kernel with an initramfs in QEMU, to be sourced after lib.sh. The processor is emulated:
# KVM cannot be counted on where this runs.

# In the marks around a command's output; nothing that a test prints can look like them.
vm_word=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')

# The archive needs room twice, while it is unpacked.
vm_memory() {
	printf '%s\n' $((640 + 2 * $(stat -c %s "$1") / 1048576))
}

# vm_once ARCH KERNELDIR INITRD LOG SECONDS: 0 when the command ran to its end.
vm_once() {
	local arch=$1 kernel=$2 initrd=$3 log=$4 seconds=$5 machine args
	# Code at an address that is new with every process has to be translated anew every time: without
	# random addresses a fork and exec takes a fifth.
	# Guards against attacks that nobody makes here cost an emulated processor a tenth more.
	args="panic=-1 quiet norandmaps mitigations=off init_on_alloc=0 pw_word=$vm_word ${VM_APPEND:-}"
	case $arch in
	# Without -cpu max one boot in five of 6.12 ended in a double fault.
	amd64) machine=(qemu-system-x86_64 -cpu max -append "console=ttyS0 $args") ;;
	arm64) machine=(qemu-system-aarch64 -M virt -cpu cortex-a72 -append "console=ttyAMA0 $args") ;;
	esac
	# In the foreground, so that whoever ends this script ends the machine with it.
	timeout --foreground -k 5 "$seconds" "${machine[@]}" -accel tcg,thread=single -smp 2 \
		-m "$(vm_memory "$initrd")" -nodefaults -no-reboot -display none -serial stdio \
		-kernel "$kernel/vmlinuz" -initrd "$initrd" </dev/null >"$log" 2>&1 || true
	grep -aq "^@@end $vm_word" "$log"
}

# vm_boot, as vm_once: but a kernel that dies before the guest's init has begun gets a second chance;
# most of these are the emulation's fault.
vm_began() { grep -aq "^@@begin $vm_word" "$1"; }

vm_boot() {
	local log=$4
	vm_once "$@" && return
	vm_began "$log" && return 1
	vm_say "no sign of init, trying once more; the first log: $(vm_keep "$log" "first-${2##*/}")"
	vm_once "$@"
}

# vm_keep LOG NAME: where a person can read it later.
vm_keep() {
	local out
	out=$(vm_out)
	cp "$1" "$out/serial-$2.log"
	printf '%s\n' "$out/serial-$2.log"
}

# vm_output LOG: what the command wrote.
vm_output() {
	tr -d '\r' <"$1" | sed -n "/^@@begin $vm_word/,/^@@end $vm_word/p" |
		sed -e '1d' -e "/^@@end $vm_word/d"
}

# vm_status LOG: the command's exit status.
vm_status() {
	tr -d '\r' <"$1" | sed -n "s/^@@end $vm_word //p"
}
