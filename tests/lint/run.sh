#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run the lints named, or all of them. Each says nothing but what is wrong.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
export LC_ALL=C

# Print the files of the project: tracked, or new and not ignored. Without git, all there are.
sources() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -print | sed 's|^\./||'
	fi | while read -r file; do [[ ! -f $file ]] || printf '%s\n' "$file"; done | sort -u
}

c_files() {
	sources | grep -E '\.[ch]$'
}

user_c_files() {
	sources | grep -E '^(src|tests)/.*\.c$'
}

shell_files() {
	local file first
	sources | while read -r file; do
		case $file in
		*.sh | *.bash | *.bats) printf '%s\n' "$file" ;;
		*.*) ;;
		*)
			IFS= read -r first <"$file" 2>/dev/null || true
			[[ ! $first =~ ^#!.*(bash|/sh) ]] || printf '%s\n' "$file"
			;;
		esac
	done
}

lint_layers() {
	sources | grep -E '^(src|bpf)/.*\.[ch]$' | xargs -r awk -f tests/lint/layers.awk
}

# No file over 400 lines, no function over 40; exceptions are named in sizes.txt.
lint_size() {
	sources | grep -E '\.([ch]|sh|bash|bats|awk|py|mk|jq)$|(^|/)(Makefile|run)$' | grep -v ^vmlinux/ |
		xargs -r awk -f tests/lint/size.awk tests/lint/sizes.txt
}

# The subjects of comments, and the files that they name (comments.py).
lint_comments() {
	local failed=0 kind
	for kind in subjects names; do
		sources | python3 tests/lint/comments.py $kind || failed=1
	done
	return $failed
}

# Messages of the commits that are new here: since the push, since the branch left main, or on main itself
# since there is this check.
lint_commits() {
	local base
	git rev-parse --verify --quiet HEAD >/dev/null || return 0
	base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git merge-base HEAD origin/main 2>/dev/null ||
		git merge-base HEAD main 2>/dev/null) || return 0
	[[ $base != "$(git rev-parse HEAD)" ]] ||
		base=$(git log --diff-filter=A --format=%h -- tests/lint/commit-msg | tail -n 1)
	[[ -z $base ]] || tests/lint/commit-msg --range "$base..HEAD"
}

# Find what is true of one machine only: folders of whoever wrote it, and the package mirrors and
# registries in use here, read from where they are configured so that none is named anywhere.
lint_places() {
	local hosts places='(^|[^a-zA-Z0-9_.$}/-])/(wor[k]|hom[e])/'
	hosts=$({
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null
		npm config get registry 2>/dev/null
	} | grep -oE 'https?://[^/ ]+' | sed 's|.*://||' | sort -u)
	! sources | xargs -r grep -InE -e "$places" ${hosts:+-e "${hosts//$'\n'/|}"} --
}

# Find the pure modules that have no unit test under their own name.
lint_units() {
	! sources | sed -nE 's|^src/(base\|model)/(.*)\.c$|\1 \2|p' | while read -r folder module; do
		[[ -e tests/unit/${module}_test.c ]] ||
			printf 'src/%s/%s.c has no tests/unit/%s_test.c\n' "$folder" "$module" "$module"
	done | grep .
}

# bats runs each test in a subshell and shares variables with what it loads, which shellcheck
# takes for mistakes.
lint_shell() {
	local bats=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 failed=0
	local check=(shellcheck --format=gcc --external-sources --source-path=SCRIPTDIR)
	shell_files | grep -vE '\.(bats|bash)$' | xargs -r -n 5 -P "$(nproc)" "${check[@]}" || failed=1
	shell_files | grep -E '\.(bats|bash)$' |
		xargs -r -n 5 -P "$(nproc)" "${check[@]}" --exclude=$bats || failed=1
	return $failed
}

lint_style() {
	local wrong
	wrong=$(c_files | xargs -r -n 20 -P "$(nproc)" clang-format --dry-run -Werror 2>&1 |
		sed -n 's/^\([^ :]*\):[0-9].*error: .*/\1 is not formatted, see make format/p' | sort -u)
	[[ -z $wrong ]] || { printf '%s\n' "$wrong"; return 1; }
}

lint_cppcheck() {
	user_c_files | xargs -r cppcheck -j "$(nproc)" --quiet --error-exitcode=1 --std=c11 --inline-suppr \
		--enable=warning,performance,portability -Iinclude -Isrc -Itests/helpers/portfix \
		-D_GNU_SOURCE --suppressions-list=tests/lint/cppcheck.txt
}

# Each compiler in turn must build everything, tests included, without a warning. Only gcc's depend on what it
# finds out as it optimises.
lint_compilers() {
	make --silent B=build/lint-gcc CC=gcc WERROR=1 all tests >/dev/null &&
		make --silent B=build/lint-clang CC=clang CFLAGS=-O1 WERROR=1 all tests >/dev/null
}

# No two modules need functions of each other, by whatever way round. tsort names those of a circle.
lint_circles() {
	make --silent B=build/lint-gcc WERROR=1 all >/dev/null || return 1
	nm -A build/lint-gcc/obj/src/*/*.o | sed -E 's|^[^:]*obj/src/(.*)\.o:[0-9a-f ]*([A-Za-z]) (.*)|\1 \2 \3|' |
		awk -f tests/lint/circles.awk | tsort >/dev/null
}

# After the build above, which made the skeletons that the code includes. The analyzer follows a function's paths
# through 10,000 states, not 225,000: a third of the time.
lint_tidy() {
	make --silent B=build/lint-clang CC=clang CFLAGS=-O1 WERROR=1 all >/dev/null || return 1
	# shellcheck disable=SC2016 # the shell in between puts the files in front of the compiler's flags
	user_c_files | xargs -r -n 4 -P "$(nproc)" sh -c '
		clang-tidy --quiet --warnings-as-errors="*" --extra-arg=-Xclang --extra-arg=-analyzer-config \
			--extra-arg=-Xclang --extra-arg=max-nodes=10000 "$@" -- -std=gnu11 -D_GNU_SOURCE \
			-DPORTWATCH_VERSION=\"lint\" -Iinclude -Isrc -Ibuild/lint-clang/gen 2>/dev/null' sh
}

[[ $# -gt 0 ]] || set -- layers size comments commits places units shell style cppcheck compilers circles tidy
failed=()
for lint; do
	SECONDS=0
	declare -F "lint_$lint" >/dev/null || { printf 'portwatch: no such lint: %s\n' "$lint" >&2; exit 2; }
	printf '  LINT    %s\n' "$lint"
	"lint_$lint" || failed+=("$lint")
	((SECONDS < 10)) || printf '  LINT    %s took %d s\n' "$lint" $SECONDS
done
[[ ${#failed[@]} -eq 0 ]] || { printf 'lint: failed: %s\n' "${failed[*]}" >&2; exit 1; }
