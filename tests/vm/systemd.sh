#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units under a real systemd: the Debian package (make deb) in a new Debian 12, booted in QEMU.
#
#   systemd.sh [KERNEL]		default: 6.12

set -euo pipefail
cd "$(dirname "$0")/../.."

name=systemd
work=build/systemd
# shellcheck source-path=SCRIPTDIR source=../root.sh
. tests/root.sh
root_enter "$@"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/vm/lib.sh
# shellcheck source-path=SCRIPTDIR source=initramfs.sh
. tests/vm/initramfs.sh
# shellcheck source-path=SCRIPTDIR source=boot.sh
. tests/vm/boot.sh

vm_needs amd64
kernel=$(tests/vm/kernels.sh get "${1:-6.12}")
package=$(built_package)

root_make_with "$package"
in_root 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
	install ./portwatch.deb systemd-sysv curl jq netcat-openbsd acl libcap2-bin' >"$work/install.log" 2>&1 ||
	die "it cannot be installed, see $work/install.log"
install -m 755 tests/vm/systemd-tests.sh "$root/src/"
cat >"$root/etc/systemd/system/tests.service" <<-END
	[Unit]
	Wants=portwatch.service portwatch-export.socket
	After=multi-user.target
	[Service]
	ExecStart=/src/systemd-tests.sh
	StandardOutput=tty
	StandardError=inherit
	TTYPath=/dev/console
	TTYReset=no
	[Install]
	WantedBy=default.target
END
# An emulated processor on a busy machine takes longer than a boot should wait for.
mkdir -p "$root/etc/systemd/system/portwatch.service.d"
printf '[Service]\nTimeoutStartSec=600\n' >"$root/etc/systemd/system/portwatch.service.d/emulated.conf"
in_root 'systemctl -q enable tests.service portwatch.service portwatch-export.socket' >>"$work/install.log" 2>&1 ||
	die "the units cannot be enabled, see $work/install.log"

step "booting"
rm -rf "$work/initrd"
(cd "$root" && find . -xdev \( -path './proc/*' -o -path './sys/*' -o -path './dev/*' -o -path './var/cache/*' -o \
	-path './var/lib/apt/lists/*' -o -path './usr/share/doc/*' -o -path './usr/share/locale/*' \) -prune -o -print0 |
	cpio --null --quiet -o -H newc -R 0:0) >"$work/initrd"
log=$work/serial.log
export VM_APPEND="rdinit=/lib/systemd/systemd systemd.log_level=warning systemd.show_status=no"
if ! vm_slot "${VM_JOBS:-1}" vm_boot amd64 "$kernel" "$work/initrd" "$log" "${VM_TIMEOUT:-900}"; then
	kept=$(vm_keep "$log" systemd)
	tail -n 20 "$log" >&2
	die "it did not come to its end; serial log: $kept"
fi
vm_output "$log"
[[ $(vm_status "$log") = 0 ]] || die "see above; serial log: $(vm_keep "$log" systemd)"
step "PASS"
