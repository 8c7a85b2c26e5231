#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Install the packages that building, testing or linting needs, by apt, on Debian 12 and Ubuntu.
#
#   packaging/deps.sh [build|docs|unit|test|lint|bench|proof|deb|rpm|vm|fresh|all]...   install what is missing (default: build)
#   packaging/deps.sh --check SET...                        only say what is missing; 1 if anything is
#
# Each package is known by something it provides, a command or a file, and not by its name: nginx
# of any flavour or a node from elsewhere will do, and with everything present no package tool is
# asked and no network touched.

set -euo pipefail
shopt -s extglob
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# package, then what shows that it is there: a command, or a file name pattern
declare -A sets
sets[build]='
clang		clang
bpftool		bpftool
gcc		gcc
libc6-dev	/usr/include/stdio.h
make		make
pkg-config	pkg-config
libbpf-dev	/usr/include/bpf/libbpf.h
libelf-dev	/usr/include/gelf.h
zlib1g-dev	/usr/include/zlib.h
libmicrohttpd-dev	/usr/include/microhttpd.h
libcap-ng-dev	/usr/include/cap-ng.h
libncurses-dev	/usr/include/curses.h
'
# Manual pages
sets[docs]='
scdoc		scdoc
'
sets[unit]='
libcmocka-dev	/usr/include/cmocka.h
'
sets[test]=${sets[unit]}'
bats		bats
perl		prove
iproute2	ss
strace		strace
nginx-light	nginx
redis-server	redis-server
postgresql	/usr/lib/postgresql/*/bin/postgres
haproxy		haproxy
gunicorn	/usr/bin/gunicorn
python3		/usr/bin/python3
nodejs		node
psmisc		fuser
lsof		lsof
jq		jq
util-linux	nsenter
procps		ps
curl		curl
socat		socat
netcat-openbsd	/bin/nc.openbsd
acl	setfacl
libcap2-bin	capsh
binutils	readelf
systemd		systemd-socket-activate
apache2-utils	ab
wrk		wrk
prometheus	promtool
prometheus-node-exporter	prometheus-node-exporter
python3-prometheus-client	/usr/lib/python3/dist-packages/prometheus_client/openmetrics/parser.py
rsyslog		rsyslogd
tmux		tmux
man-db		man
zsh		zsh
fish		fish
'
sets[lint]='
clang-format	clang-format
clang-tidy	clang-tidy
cppcheck	cppcheck
shellcheck	shellcheck
git		git
'
# Fuzzing, valgrind, and a figure for coverage
sets[proof]=${sets[unit]}'
libclang-rt-dev	/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer-*.a
valgrind	valgrind
libc6-dbg	/usr/lib/debug/.build-id
gcovr		gcovr
'
# Benchmarks, with the peers they compare to (tests/bench)
sets[bench]='
iproute2	ss
psmisc		fuser
lsof		lsof
nodejs		node
npm		npm
libbpf-tools	tcpstates
nginx-light	nginx
wrk		wrk
tmux		tmux
gnuplot-nox	gnuplot
python3		/usr/bin/python3
jq		jq
procps		pgrep
util-linux	nsenter
'
# A Debian package of it
sets[deb]='
debhelper	dh
dpkg-dev	dpkg-buildpackage
lintian		lintian
libncurses-dev	/usr/include/ncurses.h
'
# An RPM package of it
sets[rpm]='
rpm		rpmbuild
'
# Other kernels, in QEMU (tests/vm)
sets[vm]='
bats		bats
perl		prove
jq		jq
iproute2	ip
clang-newest	/usr/bin/clang-@(1[5-9]|[2-9][0-9])
qemu-system-x86	qemu-system-x86_64
qemu-system-arm	qemu-system-aarch64
busybox-static	busybox
cpio		cpio
xz-utils	xz
binutils	readelf
bsdextrautils	column
gcc-aarch64-linux-gnu	aarch64-linux-gnu-gcc
libc6-dev-arm64-cross	/usr/aarch64-linux-gnu/include/stdio.h
'
sets[fresh]='
debootstrap	debootstrap
'

die() {
	printf 'portwatch: %s\n' "$*" >&2
	exit 1
}

present() {
	case $1 in
	/*) compgen -G "$1" >/dev/null ;;
	# Ubuntu's bpftool is a wrapper that works only with tools for the running kernel, but those
	# of any other kernel, which the Makefile finds, do as well.
	bpftool) bpftool version >/dev/null 2>&1 || compgen -G '/usr/lib/linux-tools/*/bpftool' >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# The missing packages of the sets named, one a line.
missing() {
	local set package sign
	for set; do
		while read -r package sign; do
			[[ -z $package ]] || present "$sign" || printf '%s\n' "$package"
		done <<<"${sets[$set]}"
	done
}

known() {
	apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

# Older Ubuntus have bpftool only among the kernel's own tools. The newest clang is known by its number.
translate() {
	local package
	for package; do
		if [[ $package = bpftool ]] && ! known bpftool && known linux-tools-common; then
			printf '%s\n' linux-tools-common linux-tools-generic
		elif [[ $package = clang-newest ]]; then
			apt-cache --names-only search '^clang-[0-9]+$' | cut -d' ' -f1 | sort -V | tail -n 1
		else
			printf '%s\n' "$package"
		fi
	done
}

# A server's package starts the server when it is installed, and again at every boot. The tests
# start their own, so neither is wanted. A policy that is there already is the administrator's.
policy=/usr/sbin/policy-rc.d
policy_mark='# left by portwatch packaging/deps.sh, remove me'

hold_services() {
	export RUNLEVEL=1
	[[ ! -e $policy ]] || grep -qF "$policy_mark" "$policy" || return 0
	printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy"
	chmod 755 "$policy"
}

clean_up() {
	rm -f "$log"
	! grep -qsF "$policy_mark" "$policy" || rm -f "$policy"
}

disable_services() {
	local unit
	[[ -d /run/systemd/system ]] || return 0
	for unit in nginx redis-server postgresql haproxy prometheus prometheus-node-exporter rsyslog; do
		[[ " $* " != *" ${unit}"[\ -]* ]] || systemctl --quiet disable "$unit" 2>/dev/null || true
	done
}

# Show what packages say while they are set up only when it fails.
apt_install() {
	apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >"$log" 2>&1
}

check=
[[ ${1-} != --check ]] || { check=1 && shift; }
[[ $# -gt 0 ]] || set -- build
[[ " $* " != *' all '* ]] || set -- build docs test lint
for set; do
	[[ -v sets[$set] ]] || die "no such set of packages: $set (there are ${!sets[*]} all)"
done

mapfile -t packages < <(missing "$@")
[[ ${#packages[@]} -gt 0 ]] || exit 0
cure='sudo make deps'
[[ $* = build ]] || cure+=" SETS=\"$*\""
[[ -z $check && $(id -u) -eq 0 ]] || die "missing here: ${packages[*]}; install with: $cure"
command -v apt-get >/dev/null || die "missing here: ${packages[*]}; there is no apt, install them by other means"

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
updated=
known make || { apt-get -qq update && updated=1; }
mapfile -t packages < <(translate "${packages[@]}")
printf 'installing packages: %s\n' "${packages[*]}"
hold_services
# Lists that are too old name files which the mirror no longer has.
apt_install "${packages[@]}" || { [[ -z $updated ]] && apt-get -qq update && apt_install "${packages[@]}"; } || {
	cat "$log" >&2
	die 'the packages cannot be installed, see above'
}
disable_services "${packages[@]}"
mapfile -t packages < <(missing "$@")
[[ ${#packages[@]} -eq 0 ]] || die "still missing after the installation: ${packages[*]}"
