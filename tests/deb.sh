#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian package (make deb) in a new Debian 12: installed, used, updated, removed and purged there.
# And lintian finds no error in it.

set -euo pipefail
cd "$(dirname "$0")/.."

name=deb
work=build/deb
# shellcheck source-path=SCRIPTDIR source=root.sh
. tests/root.sh
root_enter "$@"

package=$(built_package)
step "$package"
lintian --allow-root --fail-on error "$package" ||
	die "lintian complains"

step "hardened"
rm -rf "$work/unpacked"
mkdir -p "$work"
dpkg-deb -x "$package" "$work/unpacked"
PORTWATCH_PROGRAMS="$(echo "$work"/unpacked/usr/bin/portwatch "$work"/unpacked/usr/libexec/portwatch/portwatch-*)" \
	bats tests/cli/hardening.bats || die "its programs are not"

root_make_with "$package"
# minbase leaves manuals out, and this is about them, too.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/docker
in_root 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
	install ./portwatch.deb man-db bash-completion netcat-openbsd acl libcap2-bin' >"$work/install.log" 2>&1 ||
	die "it cannot be installed, see $work/install.log"

step "used"
# shellcheck disable=SC2016 # for the shell within
in_root '
	set -e
	mkdir -p /sys/fs/bpf && mount -t bpf bpf /sys/fs/bpf
	portwatch --version
	portwatch doctor >/dev/null
	portwatch export | grep -q "^portwatch_"
	portwatch load
	portwatch status >/dev/null
	nc -l 127.0.0.1 8000 </dev/null >/dev/null 2>&1 &
	portwatch wait 8000/tcp --for listen -t 20 >/dev/null
	portwatch 8000/tcp | grep "in use by nc"
	portwatch free 8000/tcp | grep "free$"
	portwatch unload
	man portwatch | grep -q "which process has a port"
	man portwatch-status | grep -q "portwatch-status - the tracker"
	. /usr/share/bash-completion/bash_completion
	_completion_loader portwatch || [ $? -eq 124 ]
	complete -p portwatch

	# A group that may ask outlives an update, which brings a new file.
	/usr/libexec/portwatch/setup-group askers
	/usr/libexec/portwatch/setup-group others
	dpkg -i portwatch.deb >/dev/null 2>&1
	[ "$(stat -c "%G %a" /usr/bin/portwatch)" = "portwatch-maps 2750" ]
	getfacl -p /usr/bin/portwatch | grep "^group:others:r-x"
	getcap /usr/bin/portwatch | grep cap_bpf

	# Nothing is left in the kernel that nobody could take out.
	portwatch load
	unshare --net portwatch guard 8443/tcp --user 0
	[ -e /sys/fs/bpf/portwatch-guard ]
	apt-get -qq -y remove portwatch >/dev/null 2>&1
	[ ! -e /sys/fs/bpf/portwatch ]
	[ ! -e /sys/fs/bpf/portwatch-guard ]
	dpkg -i portwatch.deb >/dev/null 2>&1
	apt-get -qq -y purge portwatch >/dev/null 2>&1
	! dpkg-statoverride --list /usr/bin/portwatch

	# The owner and mode that an administrator has given it are no group that may ask.
	dpkg-statoverride --add root adm 0750 /usr/bin/portwatch
	dpkg -i portwatch.deb >/dev/null 2>&1
	! getcap /usr/bin/portwatch | grep cap_bpf
	apt-get -qq -y purge portwatch >/dev/null 2>&1
	dpkg-statoverride --list /usr/bin/portwatch
	dpkg-statoverride --remove /usr/bin/portwatch
	! find / -xdev -path /src -prune -o -path /proc -prune -o -path /var/cache/man -prune -o -name "*portwatch*" -print | grep .
' || die "see above"
step "PASS"
