# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A private apt, to be sourced after lib.sh: packages of other Debian releases and of another
# architecture, without touching this machine's own sources, lists or installed packages.

vm_apt_suites=(bullseye bookworm trixie)
vm_apt_backports=(trixie-backports)

# vm_apt ARCH TOOL ARGS...: apt-get or apt-cache on the private state of that architecture.
vm_apt() {
	local arch=$1 tool=$2 state
	state=$(vm_cache)/apt-$arch
	shift 2
	"$tool" -q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" \
		-o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State=$state" \
		-o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" \
		-o Acquire::Languages=none -o Acquire::Retries=2 \
		-o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root \
		-o APT::Install-Recommends=false "$@"
}

# Where this machine itself gets Debian from: MAIN or SECURITY. Never a name written in a file
# of ours: mirrors, proxies and snapshots stay the administrator's choice.
vm_apt_mirror() {
	local want=$1 known=${PORTWATCH_DEBIAN_MIRROR:-}
	[[ $want = SECURITY ]] && known=${PORTWATCH_DEBIAN_SECURITY_MIRROR:-}
	if [[ -n $known ]]; then
		printf '%s\n' "$known"
		return
	fi
	# shellcheck disable=SC2016 # the $(…) are apt's own fields
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v want="$want" '
			$2 != "main" { next }
			$1 ~ /^[a-z]+(-security|\/updates)$/ { is = "SECURITY" }
			$1 ~ /^[a-z]+$/ && $3 ~ /debian/ { is = "MAIN" }
			is == want { print $3; exit }
			{ is = "" }'
}

vm_apt_sources() {
	local main security suite options=''
	local key=/usr/share/keyrings/debian-archive-keyring.gpg
	main=$(vm_apt_mirror MAIN)
	security=$(vm_apt_mirror SECURITY)
	[[ -n $main ]] || vm_die "no Debian mirror in this machine's apt sources: set PORTWATCH_DEBIAN_MIRROR"
	[[ -e $key ]] && options="[signed-by=$key] "
	for suite in "${vm_apt_suites[@]}"; do
		printf 'deb %s%s %s main\n' "$options" "$main" "$suite"
		[[ -z $security ]] ||
			printf 'deb %s%s %s-security main\n' "$options" "$security" "$suite"
	done
	for suite in "${vm_apt_backports[@]}"; do
		printf 'deb %s%s %s main\n' "$options" "$main" "$suite"
	done
}

# Refresh the lists when they are older than half a day. A suite that is gone, or no network at
# all, is not an error here: what can be had then is what the lists still say.
vm_apt_update() {
	local arch=$1 state
	state=$(vm_cache)/apt-$arch
	if [[ -n $(find "$state/updated" -mmin -720 2>/dev/null) ]]; then
		return
	fi
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	vm_apt_sources >"$state/sources.list"
	vm_say "updating the package lists for $arch"
	rm -f "$state/kernels"
	if vm_apt "$arch" apt-get update >"$state/update.log" 2>&1 &&
		! grep -q '^[EW]:' "$state/update.log"; then
		touch "$state/updated"
	else
		vm_say "some lists could not be had: $(grep -c '^[EW]:' "$state/update.log") complaints in $state/update.log"
	fi
}
