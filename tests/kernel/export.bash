# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of the exporter. Loaded after lib and agree.

same() {
	[[ $1 == "$2" ]] || { echo "got '$1', not '$2'"; return 1; }
}

# metrics ARG...: what `export` prints goes to $OUTPUTS/metrics; both checkers have nothing to say.
metrics() {
	pw export "$@" >"$OUTPUTS/metrics"
	check_metrics "$@"
}

# The format that was asked for, by the other's own parsers.
check_metrics() {
	if [[ $* != *prometheus* ]]; then
		"$PYTHON" -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
list(parse(sys.stdin.read()))' <"$OUTPUTS/metrics"
		pw export --format prometheus "$@" | promtool check metrics
	else
		promtool check metrics <"$OUTPUTS/metrics"
	fi
}

# matching NAME [LABEL="VALUE"]...: lines of that metric with all these labels
matching() {
	local name=$1 lines label
	shift
	lines=$(grep -E "^${name}[{ ]" "$OUTPUTS/metrics") || true
	for label; do
		lines=$(grep -E "[{,]${label//./\\.}[,}]" <<<"$lines") || true
	done
	[[ -z $lines ]] || printf '%s\n' "$lines"
}

value() {
	local lines
	lines=$(matching "$@")
	[[ $lines != *$'\n'* ]] || { printf 'several: %s\n' "$lines"; return; }
	printf '%s\n' "${lines##* }"
}

rows() {
	matching "$@" | wc -l
}

# serve PORT ARG...: an exporter in the test's namespace, on loopback; its pid is left in SERVER
serve() {
	local port=$1
	shift
	start "serve-$port" "$PORTWATCH" --pin-dir "$PIN" export --listen ":$port" "$@"
	SERVER=$RET
	if ! await 20 grep -q '^serving' "$OUTPUTS/serve-$port.err"; then
		cat "$OUTPUTS/serve-$port.err"
		return 1
	fi
}

scrape() {
	in_ns curl -sf -H 'Accept: application/openmetrics-text; version=1.0.0' \
		-o "$OUTPUTS/metrics" "http://127.0.0.1:$1/metrics"
}

# capabilities PID: effective ones, in order
capabilities() {
	capsh --decode="$(awk '/^CapEff/ { print $2 }' "/proc/$1/status")" | sed 's/.*=//' |
		tr , '\n' | sort | paste -sd ,
}

refuse() {
	! in_ns "$PORTFIX" --port "$1" ${2:+--addr "$2"} --lifetime 1 >/dev/null 2>&1
}

both_streams_listen() {
	refuse 28200
	grep -q . "$OUTPUTS/stream1" && grep -q . "$OUTPUTS/stream2"
}

# Ends every TIME-WAIT of the test's namespace.
end_timewait() {
	in_ns ss -K -tan state time-wait >/dev/null
	await 5 no_timewait
}

no_timewait() {
	[[ -z $(in_ns ss -Htan state time-wait) ]]
}
