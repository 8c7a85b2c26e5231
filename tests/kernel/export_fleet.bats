#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Use the metrics as a fleet does: a real Prometheus scrapes and answers, its alerts and the
# dashboard name what there is, node_exporter passes the text on.

load lib
load agree
load export
ONE_TRACKER=1

PACKAGING=$BATS_TEST_DIRNAME/../../packaging

setup() {
	need jq curl promtool
}

teardown() {
	[[ ! -v STATS ]] || echo "$STATS" >/proc/sys/kernel/bpf_stats_enabled
	kernel_teardown
}

# start_prometheus PORT: it scrapes what is on 9736 each second, as host web1, and has our rules
start_prometheus() {
	cat >"$OUTPUTS/prometheus.yml" <<-EOF
		global: { scrape_interval: 1s, evaluation_interval: 1s }
		rule_files: [$(realpath "$PACKAGING")/prometheus/portwatch.rules.yml]
		scrape_configs:
		  - job_name: portwatch
		    static_configs: [{ targets: ['127.0.0.1:9736'], labels: { instance: web1 } }]
	EOF
	PROMETHEUS=http://127.0.0.1:$1
	start prometheus prometheus --config.file="$OUTPUTS/prometheus.yml" --log.level=warn \
		--storage.tsdb.path="$OUTPUTS/prometheus-data" --web.listen-address="127.0.0.1:$1"
	await 60 in_ns curl -sf -o /dev/null "$PROMETHEUS/-/ready" || {
		cat "$OUTPUTS/prometheus.err"
		return 1
	}
}

# ask PROMQL [JQ]: what Prometheus answers
ask() {
	in_ns curl -sf --data-urlencode "query=$1" "$PROMETHEUS/api/v1/query" | jq -c "${2:-.data.result}"
}

# answers PROMQL JQ EXPECTED
answers() {
	[[ $(ask "$1" "$2") = "$3" ]]
}

above_zero() {
	[[ $(ask "$1" '.data.result | length > 0 and all(.[]; .value[1] | tonumber > 0)') = true ]]
}

# await_answer PROMQL JQ EXPECTED
await_answer() {
	await 60 answers "$@" || { echo "$1 -> $(ask "$1" "$2")"; return 1; }
}

@test "fleet: Prometheus scrapes, and tells who owns a port on which host and who makes TIME-WAIT" {
	kernel_setup
	need prometheus
	pw load
	start_fixture f --comm tracd
	owned=$PORT
	serve 9736 --top 10000 --listeners 100000
	start_prometheus 9090
	await_answer "portwatch_listener_info{port=\"$owned\"}" \
		'.data.result | map(.metric | [.instance, .comm, .user, .proto])' '[["web1","tracd","root","tcp"]]'
	await_answer 'up{job="portwatch"}' '.data.result[0].value[1]' '"1"'
	# The types came along: it chose OpenMetrics.
	same "$(in_ns curl -s "$PROMETHEUS/api/v1/metadata?metric=portwatch_timewait_source_entered" |
		jq -c '.data[][0].type')" '"counter"'
	same "$(in_ns curl -s "$PROMETHEUS/api/v1/metadata?metric=portwatch_scrape_duration_seconds" |
		jq -c '.data[][0].unit')" '"seconds"'

	start_fixture churn --conn-churn 10 --port 28300 --reuseaddr --comm churner
	await_line churn ^done 60
	churned='portwatch_timewait_source_entered_total{port="28300",comm="churner",instance="web1"}'
	await_answer "$churned" '.data.result[0].value[1]' '"10"'
	start_fixture again --conn-churn 10 --port 28300 --reuseaddr --comm churner
	await_line again ^done 60
	await_answer "$churned" '.data.result[0].value[1]' '"20"'
	churn='topk(3, sum by (instance, port, comm) (rate(portwatch_timewait_source_entered_total{port="28300"}[1m])))'
	await 30 above_zero "$churn"
	same "$(ask "$churn" '.data.result | map(.metric | [.instance, .port, .comm])')" \
		'[["web1","28300","churner"]]'

	# Each alert and panel is a question that it understands.
	same "$(in_ns curl -s "$PROMETHEUS/api/v1/rules" | jq -c '[.data.groups[].rules[].health] | unique')" '["ok"]'
	dashboard_queries | while read -r query; do
		[[ $(ask "$query" .status) = '"success"' ]] || { echo "no answer: $query"; exit 1; }
	done
	await_answer "$(dashboard_queries | grep -m1 listener_info)" \
		"[.data.result[].metric | select(.port == \"$owned\") | .instance]" '["web1"]'
}

# The queries of the dashboard, one a line, as for all hosts and ports.
dashboard_queries() {
	jq -r '.. | .expr? // empty' "$PACKAGING/grafana/portwatch.json" |
		sed 's/\$instance/.*/g; s/\$port/.*/g; s/\$__rate_interval/1m/g'
}

# The names of metrics in what is read.
names() {
	grep -oE '\bportwatch_[a-z_0-9]+' | sort -u
}

@test "fleet: alerts and dashboard name only metrics that exist" {
	kernel_setup
	STATS=$(cat /proc/sys/kernel/bpf_stats_enabled)
	echo 1 >/proc/sys/kernel/bpf_stats_enabled || skip "the run time of programs cannot be switched on"
	pw load
	start_fixture churn --conn-churn 5 --side client
	await_line churn ^done 60
	start_fixture f
	make_netns named
	start keeper "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" keep 127.0.0.1 28310
	await_line keeper '^ready'
	start half "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" half 127.0.0.1 28310 2
	await_line half '^done'
	# Some kernels do not let ports be guarded.
	run pw guard 28399/tcp --user 0
	serve 9736 --bind-failures --top 1000
	scrape 9736
	pw unguard --all || true
	sed 's/[{ ].*//' "$OUTPUTS/metrics" | names >"$OUTPUTS/exist"
	[[ $status -eq 0 ]] || echo portwatch_guard_refusals_total >>"$OUTPUTS/exist"
	sort -o "$OUTPUTS/exist" "$OUTPUTS/exist"
	dashboard_queries | names >"$OUTPUTS/named"
	jq -r '.templating.list[].query' "$PACKAGING/grafana/portwatch.json" | names >>"$OUTPUTS/named"
	sed -n '/expr:/,/labels:/p' "$PACKAGING/prometheus/portwatch.rules.yml" | names >>"$OUTPUTS/named"
	(($(wc -l <"$OUTPUTS/named") >= 30))
	same "$(sort -u "$OUTPUTS/named" | comm -23 - "$OUTPUTS/exist")" ''
	# And the document on fleets.
	same "$(names <"$PACKAGING/../docs/fleet.md" | comm -23 - "$OUTPUTS/exist")" ''
}

@test "fleet: the alert rules are right, and fire when they should" {
	cd "$PACKAGING/prometheus"
	promtool check rules portwatch.rules.yml
	promtool test rules portwatch.test.yml
}

# first_firing ALERT KIND: since when the alert fires for that namespace, in seconds since 1970
first_firing() {
	ask "min_over_time(timestamp(ALERTS{alertname=\"$1\",alertstate=\"firing\",netns=\"$2\"})[5m:1s])" \
		'.data.result | map(.value[1] | tonumber) | min // empty'
}

@test "fleet: under five kinds of load alerts come before connect() fails" {
	local kind name at first lead
	long
	kernel_setup
	need prometheus
	pw load
	serve 9736 --top 10000 --listeners 100000
	start_prometheus 9090
	declare -A ns
	for kind in constant ramp live bound nostamps; do
		make_netns "$kind"
		ns[$kind]=$(in_netns "$RET" stat -Lc %i /proc/self/ns/net)
		in_netns "$RET" sh -c 'cd /proc/sys/net/ipv4; echo 20000 20999 >ip_local_port_range; echo 0 >tcp_tw_reuse'
		[[ $kind != nostamps ]] || in_netns "$RET" sh -c 'cd /proc/sys/net/ipv4; echo 1 >tcp_tw_reuse; echo 0 >tcp_timestamps'
		name=$RET
		RUN_IN=$name start "server-$kind" "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" serve 127.0.0.1 80
		await_line "server-$kind" '^ready'
		RUN_IN=$name start "$kind" "$PYTHON" "$BATS_TEST_DIRNAME/ports.py" pace 127.0.0.1 80 "$kind"
	done
	for kind in constant live bound nostamps ramp; do
		await_line "$kind" '^failed' 150
		at=$(field at "$RET")
		first=$(first_firing PortwatchEphemeralPortsRunOut "${ns[$kind]}")
		[[ -n $first ]] || { echo "$kind: no alert before $RET"; return 1; }
		lead=$(awk -v a="$at" -v f="$first" 'BEGIN { printf "%.1f", a - f }')
		echo "# $kind: $RET; warned $lead s before" >&3
		# At the ramp's end the ports run out within ten seconds; the rest is told by its level.
		awk -v l="$lead" -v k="$kind" 'BEGIN { exit !(l >= (k == "ramp" ? 2 : 10)) }'
	done
	first=$(first_firing PortwatchEphemeralPortsLow "${ns[ramp]}")
	lead=$(awk -v a="$at" -v f="$first" 'BEGIN { printf "%.1f", a - f }')
	echo "# ramp: low ports told $lead s before" >&3
	awk -v l="$lead" 'BEGIN { exit !(l >= 60) }'
}

@test "fleet: node_exporter passes on what its textfile collector is given" {
	kernel_setup
	need prometheus-node-exporter
	pw load
	start_fixture f --comm tracd
	mkdir "$OUTPUTS/textfile"
	# As docs/fleet.md has it: a reader never finds half a file.
	pw export --format prometheus >"$OUTPUTS/textfile/portwatch.prom.$$"
	mv "$OUTPUTS/textfile/portwatch.prom.$$" "$OUTPUTS/textfile/portwatch.prom"
	start node prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$OUTPUTS/textfile" --web.listen-address=127.0.0.1:9100
	await 20 in_ns curl -sf -o "$OUTPUTS/metrics" http://127.0.0.1:9100/metrics
	same "$(value node_textfile_scrape_error)" 0
	same "$(value portwatch_listener_info "port=\"$PORT\"" 'comm="tracd"')" 1
	grep -q '^# TYPE portwatch_timewait_entered_total counter$' "$OUTPUTS/metrics"
}
