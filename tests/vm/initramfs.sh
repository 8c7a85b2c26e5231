# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make the files that a guest finds; to be sourced after lib.sh. The archive stays uncompressed: an emulated processor
# unpacks slowly.

# Commands that tests use, taken from this machine so that they behave as they do here; busybox,
# last in PATH, has everything else.
vm_tools=(bash dash bats jq ip ss unshare nsenter setpriv flock prlimit timeout env sort stat date sleep
	mktemp readlink realpath head tail cut tr wc cat tee seq id chroot basename dirname touch
	mkdir rm mv cp ln ls mkfifo nproc stdbuf grep sed awk find xargs cmp diff kill ps pgrep pkill
	sysctl dd od comm uniq paste printf true false test mountpoint findmnt script
	socat nc fuser lsof capsh strace bpftool python3)

# Modules that the tests need and a cloud kernel does not always have built in.
vm_modules=(veth dummy tcp_diag udp_diag raw_diag unix_diag)

# needed_libs ELF...: names of the libraries that they ask for.
needed_libs() {
	readelf -d -l "$@" 2>/dev/null |
		sed -n -e 's/.*(NEEDED).*\[\(.*\)\]/\1/p' -e 's/.*program interpreter: .*\/\(.*\)\]/\1/p' |
		sort -u
}

# add_libs DEST ROOT TRIPLET ELF...: the libraries, and theirs, found in the tree that the programs
# come from: / or the unpacked packages of another architecture.
add_libs() {
	local dest=$1 root=$2 triplet=$3 lib path
	shift 3
	for lib in $(needed_libs "$@"); do
		[[ -e $dest/lib/$triplet/$lib ]] && continue
		for path in "$root"/{usr/local/lib,lib,usr/lib}/{"$triplet",.}/"$lib" "$root"/lib64/"$lib"; do
			[[ -e $path ]] || continue
			mkdir -p "$dest/lib/$triplet"
			cp -L "$path" "$dest/lib/$triplet/$lib"
			add_libs "$dest" "$root" "$triplet" "$path"
			break
		done
	done
}

# A dynamic program names its loader by a fixed path.
add_loader() {
	local dest=$1 triplet=$2 loader
	for loader in "$dest/lib/$triplet"/ld-linux*; do
		[[ -e $loader ]] || continue
		mkdir -p "$dest/lib64"
		ln -sf "/lib/$triplet/${loader##*/}" "$dest/lib64/${loader##*/}"
		ln -sf "$triplet/${loader##*/}" "$dest/lib/${loader##*/}"
	done
}

# find_tool ROOT NAME
find_tool() {
	local root=$1 name=$2 dir
	for dir in usr/bin bin usr/sbin sbin; do
		if [[ -e $root/$dir/$name ]]; then
			printf '%s\n' "$root/$dir/$name"
			return
		fi
	done
	return 1
}

# add_tools DEST ROOT TRIPLET
add_tools() {
	local dest=$1 root=$2 triplet=$3 name path elves=()
	mkdir -p "$dest/usr/bin"
	for name in "${vm_tools[@]}"; do
		path=$(find_tool "$root" "$name") || continue
		# awk may be a chain of absolute links into another architecture's tree.
		[[ -L $path ]] && path=$(resolve_in "$root" "$path")
		[[ -e $path ]] || continue
		cp -L "$path" "$dest/usr/bin/$name"
		elves+=("$path")
	done
	add_libs "$dest" "$root" "$triplet" "${elves[@]}"
	if [[ -d $root/usr/lib/bats-core ]]; then
		mkdir -p "$dest/usr/lib" "$dest/usr/libexec"
		cp -rL "$root/usr/lib/bats-core" "$dest/usr/lib/"
		cp -rL "$root/usr/libexec/bats-core" "$dest/usr/libexec/"
		[[ ! -d $root/usr/lib/bats ]] || cp -rL "$root/usr/lib/bats" "$dest/usr/lib/"
	fi
}

# add_python DEST ROOT TRIPLET: the tests' python needs its modules, but not those for windows, other
# databases or cryptography. Compiled here, where that takes a second and not a minute.
add_python() {
	local dest=$1 root=$2 triplet=$3 lib
	for lib in "$root"/usr/lib/python3.[0-9]*; do
		[[ -e $lib/os.py ]] || continue
		mkdir -p "$dest/usr/lib"
		cp -rLp "$lib" "$dest/usr/lib/" 2>/dev/null || true
		lib=$dest/usr/lib/${lib##*/}
		rm -rf "$lib"/{test,idlelib,tkinter,ensurepip,lib2to3,distutils,pydoc_data,turtledemo} \
			"$lib"/{dist-packages,unittest,sqlite3,config-*} \
			"$lib"/lib-dynload/_{ssl,hashlib,tkinter,curses,dbm,gdbm,sqlite3,crypt,test,ctypes_test}*
		python3 -m compileall -qq "$lib" >/dev/null 2>&1 || true
		add_libs "$dest" "$root" "$triplet" "$lib"/lib-dynload/*.so
	done
}

# resolve_in ROOT LINK: follow links as if ROOT were /.
resolve_in() {
	local root=${1%/} path=$2 target
	while [[ -L $path ]]; do
		target=$(readlink "$path")
		case $target in
		/*) path=$root$target ;;
		*) path=$(dirname "$path")/$target ;;
		esac
	done
	printf '%s\n' "$path"
}

# add_base DEST ROOT TRIPLET: all that does not change from one run to the next.
add_base() {
	local dest=$1 root=$2 triplet=$3
	mkdir -p "$dest"/{bin,dev,proc,sys,run,tmp,etc,root,busybox,src}
	cp -L "$root/bin/busybox" "$dest/bin/busybox"
	# Not busybox: its shell prefers its own commands to those in PATH.
	ln -sf /usr/bin/dash "$dest/bin/sh"
	ln -sf /usr/bin/env "$dest/bin/env"
	ln -sf /usr/bin/bash "$dest/bin/bash"
	printf 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' \
		>"$dest/etc/passwd"
	printf 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n' >"$dest/etc/group"
	printf 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n' \
		>"$dest/etc/nsswitch.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$dest/etc/hosts"
	if [[ -d /usr/lib/locale/C.utf8 ]]; then
		mkdir -p "$dest/usr/lib/locale"
		cp -rL /usr/lib/locale/C.utf8 "$dest/usr/lib/locale/"
	fi
	[[ ! -e /etc/services ]] || cp -L /etc/services /etc/protocols "$dest/etc/"
	add_tools "$dest" "$root" "$triplet"
	add_python "$dest" "$root" "$triplet"
	add_loader "$dest" "$triplet"
	# shellcheck disable=SC2154 # set by lib.sh
	cp "$vm_dir/init" "$dest/init"
}

# module_file KERNELDIR NAME
module_file() {
	find "$1/modules" -name "$2.ko*" -print -quit
}

# add_module DEST KERNELDIR NAME: with what it depends on, in the order of loading. One that is not
# there is built in, or the kernel does without.
add_module() {
	local dest=$1 kernel=$2 name=$3 file depends
	file=$(module_file "$kernel" "$name")
	[[ -n $file && ! -e $dest/modules/$name.ko ]] || return 0
	mkdir -p "$dest/modules"
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -qdc "$file" ;;
	*.gz) gzip -dc "$file" ;;
	*) cat "$file" ;;
	esac >"$dest/modules/$name.ko"
	depends=$(readelf -p .modinfo "$dest/modules/$name.ko" | sed -n 's/.*depends=//p')
	for file in ${depends//,/ }; do
		add_module "$dest" "$kernel" "$file"
	done
	printf '%s\n' "$name" >>"$dest/modules/order"
}

# pack DIR ARCHIVE
pack() {
	(cd "$1" && find . -print0 | LC_ALL=C sort -z | cpio --null --quiet -o -H newc -R 0:0) >"$2"
}

# add_file DEST ROOT TRIPLET PATH: what belongs to the work tree keeps its place in it.
add_file() {
	local dest=$1 root=$2 triplet=$3 path to elves=()
	path=$(realpath "$4")
	to=${path#"$vm_top"/}
	[[ $to != /* ]] || to=${path##*/}
	mkdir -p "$dest/src/$(dirname "$to")"
	cp -rLT "$path" "$dest/src/$to"
	mapfile -t elves < <(elf_files "$path")
	((${#elves[@]} == 0)) || add_libs "$dest" "$root" "$triplet" "${elves[@]}"
}

elf_files() {
	find -L "$1" -type f -perm -u+x ! -name '*.o' -exec sh -c '
		for file; do
			[ "$(head -c 4 "$file" | tail -c 3)" = ELF ] && printf "%s\n" "$file"
		done' sh {} +
}

# programs ARCH: the directory that `make` leaves its programs in.
programs() {
	case $1 in
	amd64) vm_build ;;
	*) printf '%s/%s\n' "$(vm_build)" "$1" ;;
	esac
}

# add_programs DEST ROOT TRIPLET ARCH: every program of ours, as build/NAME whatever the architecture,
# so that one test runs unchanged on all.
add_programs() {
	local dest=$1 root=$2 triplet=$3 from path elves=()
	from=$(programs "$4")
	mkdir -p "$dest/src/build/tests"
	for path in "$from"/* "$from"/tests/*; do
		[[ -f $path && -x $path ]] || continue
		cp -L "$path" "$dest/src/build/${path#"$from"/}"
		elves+=("$path")
	done
	((${#elves[@]} == 0)) || add_libs "$dest" "$root" "$triplet" "${elves[@]}"
}

# initramfs WORK ARCH KERNELDIR COMMANDS FILE...: leaves WORK/initrd.
initramfs() {
	local work=$1 arch=$2 kernel=$3 commands=$4 root=/ triplet=x86_64-linux-gnu dest module file
	shift 4
	if [[ $arch = arm64 ]]; then
		root=$("$vm_dir/arm64.sh")
		triplet=aarch64-linux-gnu
	fi
	dest=$work/root
	add_base "$dest" "$root" "$triplet"
	for module in "${vm_modules[@]}"; do
		add_module "$dest" "$kernel" "$module"
	done
	add_programs "$dest" "$root" "$triplet" "$arch"
	for file in "$@"; do
		add_file "$dest" "$root" "$triplet" "$file"
	done
	printf '%s\n' "$commands" >"$dest/command"
	pack "$dest" "$work/initrd"
}

# Check for the tools that build an initramfs and boot it.
vm_needs() {
	vm_need busybox=busybox-static cpio=cpio readelf=binutils bats=bats jq=jq ip=iproute2 xz=xz-utils
	case $1 in
	amd64) vm_need qemu-system-x86_64=qemu-system-x86 ;;
	arm64) vm_need qemu-system-aarch64=qemu-system-arm ;;
	esac
}
