#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks the arm64 packages that cross-building and the arm64 guests need, beside everything that this
# machine has installed, and prints the directory:
#
#   make ARCH=arm64 SYSROOT="$(tests/vm/arm64.sh)"
#
# As root it also installs the cross compiler when that is missing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$vm_dir/apt.sh"

packages=(
	# to build
	libbpf-dev libelf-dev zlib1g-dev libmnl-dev libcmocka-dev libmicrohttpd-dev libcap-ng-dev libncurses-dev
	# for the guest
	busybox-static bash dash coreutils util-linux iproute2 procps grep sed mawk findutils diffutils
	jq bats socat netcat-openbsd psmisc lsof acl libcap2-bin strace
	bpftool python3
)

# The release must be the cross compiler's own: a program linked with its libc runs in the guest.
release() {
	local VERSION_CODENAME='' suite
	# shellcheck source=/dev/null
	. /etc/os-release
	for suite in "${vm_apt_suites[@]}"; do
		if [[ $suite = "$VERSION_CODENAME" ]]; then
			printf '%s\n' "$suite"
			return
		fi
	done
	printf 'bookworm\n'
}

# unpack ROOT: the packages with all that they depend on. apt thinks that nothing is installed.
unpack() {
	local root=$1 release debs deb
	release=$(release)
	vm_apt_update arm64
	debs=$(vm_cache)/apt-arm64/cache/archives
	rm -rf "$root" "$debs"/*.deb
	vm_say "fetching arm64 packages of $release"
	vm_apt arm64 apt-get -y -o "APT::Default-Release=$release" -o Debug::NoLocking=1 \
		--download-only install "${packages[@]}" >"$debs/../arm64.log" 2>&1 || {
		tail -n 5 "$debs/../arm64.log" >&2
		return 1
	}
	mkdir -p "$root"
	for deb in "$debs"/*.deb; do
		case ${deb##*/} in
		# The cross compiler has its own, and these name absolute paths.
		libc6-dev_* | linux-libc-dev_*) ;;
		*) dpkg-deb -x "$deb" "$root" ;;
		esac
	done
	rm -f "$debs"/*.deb
	# Links that the packages' own scripts would make.
	ln -sf mawk "$root/usr/bin/awk"
	ln -sf nc.openbsd "$root/usr/bin/nc"
	printf '%s\n' "${packages[@]}" >"$root/packages"
}

prepare() {
	local root=$1
	# The list of a whole unpacking is written last; another list means another set.
	[[ "$(cat "$root/packages" 2>/dev/null)" = "$(printf '%s\n' "${packages[@]}")" ]] || unpack "$root"
}

root=$(vm_cache)/arm64
vm_need aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu \
	/usr/aarch64-linux-gnu/include/stdio.h=libc6-dev-arm64-cross
vm_locked apt-arm64 prepare "$root" >&2 || vm_die "the arm64 packages cannot be had"
printf '%s\n' "$root"
