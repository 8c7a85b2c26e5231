#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measure what the tracker costs the users of the network: loads on loopback, bare and with:
#
#	empty		programs that do nothing on exactly the hooks of the tracker (twins.c)
#	loaded, stream	the tracker, and with one reader of all events as JSON
#	tcpstates, tcplife	of libbpf-tools
#
# Every round measures all of them, in turns. On a machine that others use, too, the rate is theirs as
# well as ours; the processor time per operation, which includes what the kernel does for it, is less so,
# and the programs' own run time, which the kernel keeps if asked to (second part), hardly.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

read -ra whats <<<"bare empty loaded tcpstates tcplife"
read -ra loads <<<"${LOADS:-connect timewait http udp-send udp-ask}"
for_ms=$(quick 300 100)
turns=$(rounds 75)

bench_setup
bench_netns
udp=$(tool udp)
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)

cat >"$scratch/nginx.conf" <<-EOT
	daemon off; master_process off; pid $scratch/nginx.pid; error_log /dev/null;
	events { }
	http {
		access_log off; keepalive_requests 1000000000;
		client_body_temp_path $scratch; proxy_temp_path $scratch; fastcgi_temp_path $scratch;
		uwsgi_temp_path $scratch; scgi_temp_path $scratch;
		server { listen 127.0.0.1:8080; location / { return 200 "hello\n"; } }
	}
EOT
"${in_ns[@]}" nginx -c "$scratch/nginx.conf" -e /dev/null >/dev/null &
nginx=$!
started+=("$nginx")
until [[ -n $("${in_ns[@]}" ss -Htln) ]]; do sleep 0.05; done

on_cpu() { # PID: ms
	awk '{ print $1 / 1e6 }' "/proc/$1/schedstat"
}

# run_load LOAD: leaves operations, their time and their processor time in $done_ops, $done_ms, $done_cpu
run_load() {
	local command before=0 after=0
	rm -f "$scratch/said"
	case $1 in
	connect) command="$PORTFIX --conn-churn 100000000 --for $for_ms --linger0" ;;
	timewait) command="$PORTFIX --conn-churn 100000000 --for $for_ms" ;;
	http) command="wrk -t1 -c16 -d1s http://127.0.0.1:8080/" ;; # it knows whole seconds only
	udp-send) command="$udp send $for_ms" ;;
	udp-ask) command="$udp ask $for_ms" ;;
	esac
	[[ $1 != http ]] || before=$(on_cpu "$nginx")
	"${in_ns[@]}" "$PAIR" -o "$scratch/said" 1 "load=$command" >"$scratch/pair"
	[[ $1 != http ]] || after=$(on_cpu "$nginx")
	done_ops=$(sed -nE 's/^done [a-z]+=([0-9]+).*/\1/p; s/^ *([0-9]+) requests in.*/\1/p' "$scratch/said")
	done_ms=$(awk '$3 == "ms" { print $4 }' "$scratch/pair")
	done_cpu=$(awk -v nginx="$before $after" '$3 == "cpu_ms" { split(nginx, n, " "); print $4 + n[2] - n[1] }' \
		"$scratch/pair")
}

per() { awk -v a="$1" -v b="$2" "BEGIN { print $3 }"; }

# ---- what may be attached ----

tell_twins() {
	echo "$1" >&"${twin[1]}"
	read -r _ <&"${twin[0]}"
}

await_programs() { # PID: until a program of it is attached
	until grep -qs ^link_type "/proc/$1"/fdinfo/*; do
		kill -0 "$1"
		sleep 0.05
	done
}

start() {
	case $1 in
	empty) tell_twins on ;;
	loaded) pw -q load ;;
	stream)
		"$PORTWATCH" --pin-dir "$PIN" --json >/dev/null &
		peer=$!
		until [[ $(status .events.readers) -eq 1 ]]; do sleep 0.02; done
		;;
	tcpstates | tcplife)
		"$1" >/dev/null &
		peer=$!
		await_programs "$peer"
		;;
	esac
}

stop() {
	case $1 in
	empty) tell_twins off ;;
	loaded) pw -q unload ;;
	stream | tcpstates | tcplife)
		kill "$peer"
		wait "$peer" || true
		;;
	esac
	[[ $1 = stream ]] || sleep 0.2 # links go in the background
}

run_time() { # WHAT: ns and runs of its programs so far
	local pid=$twins
	case $1 in
	loaded | stream)
		status '[.programs[] | .run_ns // 0, .runs // 0] | "\([.[range(0; length; 2)]] | add) \([.[range(1; length; 2)]] | add)"'
		return
		;;
	tcp*) pid=$peer ;;
	esac
	awk '$1 == "run_time_ns:" { ns += $2 } $1 == "run_cnt:" { runs += $2 } END { printf "%d %d\n", ns, runs }' \
		"/proc/$pid"/fdinfo/*
}

# measure WHAT ROUND
measure() {
	local load
	for load in "${loads[@]}"; do
		run_load "$load"
		result "$load" "$1" "$2" per_s "$(per "$done_ops" "$done_ms" 'a / b * 1000')"
		result "$load" "$1" "$2" cpu_ns "$(per "$done_cpu" "$done_ops" 'a / b * 1e6')"
	done
}

# measure_run_time WHAT ROUND
measure_run_time() {
	local load before after
	for load in "${loads[@]}"; do
		read -ra before <<<"$(run_time "$1")"
		run_load "$load"
		read -ra after <<<"$(run_time "$1")"
		result "$load" "$1" "$2" bpf_ns "$(per "$((after[0] - before[0]))" "$done_ops" 'a / b')"
		result "$load" "$1" "$2" bpf_runs "$(per "$((after[1] - before[1]))" "$done_ops" 'a / b')"
	done
}

# round MEASURE NUMBER WHAT...: each once, a stream as long as the tracker is loaded
round() {
	local how=$1 number=$2 what i
	shift 2
	for ((i = 0; i < $#; i++)); do
		what=${*:((i + number) % $#)+1:1}
		start "$what"
		"$how" "$what" "$number"
		if [[ $what = loaded ]]; then
			start stream
			"$how" stream "$number"
			stop stream
		fi
		stop "$what"
	done
}

pw -q load
coproc twin { exec "$(tool twins -lbpf)" "$PIN" "$cgroup"; }
# shellcheck disable=SC2154 # bash sets it
twins=$twin_PID
cleanups+=("kill $twins")
read -r _ <&"${twin[0]}" # how many
# The comparison is worth nothing if the two do not have the same hooks.
hook() { bpftool -j link show "$@" | jq -r '"\(.type) \(.attach_type // .tp_name)"'; }
tell_twins on
for link in "$PIN"/links/*; do hook pinned "$link"; done | sort >"$scratch/tracker"
awk '$1 == "link_id:" { print $2 }' "/proc/$twins"/fdinfo/* | while read -r link; do hook id "$link"; done |
	sort >"$scratch/twins"
tell_twins off
diff "$scratch/tracker" "$scratch/twins" >&2 || { echo "portwatch: the empty programs are on other hooks" >&2; exit 1; }
pw -q unload
result hooks empty 0 programs "$(wc -l <"$scratch/twins")"
result hooks loaded 0 programs "$(wc -l <"$scratch/tracker")"

for load in "${loads[@]}"; do run_load "$load"; done
for ((r = 0; r < turns; r++)); do
	round measure "$r" "${whats[@]}"
done

was=$(sysctl -n kernel.bpf_stats_enabled)
cleanups+=("sysctl -qw kernel.bpf_stats_enabled=$was")
sysctl -qw kernel.bpf_stats_enabled=1
for ((r = 0; r < $(rounds 25); r++)); do
	round measure_run_time "$r" "${whats[@]:1}"
done
