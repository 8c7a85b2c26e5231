_portwatch_ports() {
	local -a ports
	ports=(${(f)"$({ $service list --listening --no-header || ss -Hltun } 2>/dev/null |
		awk '$1 ~ /^(tcp|udp)/ { for (i = 3; i < 6; i++) if (sub(/.*:/, "", $i)) { print $i; break } }' |
		sort -nu)"})
	_wanted -V ports expl port compadd -a ports
}

# Those that have a port, and their names.
_portwatch_pids() {
	local -a pids
	local pid
	for pid in ${(f)"$($service list --pids 2>/dev/null)"}; do
		pids+=("$pid:$(cat /proc/$pid/comm 2>/dev/null)")
	done
	_describe process pids
}

_portwatch_comms() {
	local -aU names
	local pid
	for pid in ${(f)"$($service list --pids 2>/dev/null)"}; do
		names+=("$(cat /proc/$pid/comm 2>/dev/null)")
	done
	_wanted processes expl 'command name' compadd -a names
}

_portwatch_netnss() {
	_wanted netns expl 'network namespace' compadd self all /run/netns/*(N:t)
}

_portwatch_signals() {
	_wanted signals expl signal compadd $($service free -l 2>/dev/null)
}

_portwatch() {
	local command='' word
	local -a specs
	integer i
	for ((i = 2; i < CURRENT; i++)); do
		word=${words[i]}
		[[ $word = --free ]] && word=free
		[[ $word = -- ]] && { _normal; return }
		if ((${_portwatch_commands[(I)$word:*]})); then
			command=$word
			words[i]=()
			((CURRENT--))
			break
		elif [[ $word = <->* && ${words[i - 1]} != -* ]]; then
			command=who
			break
		fi
	done
	[[ $command = help ]] && { _describe -V command _portwatch_commands; return }
	case ${command:-stream} in
	@commands@
	esac
	[[ -n $command ]] || specs+=('--free[stop the owners of a port]' '*: :_portwatch_first')
	_arguments -s -S $specs $_portwatch_everywhere
}

_portwatch_first() {
	_describe -V command _portwatch_commands
	_portwatch_ports
}

_portwatch "$@"
